import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { copyJson, type KubeJson, listAt, mapAt, textAt } from '../kube-json.ts';
import { parseDocuments, parseManifests } from '../resources/documents.ts';
import { generatedObjects, withHash } from './generators.ts';
import { applyReplacements } from './replacements.ts';
import { renameReferences } from './references.ts';
import { patchedObjects } from './patches.ts';
import { inOrder, setAnnotations, setImages, setLabels, setNamespace } from './transformers.ts';

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const KNOWN = ['apiVersion', 'kind', 'metadata', 'resources', 'bases', 'components', 'namespace', 'namePrefix', 'nameSuffix', 'labels', 'commonLabels', 'commonAnnotations', 'patches', 'patchesStrategicMerge', 'patchesJson6902', 'images', 'replicas', 'configMapGenerator', 'secretGenerator', 'generatorOptions', 'sortOptions', 'buildMetadata', 'replacements'];

/** Fields that kustomize would rather not see, and what it wants instead. */
const DEPRECATED = { bases: 'resources', commonLabels: 'labels', patchesJson6902: 'patches', patchesStrategicMerge: 'patches' };

/** The objects of a kustomization, as `kubectl kustomize` prints them. Throws for a folder without one, and for fields that are not supported. Source: kustomize's kustomization reference. */
export function buildKustomization(folder: string, warn: (text: string) => void): KubeJson[] {
  const built = build(folder, [], warn);
  // Hashes come last: over the names and values that all layers have made.
  const hashed = built.map((one) => (one.isGenerated ? withHash(one.object) : one.object));
  const renames = new Map(built.map(({ object }, index) => [`${object.kind}/${object.metadata.name}`, hashed[index]?.metadata.name ?? '']));
  for (const object of hashed) renameReferences(object, renames);
  return inOrder(hashed);
}

/** An object, and the name under which others of the same layer refer to it. */
export interface Built {
  readonly object: KubeJson;
  readonly originalName: string;
  readonly isGenerated: boolean;
}

function build(folder: string, above: readonly Built[], warn: (text: string) => void): Built[] {
  const kustomization = readKustomization(folder);
  for (const [field, cure] of Object.entries(DEPRECATED)) if (kustomization[field] !== undefined) warn(`# Warning: '${field}' is deprecated. Please use '${cure}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`);
  const texts = (field: string): string[] => (Array.isArray(kustomization[field]) ? (kustomization[field] as string[]) : []);
  let built: Built[] = [...above];
  for (const path of [...texts('resources'), ...texts('bases')]) built.push(...resourcesAt(folder, path, warn));
  for (const path of texts('components')) built = build(join(folder, path), built, warn);
  for (const { behavior, object } of generatedObjects(folder, kustomization)) addGenerated(built, behavior, object);
  const objects = patchedObjects(folder, kustomization, built.map(({ object }) => copyJson(object)));
  const names = built.filter((one) => objects.some((object) => isSame(object, one.object)));
  setNamespace(objects, textAt(kustomization, 'namespace'));
  setLabels(objects, mapAt(kustomization, 'commonLabels'), { selectors: true, templates: true });
  for (const one of listAt(kustomization, 'labels')) setLabels(objects, mapAt(one, 'pairs'), { selectors: one['includeSelectors'] === true, templates: one['includeTemplates'] === true });
  setAnnotations(objects, mapAt(kustomization, 'commonAnnotations'));
  setImages(objects, listAt(kustomization, 'images'));
  setReplicas(objects, listAt(kustomization, 'replicas'));
  const result = renamed(objects, names, textAt(kustomization, 'namePrefix'), textAt(kustomization, 'nameSuffix'));
  applyReplacements(folder, kustomization, result);
  return result;
}

const isSame = (a: KubeJson, b: KubeJson): boolean => a.kind === b.kind && a.metadata.name === b.metadata.name && a.apiVersion === b.apiVersion;

function readKustomization(folder: string): JsonObject {
  if (!existsSync(folder)) throw new CommandError(`must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${resolve(folder)}: no such file or directory`);
  if (!statSync(folder).isDirectory()) throw new CommandError(`must build at directory: '${folder}': file is not directory`);
  const file = FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new CommandError(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${resolve(folder)}'`);
  const [value] = parseDocuments(readFileSync(file, 'utf8'), file);
  if (!isObject(value)) throw new CommandError('kustomization.yaml is empty');
  const unknown = Object.keys(value).filter((field) => !KNOWN.includes(field));
  if (unknown.length > 0) throw new CommandError(`${file}: not supported: ${unknown.join(', ')}; build it with kustomize and pipe the result to -f -`);
  return value;
}

function resourcesAt(folder: string, path: string, warn: (text: string) => void): Built[] {
  if (/^https?:|^git@|github\.com\//.test(path)) throw new CommandError(`accumulating resources: ${path}: remote resources are not supported, download them first`);
  const full = join(folder, path);
  if (!existsSync(full)) throw new CommandError(`accumulating resources: accumulation err='accumulating resources from '${path}': open ${full}: no such file or directory'`);
  if (statSync(full).isDirectory()) return build(full, [], warn);
  return parseManifests(readFileSync(full, 'utf8'), full).map(({ object }) => ({ object, originalName: object.metadata.name ?? '', isGenerated: false }));
}

function addGenerated(built: Built[], behavior: string, object: KubeJson): void {
  const index = built.findIndex((one) => one.object.kind === object.kind && one.originalName === object.metadata.name);
  if (behavior === 'create' || index < 0) {
    if (behavior !== 'create') throw new CommandError(`id ${object.kind} ${object.metadata.name} does not exist; cannot ${behavior}`);
    built.push({ object, originalName: object.metadata.name ?? '', isGenerated: true });
    return;
  }
  const old = built[index];
  const both = (field: 'labels' | 'annotations'): object => {
    const joined = { ...mapAt(old?.object, 'metadata', field), ...mapAt(object, 'metadata', field) };
    return Object.keys(joined).length > 0 ? { [field]: joined } : {};
  };
  const named = { ...object, metadata: { ...object.metadata, ...both('labels'), ...both('annotations') } };
  const merged = behavior === 'merge' && old ? { ...named, data: { ...mapAt(old.object, 'data'), ...mapAt(object, 'data') } } : named;
  built[index] = { object: merged, originalName: object.metadata.name ?? '', isGenerated: true };
}

const SCALABLE = ['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet'];

function setReplicas(objects: readonly KubeJson[], settings: readonly JsonObject[]): void {
  for (const setting of settings) for (const object of objects) if (SCALABLE.includes(object.kind ?? '') && object.metadata.name === setting['name'] && isObject(object['spec'])) object['spec']['replicas'] = setting['count'];
}

/** Prefixes, suffixes and hashes, and the names by which the objects refer to each other. */
function renamed(objects: readonly KubeJson[], names: readonly Built[], prefix: string, suffix: string): Built[] {
  const renames = new Map<string, string>();
  const result = objects.map((object) => {
    const known = names.find((one) => isSame(one.object, object));
    const originalName = known?.originalName ?? object.metadata.name ?? '';
    const isPlain = object.kind === 'Namespace' || object.kind === 'CustomResourceDefinition';
    const name = isPlain ? (object.metadata.name ?? '') : `${prefix}${object.metadata.name ?? ''}${suffix}`;
    return { object: { ...object, metadata: { ...object.metadata, name } }, originalName, isGenerated: known?.isGenerated ?? false };
  });
  objects.forEach((object, index) => renames.set(`${object.kind}/${object.metadata.name}`, result[index]?.object.metadata.name ?? ''));
  for (const { object } of result) renameReferences(object, renames);
  return result;
}
