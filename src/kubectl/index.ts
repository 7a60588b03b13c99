/** The package's own kubectl: prints what stock kubectl prints. Each command is a file in `commands/`. */
import { GLOBAL_FLAGS, type CommandContext } from './command.ts';
import { commands } from './commands/index.ts';
import { Connection } from './connection.ts';
import { CommandError, errorText, FlagError, UsageError } from './errors.ts';
import { UnknownCommand } from './find-command.ts';
import { type FlagSpecs, parseArguments, type ParsedArguments } from './flags.ts';
import { helpOf, rootHelp } from './help.ts';
import type { KubectlIo } from './io.ts';
import { hasPreferences } from './preferences/preference-file.ts';
import { Preferences } from './preferences/preferences.ts';

export type { KubectlIo } from './io.ts';
export { type Completion, completionText, FILES, NOTHING, wordsOf } from './completion/completion.ts';
export { completionScript, type Shell, SHELLS } from './completion/scripts.ts';

const USER_AGENT = 'kubectl/v1.36.0 (kubets)';

/** Runs `argv` (without the program's name) and resolves with the exit code. Everything goes through `io`; nothing of the process is touched. */
export async function runKubectl(argv: readonly string[], io: KubectlIo): Promise<number> {
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') {
    const { answerCompletion } = await import('./completion/answer.ts');
    return answerCompletion(argv.slice(1), argv[0] === '__complete', io);
  }
  let server = '';
  let connection: Connection | undefined;
  const path: string[] = ['kubectl'];
  try {
    const preferences = new Preferences(argv, io.env, (text) => void io.stderr.write(`${text}\n`));
    const globals = globalFlags(io);
    const found = await preferences.find(withoutHelpCommand(argv), commands, path);
    if (!found) {
      parseArguments(argv, globals);
      io.stdout.write(rootHelp(commands));
      return 0;
    }
    const { command, rest } = found;
    const specs: FlagSpecs = { ...globals, ...command.flags };
    const parsed = parseArguments(rest, specs);
    await preferences.setDefaults(found, parsed.flags, commands);
    const isAsked = parsed.flags.bool('help') || command.alone === 'help';
    if (!isAsked && !command.run && parsed.args.length > 0) throw new UsageError(`unknown command ${JSON.stringify(parsed.args.join(' '))}`);
    if (isAsked || !command.run) {
      (isAsked || command.alone === 'stdout' ? io.stdout : io.stderr).write(helpOf(path.join(' '), command));
      return isAsked ? 0 : 1;
    }
    for (const text of parsed.flags.deprecations()) io.stderr.write(`${text}\n`);
    const context = makeContext(io, parsed, path.join(' '), () => {
      if (!connection) {
        connection = new Connection(parsed.flags, io, { userAgent: USER_AGENT, policy: preferences.policy });
        ({ server } = connection.options);
      }
      return connection;
    });
    return (await command.run(context)) ?? 0;
  } catch (error) {
    if (io.signal.aborted) return 130;
    if (error instanceof UnknownCommand) {
      const { runPlugin } = await import('./plugins.ts');
      const code = await runPlugin(argv.slice(error.index), io.env);
      if (code !== undefined) return code;
    }
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

/** Without `--kuberc` where preferences are turned off. */
function globalFlags({ env }: KubectlIo): FlagSpecs {
  const { kuberc, ...others } = GLOBAL_FLAGS;
  return kuberc && hasPreferences(env) ? GLOBAL_FLAGS : others;
}

/** `help get` is `get --help`. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? (argv.length > 1 ? [...argv.slice(1), '--help'] : []) : argv;
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
