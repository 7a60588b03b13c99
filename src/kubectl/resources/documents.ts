import { parseAllDocuments } from 'yaml';
import { goYamlTags } from '../../apimachinery/codec/yaml-tags.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { keepLarge } from '../../apimachinery/whole-numbers-of-yaml.ts';
import { mayHoldLarge, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { CommandError } from '../errors.ts';
import type { KubeJson } from '../kube-json.ts';
import { checkMetadata } from './decoding.ts';

/** An object of a file, and where it stood. */
export interface Manifest {
  readonly object: KubeJson;
  /** The path; `STDIN` for standard input. */
  readonly source: string;
}

/** YAML 1.1 as Go reads it, or JSON; several documents. */
export function parseDocuments(content: string, source: string): unknown[] {
  const intAsBigInt = mayHoldLarge(content);
  const documents = parseAllDocuments(content, { version: '1.1', merge: true, customTags: goYamlTags, intAsBigInt, logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error) throw new CommandError(`error parsing ${source}: error converting YAML to JSON: yaml: ${error.message.split('\n')[0] ?? ''}`);
    const value = document.toJS() as unknown;
    return intAsBigInt ? keepLarge(value) : value;
  });
}

export function parseManifests(content: string, source: string): Manifest[] {
  const manifests: Manifest[] = [];
  for (const value of parseDocuments(content, source)) {
    if (value === null || value === undefined) continue;
    if (!isObject(value)) throw new CommandError(`error parsing ${source}: json: cannot unmarshal ${typeof value} into Go value of type map[string]interface {}`);
    const kind = value['kind'];
    if (typeof kind !== 'string' || kind === '') throw new CommandError(`unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${stringifyWhole(value)}'`);
    if (typeof value['apiVersion'] !== 'string') throw new CommandError(`unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${stringifyWhole(value)}'`);
    const items = kind.endsWith('List') && Array.isArray(value['items']) ? (value['items'] as KubeJson[]) : [value as KubeJson];
    for (const object of items) {
      checkMetadata(object, source);
      manifests.push({ object: { ...object, metadata: object.metadata ?? {} }, source });
    }
  }
  return manifests;
}
