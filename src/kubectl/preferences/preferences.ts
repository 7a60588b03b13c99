import { CommandError, FlagError } from '../errors.ts';
import type { Command } from '../command.ts';
import type { CommandEntry } from '../commands/index.ts';
import { findCommand, type FoundCommand, UnknownCommand } from '../find-command.ts';
import type { Flags } from '../flags.ts';
import type { KubectlIo } from '../io.ts';
import { PluginPolicy } from './plugin-policy.ts';
import { type Alias, checkPreference, type CommandDefaults, type OptionDefault } from './preference.ts';
import { hasPreferences, loadPreference } from './preference-file.ts';

/** What preferences made of a command line. */
export interface PreferredCommand extends FoundCommand {
  readonly alias?: Alias;
  /** The words of the command that the alias stands for. */
  readonly words?: readonly string[];
}

/** Aliases and defaults of a kuberc over the command line of one run. Source: KEP-3104; kubectl pkg/kuberc. */
export class Preferences {
  readonly policy: PluginPolicy;
  readonly #aliases: readonly Alias[];
  readonly #defaults: readonly CommandDefaults[];
  readonly #warn: (text: string) => void;

  /** Throws CommandError for preferences that cannot be used. A command line without words asks for none. */
  constructor(argv: readonly string[], env: KubectlIo['env'], warn: (text: string) => void) {
    this.#warn = warn;
    const preference = argv.length > 0 && hasPreferences(env) ? loadedFrom(argv, env, warn) : undefined;
    try {
      if (preference) checkPreference(preference);
      this.policy = new PluginPolicy(preference ?? {});
    } catch (error) {
      throw notApplied(error);
    }
    this.#aliases = preference?.aliases ?? [];
    this.#defaults = preference?.defaults ?? [];
  }

  /** As findCommand; a word that is no command may be an alias, which comes before plugins. Throws CommandError for an alias of nothing. */
  async find(argv: readonly string[], entries: readonly CommandEntry[], path: string[]): Promise<PreferredCommand | undefined> {
    try {
      return await findCommand(argv, entries, path);
    } catch (error) {
      const alias = error instanceof UnknownCommand ? this.#aliases.find((one) => one.name === argv[error.index]) : undefined;
      if (!(error instanceof UnknownCommand) || !alias) throw error;
      const words = wordsOf(alias.command);
      const real: string[] = [];
      const found = entryOf(words, entries) && (await findCommand([...argv.slice(0, error.index), ...words, ...(alias.prependArgs ?? []), ...argv.slice(error.index + 1), ...(alias.appendArgs ?? [])], entries, real));
      if (!found) throw notApplied(new CommandError(`command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: [${words.join(' ')}]`));
      path.push(alias.name);
      return { ...found, alias, words: real };
    }
  }

  /** Gives options their other defaults, where the command line says nothing of them. Throws CommandError for options that the command has not, or cannot take so. */
  async setDefaults({ command, alias }: PreferredCommand, flags: Flags, entries: readonly CommandEntry[]): Promise<void> {
    const { name } = alias ?? {};
    for (const option of alias?.options ?? []) {
      if (!flags.knows(option.name)) throw notApplied(new CommandError(`invalid alias flag ${option.name} in alias kubectl`));
      setDefault(flags, option, (why) => `could not apply value ${option.default} to flag ${option.name} in alias kubectl err: ${why}`);
    }
    for (const { command: line, options } of this.#defaults) {
      if (name !== undefined && line === name) throw notApplied(new CommandError(`alias ${name} can not be overridden`));
      const entry = entryOf(wordsOf(line), entries);
      if (!entry) this.#warn(`Warning: command ${JSON.stringify(line)} not found to set kuberc override`);
      if (alias || !entry || (await commandAt(wordsOf(line), entry)) !== command) continue;
      for (const option of options ?? []) {
        if (!flags.knows(option.name)) throw notApplied(new CommandError(`invalid flag ${option.name} for command ${line}`));
        setDefault(flags, option, (why) => `could not apply override value ${option.default} to flag ${option.name} in command ${line} err: ${why}`);
      }
    }
  }
}

function loadedFrom(...args: Parameters<typeof loadPreference>): ReturnType<typeof loadPreference> {
  try {
    return loadPreference(...args);
  } catch (error) {
    const prefix = error instanceof CommandError && error.message !== 'kuberc file is not found' ? 'kuberc error ' : '';
    throw notApplied(error, prefix);
  }
}

function notApplied(error: unknown, prefix = ''): unknown {
  return error instanceof CommandError ? new CommandError(`error occurred while applying preferences ${prefix}${error.message}`, { isBare: true, cause: error }) : error;
}

function setDefault(flags: Flags, option: OptionDefault, text: (why: string) => string): void {
  if (flags.has(option.name)) return;
  try {
    flags.set(option.name, option.default ?? '');
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw notApplied(new CommandError(text(error.message), { cause: error }));
  }
}

function wordsOf(command: string): string[] {
  return command.split(/\s+/).filter((word) => word !== '');
}

function entryOf([word]: readonly string[], entries: readonly CommandEntry[]): CommandEntry | undefined {
  return entries.find((one) => one.name === word || one.aliases?.includes(word ?? ''));
}

/** The command that the words name, as far as they do. */
async function commandAt(words: readonly string[], entry: CommandEntry): Promise<Command> {
  let command = await entry.load();
  for (const word of words.slice(1)) {
    const next = command.subcommands?.find((one) => one.name === word || one.aliases?.includes(word));
    if (!next) break;
    command = next;
  }
  return command;
}
