import type { Command } from './command.ts';
import type { FlagSpec } from './flags.ts';

/** The help of one command: what it does, its flags, its subcommands. */
export function helpOf(path: string, command: Command): string {
  const lines = [`${command.summary}.`, ''];
  if (command.subcommands) {
    lines.push('Available Commands:');
    for (const one of command.subcommands) lines.push(`  ${one.name.padEnd(16)}${one.summary}`);
    lines.push('');
  }
  const flags = Object.entries(command.flags);
  if (flags.length > 0) {
    lines.push('Options:');
    for (const [name, spec] of flags) lines.push(`    ${flagText(name, spec)}:`, `\t${spec.help}`, '');
  }
  lines.push('Usage:', `  ${path} ${command.usage}`.trimEnd());
  return `${lines.join('\n')}\n`;
}

function flagText(name: string, spec: FlagSpec): string {
  const value = spec.default ?? (spec.type === 'bool' ? 'false' : spec.type === 'int' ? '0' : spec.type === 'list' ? '[]' : '');
  return `${spec.short ? `-${spec.short}, ` : ''}--${name}=${spec.type === 'string' ? `'${value}'` : value}`;
}

export function rootHelp(commands: readonly Command[]): string {
  const lines = commands.map((command) => `  ${command.name.padEnd(16)}${command.summary}`);
  return `kubectl controls the Kubernetes cluster manager.\n\nCommands:\n${lines.join('\n')}\n\nUsage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\n`;
}
