/** The package's own kubectl: prints what stock kubectl prints. Each command is a file in `commands/`. */
import { GLOBAL_FLAGS, type Command, type CommandContext } from './command.ts';
import { commands } from './commands/index.ts';
import { connectionOptions } from './config/connection-options.ts';
import { Connection } from './connection.ts';
import { CommandError, errorText, FlagError, UsageError } from './errors.ts';
import { type FlagSpecs, parseArguments, type ParsedArguments } from './flags.ts';
import { helpOf, rootHelp } from './help.ts';
import type { KubectlIo } from './io.ts';

export type { KubectlIo } from './io.ts';

const USER_AGENT = 'kubectl/v1.36.0 (kubets)';

/** Runs `argv` (without the program's name) and resolves with the exit code. Everything goes through `io`; nothing of the process is touched. */
export async function runKubectl(argv: readonly string[], io: KubectlIo): Promise<number> {
  let server = '';
  let connection: Connection | undefined;
  const path: string[] = ['kubectl'];
  try {
    const found = findCommand(argv, path);
    if (!found) {
      io.stdout.write(rootHelp(commands));
      return 0;
    }
    const { command, rest } = found;
    const specs: FlagSpecs = { ...GLOBAL_FLAGS, ...command.flags };
    const parsed = parseArguments(rest, specs);
    if (parsed.flags.bool('help') || !command.run) {
      io.stdout.write(helpOf(path.join(' '), command));
      return 0;
    }
    const context = makeContext(io, parsed, path.join(' '), () => {
      if (!connection) {
        const options = connectionOptions(parsed.flags, io.env);
        ({ server } = options);
        connection = new Connection(options, io, USER_AGENT);
      }
      return connection;
    });
    return (await command.run(context)) ?? 0;
  } catch (error) {
    if (io.signal.aborted) return 130;
    if (error instanceof FlagError) io.stderr.write(`error: ${error.message}\nSee '${path.join(' ')} --help' for usage.\n`);
    else if (error instanceof UsageError) io.stderr.write(`error: ${error.message}\nSee '${path.join(' ')} -h' for help and examples\n`);
    else {
      const text = errorText(error, server);
      if (text !== '') io.stderr.write(`${text}\n`);
    }
    return error instanceof CommandError ? error.exitCode : 1;
  } finally {
    await connection?.[Symbol.asyncDispose]();
  }
}

function makeContext(io: KubectlIo, parsed: ParsedArguments, commandPath: string, connect: () => Connection): CommandContext {
  return {
    io,
    ...parsed,
    commandPath,
    get connection() {
      return connect();
    },
    out: (text) => void io.stdout.write(text),
    err: (text) => void io.stderr.write(text),
  };
}

/** Walks down to the command that the first words name; global flags may stand before it. `path` gets its words. */
function findCommand(argv: readonly string[], path: string[]): { command: Command; rest: string[] } | undefined {
  let level: readonly Command[] = commands;
  let command: Command | undefined;
  const rest = [...argv];
  for (let i = 0; i < rest.length; ) {
    const word = rest[i] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      const name = word.replace(/^--?/, '').split('=')[0] ?? '';
      const spec = Object.entries({ ...GLOBAL_FLAGS, ...command?.flags }).find(([long, one]) => (word.startsWith('--') ? long === name : one.short === word[1]))?.[1];
      const takesNext = spec && spec.ifBare === undefined && !word.includes('=') && (word.startsWith('--') || word.length === 2);
      i += takesNext ? 2 : 1;
      continue;
    }
    const next = level.find((one) => one.name === word || one.aliases?.includes(word));
    if (!next) {
      if (!command) throw new CommandError(`unknown command ${JSON.stringify(word)} for "kubectl"`);
      break;
    }
    rest.splice(i, 1);
    command = next;
    path.push(next.name);
    level = next.subcommands ?? [];
    if (level.length === 0) break;
  }
  return command && { command, rest };
}
