import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { at, type KubeJson, listAt, mapAt, textAt } from '../kube-json.ts';
import { goJson } from '../../apimachinery/go-json.ts';

/** Names under this annotation get no hash; it is taken off again. */
const NO_HASH = 'internal.config.kubernetes.io/needsHash';
const HASH_LENGTH = 10;

/** What configMapGenerator and secretGenerator make; `behavior`: create, merge or replace. */
export function generatedObjects(folder: string, kustomization: JsonObject): { behavior: string; object: KubeJson }[] {
  const shared = at(kustomization, 'generatorOptions');
  const make = (kind: 'ConfigMap' | 'Secret', entry: JsonObject): { behavior: string; object: KubeJson } => {
    const own = entry['options'];
    const options = { ...(shared as object | undefined), ...(own as object | undefined), labels: { ...mapAt(shared, 'labels'), ...mapAt(own, 'labels') }, annotations: { ...mapAt(shared, 'annotations'), ...mapAt(own, 'annotations') } };
    const isHashed = at(options, 'disableNameSuffixHash') !== true;
    const [labels, annotations] = [mapAt(options, 'labels'), { ...mapAt(options, 'annotations'), ...(isHashed ? {} : { [NO_HASH]: 'false' }) }];
    const data = Object.fromEntries([...valuesOf(folder, entry)].map(([key, value]) => [key, kind === 'Secret' ? value.toString('base64') : value.toString()]));
    return {
      behavior: textAt(entry, 'behavior') || 'create',
      object: {
        apiVersion: 'v1', kind, data, ...(at(options, 'immutable') === true && { immutable: true }), ...(kind === 'Secret' && { type: textAt(entry, 'type') || 'Opaque' }),
        metadata: { name: textAt(entry, 'name'), ...(textAt(entry, 'namespace') && { namespace: textAt(entry, 'namespace') }), ...(Object.keys(labels).length > 0 && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) },
      },
    };
  };
  return [...listAt(kustomization, 'configMapGenerator').map((entry) => make('ConfigMap', entry)), ...listAt(kustomization, 'secretGenerator').map((entry) => make('Secret', entry))];
}

function valuesOf(folder: string, entry: JsonObject): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  const texts = (field: string): string[] => (Array.isArray(entry[field]) ? (entry[field] as string[]) : []);
  const read = (path: string): Buffer => {
    try {
      return readFileSync(join(folder, path));
    } catch (error) {
      throw new CommandError(`loading KV pairs: open ${join(folder, path)}: no such file or directory`, { cause: error });
    }
  };
  for (const literal of texts('literals')) {
    const equals = literal.indexOf('=');
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    values.set(literal.slice(0, equals), Buffer.from(literal.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')));
  }
  for (const file of texts('files')) {
    const equals = file.indexOf('=');
    values.set(equals < 0 ? basename(file) : file.slice(0, equals), read(equals < 0 ? file : file.slice(equals + 1)));
  }
  for (const file of [...texts('envs'), ...(textAt(entry, 'env') ? [textAt(entry, 'env')] : [])]) {
    for (const line of read(file).toString().split('\n').map((one) => one.trim())) {
      const equals = line.indexOf('=');
      if (line !== '' && !line.startsWith('#') && equals > 0) values.set(line.slice(0, equals), Buffer.from(line.slice(equals + 1)));
    }
  }
  return values;
}

/** Ten letters and digits that tell an object by its content. */
export function shortHash(content: object): string {
  return readable(createHash('sha256').update(goJson(content)).digest('hex'));
}

/** The object under a name that changes with its content. Source: kustomize api/hasher. */
export function withHash(object: KubeJson): KubeJson {
  const { [NO_HASH]: off, ...annotations } = object.metadata.annotations ?? {};
  const { annotations: _, ...rest } = object.metadata;
  const metadata = { ...rest, ...(Object.keys(annotations).length > 0 && { annotations }) };
  if (off !== undefined) return { ...object, metadata };
  const hashed = { kind: object.kind, name: '', data: object['data'] ?? '', ...(object.kind === 'Secret' && { type: object['type'] }) };
  return { ...object, metadata: { ...metadata, name: `${object.metadata.name}-${shortHash(hashed)}` } };
}

/** Without letters and digits that make words or look alike. */
function readable(hex: string): string {
  const others: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return hex.slice(0, HASH_LENGTH).replaceAll(/[013ae]/g, (letter) => others[letter] ?? letter);
}
