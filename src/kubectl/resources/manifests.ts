import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CommandError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { KubectlIo } from '../io.ts';
import { type Manifest, parseManifests } from './documents.ts';

/** All objects of `-f` in the order of the files; lists are taken apart. */
export async function readManifests(flags: Flags, io: KubectlIo): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  if (flags.string('kustomize') !== '') {
    if (flags.list('filename').length > 0) throw new CommandError('only one of -f or -k can be specified');
    if (flags.knows('recursive') && flags.bool('recursive')) throw new CommandError("the -k flag can't be used with -f or -R");
    const { buildKustomization } = await import('../kustomize/build.ts'); // seldom needed, and it brings the catalogue
    for (const object of buildKustomization(flags.string('kustomize'), (text) => void io.stderr.write(text))) manifests.push({ object, source: flags.string('kustomize') });
  }
  for (const name of flags.list('filename')) {
    if (name === '-') manifests.push(...parseManifests(await text(io.stdin), 'STDIN'));
    else if (/^https?:\/\//.test(name)) manifests.push(...parseManifests(await download(name, io.signal), name));
    else for (const path of filesOf(name, flags.bool('recursive'))) manifests.push(...parseManifests(readFileSync(path, 'utf8'), path));
  }
  return manifests;
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal }).catch((error: unknown) => {
    throw new CommandError(`unable to read URL ${JSON.stringify(url)}: ${(error as Error).message}`, { cause: error });
  });
  if (!answer.ok) throw new CommandError(`unable to read URL ${JSON.stringify(url)}, server reported ${answer.status} ${answer.statusText}, status code=${answer.status}`);
  return answer.text();
}

function filesOf(path: string, recursive: boolean): string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CommandError(`the path ${JSON.stringify(path)} does not exist`, { cause: error });
  }
  if (!isDirectory) return [path];
  const found: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) {
      if (recursive) found.push(...filesOf(inner, true));
    } else if (/\.(json|ya?ml)$/.test(entry.name)) found.push(inner);
  }
  if (found.length === 0) throw new CommandError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`);
  return found;
}
