import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** The newest stock kubectl of this machine. */
export function stockKubectl(): string | undefined {
  const first = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl')).find((path) => existsSync(path));
  if (!first) return undefined;
  const own = realpathSync(first);
  return [join(dirname(own), 'kubectl.1.33'), own].find((path) => existsSync(path));
}

/** 35 of a kubectl 1.35. */
export function minorOf(program: string): number {
  const { clientVersion } = JSON.parse(execFileSync(program, ['version', '--client', '-o', 'json']).toString()) as { clientVersion: { gitVersion: string } };
  return Number(/^v1\.(\d+)/.exec(clientVersion.gitVersion)?.[1] ?? 0);
}

/** What kubectl 1.36 prints otherwise than 1.33, brought into one form in the outputs of both: a stock one may be older. */
const CHANGED: readonly (readonly [RegExp, string])[] = [
  [/ (deleted) from \S+ namespace/g, ' $1'],
  [/\(y\/N\)/g, '(y/n)'],
  [/jsonpath-file,kyaml,/g, 'jsonpath-file,'],
  [/(\d+\/(?:TCP|UDP|SCTP)) \([\w-]+\)/g, '$1'],
  [/^Flag --cpu-percent has been deprecated.*\n/gm, ''],
  [/^preferences: \{\}\n/gm, ''],
  [/^ *"preferences": \{\},\n/gm, ''],
  [/^Traffic Distribution: .*\n/gm, ''],
  [/^((?:Image pull secrets:| ) *\S+) \(not found\)$/gm, '$1'],
  [/^Mountable secrets: +.*\n(?: +.*\n)*|^Tokens: +.*\n(?: +.*\n)*/gm, ''],
  [/\bUR Ls\b/g, 'Ur Ls'],
];

export function asOfAnyVersion(text: string): string {
  return CHANGED.reduce((one, [pattern, replacement]) => one.replaceAll(pattern, replacement), text);
}
