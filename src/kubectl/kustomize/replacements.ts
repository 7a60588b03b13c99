import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { at, copyJson, type KubeJson, listAt, textAt } from '../kube-json.ts';
import { parseDocuments } from '../resources/documents.ts';

/** An object, and the name that it had in its file. */
export interface Named {
  readonly object: KubeJson;
  readonly originalName: string;
}

const DEFAULT_PATH = 'metadata.name';

/** Copies fields of one object into others, as `replacements` say. Source: kustomize's reference, "replacements". */
export function applyReplacements(folder: string, kustomization: JsonObject, all: readonly Named[]): void {
  for (const entry of listAt(kustomization, 'replacements').flatMap((one) => (textAt(one, 'path') ? fromFile(join(folder, textAt(one, 'path'))) : [one]))) {
    const value = sourceValue(all, at(entry, 'source'));
    const targets = listAt(entry, 'targets');
    if (targets.length === 0) throw new CommandError('replacements must specify a source and at least one target');
    for (const target of targets) replaceIn(all, target, value);
  }
}

function fromFile(path: string): JsonObject[] {
  const [value] = parseDocuments(readFileSync(path, 'utf8'), path);
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

function isSelected({ object, originalName }: Named, selector: unknown): boolean {
  const [group, version] = (object.apiVersion ?? '').includes('/') ? (object.apiVersion ?? '').split('/') : ['', object.apiVersion];
  const fits = (field: string, value: string | undefined): boolean => textAt(selector, field) === '' || textAt(selector, field) === value;
  return fits('group', group) && fits('version', version) && fits('kind', object.kind) && fits('namespace', object.metadata.namespace) && (fits('name', object.metadata.name) || fits('name', originalName));
}

function sourceValue(all: readonly Named[], source: unknown): unknown {
  const found = all.filter((one) => isSelected(one, source));
  const described = ['kind', 'name'].map((field) => textAt(source, field)).join('.');
  if (found.length === 0) throw new CommandError(`nothing selected by ${described}:${textAt(source, 'fieldPath') || DEFAULT_PATH}`);
  if (found.length > 1) throw new CommandError(`multiple matches for selector ${described}`);
  const path = textAt(source, 'fieldPath') || DEFAULT_PATH;
  const [place] = placesOf(found[0]?.object, segmentsOf(path), false);
  const value = place?.get();
  if (value === undefined) throw new CommandError(`fieldPath \`${path}\` is missing for replacement source ${described}`);
  const delimiter = textAt(source, 'options', 'delimiter');
  return delimiter === '' ? value : (String(value as string).split(delimiter)[Number(textAt(source, 'options', 'index') || '0')] ?? '');
}

function replaceIn(all: readonly Named[], target: JsonObject, value: unknown): void {
  const paths = Array.isArray(target['fieldPaths']) ? (target['fieldPaths'] as string[]) : [DEFAULT_PATH];
  const creates = at(target, 'options', 'create') === true;
  const delimiter = textAt(target, 'options', 'delimiter');
  for (const one of all) {
    if (!isSelected(one, target['select']) || listAt(target, 'reject').some((rejected) => isSelected(one, rejected))) continue;
    for (const path of paths) {
      const places = placesOf(one.object, segmentsOf(path), creates);
      if (places.length === 0) throw new CommandError(`unable to find field ${JSON.stringify(path)} in replacement target`);
      for (const place of places) place.set(delimiter === '' ? (typeof value === 'object' && value !== null ? copyJson(value as KubeJson) : value) : spliced(String(place.get() as string), delimiter, Number(textAt(target, 'options', 'index') || '0'), String(value as string)));
    }
  }
}

/** Puts a value in the place of one part of a text; before all parts for an index below 0, after them for one beyond. */
function spliced(text: string, delimiter: string, index: number, value: string): string {
  const parts = text.split(delimiter);
  if (index < 0) return [value, ...parts].join(delimiter);
  if (index >= parts.length) return [...parts, value].join(delimiter);
  return parts.with(index, value).join(delimiter);
}

/** `spec.containers.[name=c].image`, `metadata.annotations.a\.b/c`, `spec.rules.*.host`. */
function segmentsOf(path: string): string[] {
  return [...path.matchAll(/\[[^\]]*\]|(?:\\.|[^.[\]\\])+/g)].map(([segment]) => (segment.startsWith('[') ? segment : segment.replaceAll(/\\(.)/g, '$1')));
}

interface Place {
  get(): unknown;
  set(value: unknown): void;
}

function placesOf(value: unknown, [segment, ...rest]: readonly string[], creates: boolean): Place[] {
  if (segment === undefined) return [];
  const into = (holder: JsonObject | unknown[], key: string | number): Place[] => {
    const fields = holder as Record<string | number, unknown>;
    if (rest.length === 0) return fields[key] === undefined && !creates ? [] : [{ get: () => fields[key], set: (next) => void (fields[key] = next) }];
    if (fields[key] === undefined && creates) fields[key] = rest[0]?.startsWith('[') ? [] : {};
    return placesOf(fields[key], rest, creates);
  };
  if (Array.isArray(value)) {
    if (segment === '*') return value.flatMap((_, index) => into(value, index));
    const [, key = '', wanted = ''] = /^\[([^=]*)=(.*)\]$/.exec(segment) ?? [];
    if (key !== '') return value.flatMap((item, index) => (textAt(item, key) !== wanted ? [] : rest.length === 0 ? [{ get: () => item as unknown, set: (next: unknown) => void (value[index] = next) }] : placesOf(item, rest, creates)));
    return /^\d+$/.test(segment) ? into(value, Number(segment)) : [];
  }
  return isObject(value) ? into(value, segment) : [];
}
