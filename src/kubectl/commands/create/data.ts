import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError } from '../../errors.ts';
import type { CommandContext } from '../../command.ts';

const KEY_RULE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** What kubectl says of keys that cannot be: not the same of a ConfigMap and of a Secret. */
export interface DataWords {
  readonly notAKey: string;
  taken(key: string): string;
}

/** What `--from-file`, `--from-literal` and `--from-env-file` give, by key. */
export function gatherData(context: CommandContext, words: DataWords): Map<string, Buffer> {
  const { flags } = context;
  if (flags.list('from-env-file').length > 0 && flags.list('from-file').length + flags.list('from-literal').length > 0) throw new CommandError('from-env-file cannot be combined with from-file or from-literal');
  const data = new Map<string, Buffer>();
  const add = (key: string, value: Buffer): void => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) throw new CommandError(`${JSON.stringify(key)} ${words.notAKey} ${KEY_RULE}`);
    if (data.has(key)) throw new CommandError(words.taken(key));
    data.set(key, value);
  };
  for (const source of context.flags.list('from-file')) for (const [key, path] of filesOf(source)) add(key, readFileSync(path));
  for (const literal of context.flags.list('from-literal')) {
    const equals = literal.indexOf('=');
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    const value = literal.slice(equals + 1);
    add(literal.slice(0, equals), Buffer.from(/^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value));
  }
  for (const path of context.flags.list('from-env-file')) {
    for (const line of readText(path).split('\n')) {
      const text = line.trimStart();
      if (text === '' || text.startsWith('#')) continue;
      const equals = text.indexOf('=');
      if (equals < 0) add(text, Buffer.from(context.io.env[text] ?? ''));
      else add(text.slice(0, equals), Buffer.from(text.slice(equals + 1)));
    }
  }
  return data;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`error reading ${path}: no such file or directory`, { cause: error });
  }
}

function filesOf(source: string): [string, string][] {
  const equals = source.indexOf('=');
  const path = equals < 0 ? source : source.slice(equals + 1);
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw new CommandError(`error reading ${path}: no such file or directory`, { cause: error });
  }
  if (!isDirectory) return [[equals < 0 ? basename(path) : source.slice(0, equals), path]];
  if (equals >= 0) throw new CommandError('cannot give a key name for a directory path');
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry): [string, string] => [entry.name, join(path, entry.name)]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** As base64, for secrets. */
export function encoded(data: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')]));
}
