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
  lines.push('Usage:', `  ${path} ${command.usage}`.trimEnd() + (command.usage.includes('[options]') ? '' : ' [options]'), '');
  if (command.subcommands) lines.push(`Use "${path} <command> --help" for more information about a given command.`);
  lines.push('Use "kubectl options" for a list of global command-line options (applies to all commands).');
  return `${lines.join('\n')}\n`;
}

function flagText(name: string, spec: FlagSpec): string {
  const value = spec.default ?? (spec.type === 'bool' ? 'false' : spec.type === 'int' ? '0' : spec.type === 'list' ? '[]' : '');
  return `${spec.short ? `-${spec.short}, ` : ''}--${name}=${spec.type === 'string' ? `'${value}'` : value}`;
}

/** Commands under the headings of stock kubectl. */
export const GROUPS: readonly (readonly [string, string])[] = [
  ['Basic Commands (Beginner)', 'create expose run set'],
  ['Basic Commands (Intermediate)', 'explain get edit delete'],
  ['Deploy Commands', 'rollout scale autoscale'],
  ['Cluster Management Commands', 'certificate cluster-info top cordon uncordon drain taint'],
  ['Troubleshooting and Debugging Commands', 'describe logs attach exec port-forward proxy cp auth debug events'],
  ['Advanced Commands', 'diff apply patch replace wait kustomize'],
  ['Settings Commands', 'label annotate completion'],
  ['Other Commands', 'api-resources api-versions config kuberc plugin version'],
];

export function rootHelp(commands: readonly { readonly name: string; readonly summary: string }[]): string {
  const sections = GROUPS.map(([title, names]) => {
    const lines = names.split(' ').map((name) => `  ${name.padEnd(16)}${commands.find((one) => one.name === name)?.summary ?? ''}`);
    return `${title}:\n${lines.join('\n')}\n\n`;
  });
  return `kubectl controls the Kubernetes cluster manager.\n\n${sections.join('')}Usage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n`;
}

/** `kubectl options`: the flags of every command. */
export function globalFlagsHelp(specs: Readonly<Record<string, FlagSpec>>): string {
  const names = Object.keys(specs).filter((name) => name !== 'help').sort();
  return `The following options can be passed to any command:\n\n${names.map((name) => `    ${flagText(name, specs[name] ?? { type: 'string', help: '' })}:\n\t${specs[name]?.help ?? ''}\n\n`).join('')}`;
}
