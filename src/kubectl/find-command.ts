import { type Command, GLOBAL_FLAGS } from './command.ts';
import type { CommandEntry } from './commands/index.ts';
import { CommandError } from './errors.ts';
import { GROUPS } from './help.ts';

export interface FoundCommand {
  readonly command: Command;
  /** The arguments without the command's words. */
  readonly rest: readonly string[];
}

/** No command has this name: a plugin may. */
export class UnknownCommand extends CommandError {
  /** Where the word stands among the arguments. */
  readonly index: number;

  constructor(word: string, index: number, entries: readonly CommandEntry[]) {
    const order = GROUPS.flatMap(([, names]) => names.split(' '));
    const near = suggestions(word, entries.map((one) => one.name).sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}` : '';
    super(`unknown command ${JSON.stringify(word)} for "kubectl"${hint}`);
    this.index = index;
  }
}

/** Walks down to the command that the first words name; global flags may stand before it. `path` gets its words. */
export async function findCommand(argv: readonly string[], entries: readonly CommandEntry[], path: string[]): Promise<FoundCommand | undefined> {
  let command: Command | undefined;
  const rest = [...argv];
  for (let i = 0; i < rest.length; ) {
    const word = rest[i] ?? '';
    if (word === '--') break;
    if (word.startsWith('-')) {
      i += takesNext(word, command) ? 2 : 1;
      continue;
    }
    const isCalled = (one: { readonly name: string; readonly aliases?: readonly string[] }): boolean => one.name === word || (one.aliases?.includes(word) ?? false);
    const next = command ? command.subcommands?.find(isCalled) : await entries.find(isCalled)?.load();
    if (!next) {
      if (!command) throw new UnknownCommand(word, i, entries);
      break;
    }
    rest.splice(i, 1);
    command = next;
    path.push(next.name);
    if (!next.subcommands) break;
  }
  return command && { command, rest };
}

function takesNext(word: string, command: Command | undefined): boolean {
  const name = word.replace(/^--?/, '').split('=')[0] ?? '';
  const isLong = word.startsWith('--');
  const spec = Object.entries({ ...GLOBAL_FLAGS, ...command?.flags }).find(([long, one]) => (isLong ? long === name : one.short === word[1]))?.[1];
  return spec !== undefined && spec.ifBare === undefined && !word.includes('=') && (isLong || word.length === 2);
}

/** Names within two edits, or that begin so. Source: spf13/cobra, Command.SuggestionsFor. */
function suggestions(word: string, names: readonly string[]): string[] {
  return names.filter((name) => editDistance(word.toLowerCase(), name) <= 2 || name.startsWith(word.toLowerCase()));
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
