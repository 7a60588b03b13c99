import type { Command, Option } from 'commander';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultDataDir, knownClusters } from '../cluster/data-dir.ts';
import { type Completion, completionText, FILES, NOTHING, SHELLS, wordsOf } from '../kubectl/index.ts';

/** `kubets __complete WORD...`: what may stand in the place of the last word, in the form that the scripts of `kubets completion` read. */
export function completionOf(root: Command, words: readonly string[], hasDescriptions: boolean): string {
  return completionText(completionFor(root, words.slice(0, -1), words.at(-1) ?? ''), hasDescriptions);
}

function completionFor(root: Command, before: readonly string[], typed: string): Completion {
  const { command, path, rest } = walked(root, before);
  const open = openOption(command, rest.at(-1) ?? '', typed);
  if (open) return optionValues(open.option, open.typed);
  if (typed.startsWith('-')) return described(command.options.filter(({ long, hidden }) => !hidden && long).map(({ long, description }) => ({ word: long ?? '', description })), typed);
  if (command.commands.length > 0) return described(command.commands.map((one) => ({ word: one.name(), description: one.description() })), typed);
  return argumentsOf(path, rest, typed);
}

/** The command that the first words name, and the words after it. */
function walked(root: Command, words: readonly string[]): { command: Command; path: string; rest: readonly string[] } {
  let command = root;
  const path: string[] = [];
  for (const [index, word] of words.entries()) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return { command, path: path.join(' '), rest: words.slice(index) };
    command = next;
    path.push(word);
  }
  return { command, path: path.join(' '), rest: [] };
}

function described(all: readonly { readonly word: string; readonly description: string }[], typed: string): Completion {
  return { ...NOTHING, words: all.filter(({ word }) => word.startsWith(typed)).sort((a, b) => (a.word < b.word ? -1 : 1)) };
}

/** The option whose value is being typed: `--runtime s`, `--runtime=s`. */
function openOption(command: Command, last: string, typed: string): { option: Option; typed: string } | undefined {
  const [, inOne = '', value = ''] = /^(--[\w-]+)=([^]*)$/.exec(typed) ?? [];
  const option = command.options.find(({ long }) => long === (inOne || last));
  if (!option || option.isBoolean()) return undefined;
  if (inOne) return { option, typed: value };
  return typed.startsWith('-') ? undefined : { option, typed };
}

function optionValues({ long, argChoices }: Option, typed: string): Completion {
  if (argChoices) return wordsOf(argChoices, typed);
  if (long === '--name') return wordsOf(knownClusters(process.env).map(({ name }) => name), typed);
  return FILES;
}

function argumentsOf(path: string, rest: readonly string[], typed: string): Completion {
  if (path === 'completion') return rest.length > 0 ? NOTHING : wordsOf(SHELLS, typed);
  if (path === 'logs') return wordsOf(logNames(rest), typed);
  return ['image load', 'snapshot save', 'snapshot restore', 'snapshot status'].includes(path) ? FILES : NOTHING;
}

/** The processes of the cluster that the words name. */
function logNames(rest: readonly string[]): string[] {
  const valueOf = (option: string): string | undefined => (rest.includes(option) ? rest[rest.indexOf(option) + 1] : undefined);
  const folder = join(valueOf('--data-dir') ?? defaultDataDir(valueOf('--name') ?? 'default', process.env), 'logs');
  return existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.log$/, '')).sort() : [];
}
