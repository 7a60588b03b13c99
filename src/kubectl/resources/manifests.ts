import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { isObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { KubectlIo } from '../io.ts';
import type { KubeJson } from '../kube-json.ts';

/** An object of a file, and where it stood. */
export interface Manifest {
  readonly object: KubeJson;
  /** The path; `STDIN` for standard input. */
  readonly source: string;
}

/** All objects of `-f` in the order of the files; lists are taken apart. */
export async function readManifests(flags: Flags, io: KubectlIo): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  if (flags.string('kustomize') !== '') {
    const { buildKustomization } = await import('../kustomize/build.ts'); // seldom needed, and it brings the catalogue
    for (const object of buildKustomization(flags.string('kustomize'), (text) => void io.stderr.write(text))) manifests.push({ object, source: flags.string('kustomize') });
  }
  for (const name of flags.list('filename')) {
    if (name === '-') manifests.push(...parseManifests(await text(io.stdin), 'STDIN'));
    else if (/^https?:\/\//.test(name)) throw new CommandError(`cannot read ${name}: manifests from URLs are not supported, download it first`);
    else for (const path of filesOf(name, flags.bool('recursive'))) manifests.push(...parseManifests(readFileSync(path, 'utf8'), path));
  }
  return manifests;
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

/** YAML 1.1 as Go reads it, or JSON; several documents. */
export function parseDocuments(content: string, source: string): unknown[] {
  const documents = parseAllDocuments(content, { version: '1.1', merge: true, customTags: (tags) => tags.filter((tag) => tag !== 'timestamp'), logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error) throw new CommandError(`error parsing ${source}: error converting YAML to JSON: yaml: ${error.message.split('\n')[0] ?? ''}`);
    return document.toJS() as unknown;
  });
}

export function parseManifests(content: string, source: string): Manifest[] {
  const manifests: Manifest[] = [];
  for (const value of parseDocuments(content, source)) {
    if (value === null || value === undefined) continue;
    if (!isObject(value)) throw new CommandError(`error parsing ${source}: json: cannot unmarshal ${typeof value} into Go value of type map[string]interface {}`);
    const kind = value['kind'];
    if (typeof kind !== 'string' || kind === '') throw new CommandError(`unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${JSON.stringify(value)}'`);
    if (typeof value['apiVersion'] !== 'string') throw new CommandError(`unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${JSON.stringify(value)}'`);
    const items = kind.endsWith('List') && Array.isArray(value['items']) ? (value['items'] as KubeJson[]) : [value as KubeJson];
    for (const object of items) manifests.push({ object: { ...object, metadata: object.metadata ?? {} }, source });
  }
  return manifests;
}
