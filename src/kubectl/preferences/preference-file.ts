import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { CommandError } from '../errors.ts';
import type { KubectlIo } from '../io.ts';
import { parsePreference, type Preference } from './preference.ts';

export interface PreferenceFile {
  readonly path: string;
  /** Whether somebody named it: then it must be there. */
  readonly isNamed: boolean;
}

/** `KUBECTL_KUBERC=false`: kubectl knows nothing of preferences. */
export function hasPreferences(env: KubectlIo['env']): boolean {
  return (env['KUBECTL_KUBERC'] ?? '').toLowerCase() !== 'false';
}

/** `--kuberc`, else `KUBERC`, else `~/.kube/kuberc`; undefined with `KUBERC=off`. Throws CommandError for both at once. */
export function preferenceFile(named: string, env: KubectlIo['env']): PreferenceFile | undefined {
  const variable = env['KUBERC'] ?? '';
  if (variable === 'off' && named !== '') throw new CommandError('disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive');
  if (variable === 'off') return undefined;
  if (named !== '' || variable !== '') return { path: named || variable, isNamed: true };
  return { path: join(env['HOME'] ?? '', '.kube', 'kuberc'), isNamed: false };
}

/** The file that `--kuberc` names, wherever it stands before `--`; '' without the flag. Throws CommandError for the flag without a file. */
export function namedFile(argv: readonly string[]): string {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findIndex((word) => word === '--kuberc' || word.startsWith('--kuberc='));
  if (at < 0) return '';
  const word = words[at] ?? '';
  const path = word === '--kuberc' ? words[at + 1] : word.slice('--kuberc='.length);
  if (!path) throw new CommandError('kuberc file is not found');
  return path;
}

/** What the file holds; undefined for an empty one. Throws ENOENT as it is, CommandError for others that cannot be used. `warn`: of fields that are not known. */
export function readPreference(path: string, warn: (text: string) => void): Preference | undefined {
  const read = parsePreference(contentOf(path), path);
  if (read && read.unknown.length > 0) warn(`kuberc: ignoring strict decoding error in ${path}: strict decoding error: ${read.unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ')}`);
  return read?.preference;
}

/** The preferences of this run. A file that nobody named may be missing, and is only told of when it cannot be used. */
export function loadPreference(argv: readonly string[], env: KubectlIo['env'], warn: (text: string) => void): Preference | undefined {
  const file = preferenceFile(namedFile(argv), env);
  if (!file) return undefined;
  try {
    return readPreference(file.path, warn);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (file.isNamed) throw new CommandError(`kuberc: ${error.message}`, { cause: error });
    if (!isMissing(error)) warn(`kuberc: no preferences loaded from ${file.path}: ${error.message}`);
    return undefined;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof CommandError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new CommandError(`open ${path}: ${getSystemErrorMessage(errno)}`, { cause: error });
  }
}
