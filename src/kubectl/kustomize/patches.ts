import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyJsonPatch } from '../../apimachinery/patch/json-patch.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge.ts';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { CommandError } from '../errors.ts';
import { at, type KubeJson, listAt, textAt } from '../kube-json.ts';
import { parseDocuments } from '../resources/documents.ts';
import { findPatchSchema } from '../three-way.ts';

interface Patch {
  readonly content: unknown;
  readonly target: unknown;
}

/** The objects after all patches of a kustomization; `$patch: delete` takes one away. */
export function patchedObjects(folder: string, kustomization: JsonObject, objects: KubeJson[]): KubeJson[] {
  let result = objects;
  for (const patch of patchesOf(folder, kustomization)) result = applied(result, patch);
  return result;
}

function patchesOf(folder: string, kustomization: JsonObject): Patch[] {
  const read = (text: string): unknown[] => parseDocuments(existsSync(join(folder, text)) && !text.includes('\n') ? readFileSync(join(folder, text), 'utf8') : text, text.split('\n')[0] ?? '');
  const patches: Patch[] = [];
  for (const text of listAt(kustomization, 'patchesStrategicMerge') as unknown as string[]) patches.push(...read(text).map((content) => ({ content, target: undefined })));
  for (const one of [...listAt(kustomization, 'patches'), ...listAt(kustomization, 'patchesJson6902')]) {
    patches.push(...read(textAt(one, 'patch') || textAt(one, 'path')).map((content) => ({ content, target: at(one, 'target') })));
  }
  return patches;
}

function applied(objects: readonly KubeJson[], { content, target }: Patch): KubeJson[] {
  const wanted = target ?? (isObject(content) ? ownTarget(content as KubeJson) : undefined);
  if (wanted === undefined) throw new CommandError('a JSON patch needs a target');
  const chosen = objects.filter((object) => isTarget(object, wanted, target !== undefined));
  if (chosen.length === 0 && target === undefined) throw new CommandError(`no resource matches strategic merge patch "${textAt(content, 'kind')}.${textAt(content, 'apiVersion')}/${textAt(content, 'metadata', 'name')}.[noNs]": no matches for Id`);
  return objects.flatMap((object) => {
    if (!chosen.includes(object)) return [object];
    if (Array.isArray(content)) return [applyJsonPatch(object, content) as KubeJson];
    if (!isObject(content) || content['$patch'] === 'delete') return [];
    const schema = findPatchSchema(object.apiVersion ?? '', object.kind ?? '');
    const named = { ...content, metadata: { ...(content['metadata'] as object | undefined), name: object.metadata.name } };
    return [(schema ? applyStrategicMergePatch(object, named, schema) : applyMergePatch(object, named)) as KubeJson];
  });
}

const ownTarget = (patch: KubeJson): JsonObject => {
  const [group, version] = (patch.apiVersion ?? '').includes('/') ? (patch.apiVersion ?? '').split('/') : ['', patch.apiVersion];
  return { group, version, kind: patch.kind, name: patch.metadata?.name };
};

/** `isPattern`: names, kinds and namespaces of a target are regular expressions. */
function isTarget(object: KubeJson, target: unknown, isPattern: boolean): boolean {
  const [group, version] = (object.apiVersion ?? '').includes('/') ? (object.apiVersion ?? '').split('/') : ['', object.apiVersion];
  const matches = (field: string, value: string): boolean => {
    const wanted = textAt(target, field);
    return wanted === '' || (isPattern ? new RegExp(`^(?:${wanted})$`).test(value) : wanted === value);
  };
  const [labels, annotations] = [textAt(target, 'labelSelector'), textAt(target, 'annotationSelector')];
  return matches('group', group ?? '') && matches('version', version ?? '') && matches('kind', object.kind ?? '') && matches('name', object.metadata.name ?? '') && matches('namespace', object.metadata.namespace ?? '')
    && (labels === '' || parseLabelSelector(labels).matches(object.metadata.labels)) && (annotations === '' || parseLabelSelector(annotations).matches(object.metadata.annotations));
}
