import { type Command, GLOBAL_FLAGS } from '../command.ts';
import { commands } from '../commands/index.ts';
import { Connection } from '../connection.ts';
import { type FlagSpec, type FlagSpecs, Flags, parseArguments } from '../flags.ts';
import { CommandError, FlagError } from '../errors.ts';
import type { KubectlIo } from '../io.ts';
import { type PreferredCommand, Preferences } from '../preferences/preferences.ts';
import { argumentsOf } from './arguments.ts';
import { type Completion, completionText, DIRECTIVES, FILES, NOTHING } from './completion.ts';
import { type Asked, flagValues } from './flag-values.ts';

/** `kubectl __complete WORD...`: what may stand in the place of the last word. */
export async function answerCompletion(words: readonly string[], hasDescriptions: boolean, io: KubectlIo): Promise<number> {
  const completion = await completionFor(words.slice(0, -1), words.at(-1) ?? '', io);
  io.stdout.write(completionText(completion, hasDescriptions));
  const names = Object.entries({ Error: 1, NoSpace: 2, NoFileComp: 4, FilterFileExt: 8, FilterDirs: 16 }).filter(([, bit]) => (completion.directive & bit) !== 0);
  io.stderr.write(`Completion ended with directive: ${names.map(([name]) => `ShellCompDirective${name}`).join(', ') || 'ShellCompDirectiveDefault'}\n`);
  return 0;
}

async function completionFor(before: readonly string[], typed: string, io: KubectlIo): Promise<Completion> {
  const isHelp = before[0] === 'help';
  const path: string[] = [];
  const preferences = preferencesOf(before, io);
  const found = preferences && (await known(preferences, isHelp ? before.slice(1) : before, path));
  if (!preferences || found === 'unknown') return FILES;
  const command = found?.command;
  const specs: FlagSpecs = { ...GLOBAL_FLAGS, ...command?.flags };
  const rest = found ? found.rest : before;
  const isAfterDash = rest.includes('--');
  const open = isAfterDash || isHelp ? undefined : openFlag(rest, typed, specs);
  const value = open ? open.typed : typed;
  const args = openArguments(open && !typed.startsWith('-') ? rest.slice(0, -1) : rest, specs);
  const connection = { made: undefined as Connection | undefined };
  const asked: Asked = { path: (found?.words ?? path).join(' '), args: args?.args ?? [], typed: value, io, flags: args?.flags ?? new Flags(specs), connection: () => (connection.made ??= new Connection(args?.flags ?? new Flags(specs), io, { userAgent: 'kubectl/v1.36.0 (kubets)', policy: preferences.policy })) };
  try {
    if (open) return await flagValues(open.name, asked);
    if (typed.startsWith('-') && !isAfterDash && !isHelp) return flagNames(specs, command, rest, typed);
    if (!command || (command.subcommands && asked.args.length === 0)) return subcommands(command, typed);
    return isHelp ? NOTHING : await argumentsOf(asked);
  } catch {
    return NOTHING; // a shell has no place for errors: the server may be away, the words half typed
  } finally {
    await connection.made?.[Symbol.asyncDispose]();
  }
}

/** Those that cannot be used are told of when a command is run. */
function preferencesOf(words: readonly string[], io: KubectlIo): Preferences | undefined {
  try {
    return new Preferences(words, io.env, () => undefined);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

async function known(preferences: Preferences, words: readonly string[], path: string[]): Promise<PreferredCommand | 'unknown' | undefined> {
  try {
    return await preferences.find(words, commands, path);
  } catch (error) {
    if (error instanceof CommandError) return 'unknown';
    throw error;
  }
}

/** The arguments so far; undefined when they cannot be read. */
function openArguments(words: readonly string[], specs: FlagSpecs): { flags: Flags; args: readonly string[] } | undefined {
  try {
    return parseArguments(words, specs);
  } catch (error) {
    if (error instanceof FlagError) return undefined;
    throw error;
  }
}

/** The flag whose value is being typed: `--output js`, `--output=js`, `-o js`. What is joined to a single letter has no word of its own to complete. */
function openFlag(words: readonly string[], typed: string, specs: FlagSpecs): { name: string; typed: string } | undefined {
  const inOne = /^--([\w-]+)=([^]*)$/.exec(typed);
  const named = (word: string): [string, FlagSpec] | undefined => Object.entries(specs).find(([name, spec]) => (word.length > 1 ? name === word : spec.short === word));
  if (inOne) {
    const flag = named(inOne[1] ?? '');
    return flag && { name: flag[0], typed: inOne[2] ?? '' };
  }
  const last = words.at(-1) ?? '';
  const [, word] = /^(?:--([\w-]+)|-\w*(\w))$/.exec(last)?.filter((group) => group !== undefined) ?? [];
  const flag = word === undefined ? undefined : named(word);
  return flag && flag[1].ifBare === undefined && !typed.startsWith('-') ? { name: flag[0], typed } : undefined;
}

function subcommands(command: Command | undefined, typed: string): Completion {
  const all = command ? (command.subcommands ?? []) : [...commands, { name: 'help', summary: 'Help about any command' }];
  const words = all.filter(({ name }) => name.startsWith(typed)).map(({ name, summary }) => ({ word: name, description: summary }));
  return { words: words.sort((a, b) => (a.word < b.word ? -1 : 1)), directive: DIRECTIVES.noFiles };
}

/** Those of every command first, then the command's own. What was given, and can be given once, is left out. */
function flagNames(specs: FlagSpecs, command: Command | undefined, words: readonly string[], typed: string): Completion {
  const isOwn = (name: string): boolean => Object.hasOwn(command?.flags ?? {}, name) || name === 'help';
  const isGiven = (name: string, { short, type }: FlagSpec): boolean => type !== 'list' && words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`) || (short !== undefined && /^-\w/.test(word) && word.startsWith(`-${short}`)));
  const sorted = Object.entries(specs).sort(([a], [b]) => Number(isOwn(a)) - Number(isOwn(b)) || (a < b ? -1 : 1));
  const found = sorted.filter(([name, spec]) => spec.deprecated === undefined && !isGiven(name, spec)).flatMap(([name, { short, help }]) => [`--${name}`, ...(short ? [`-${short}`] : [])].map((word) => ({ word, description: help })));
  return { words: found.filter(({ word }) => word.startsWith(typed)), directive: DIRECTIVES.noFiles };
}
