import { kinds } from '../api/kinds.ts';
import { schemas } from '../api/schemas.ts';
import { createThreeWayMergePatch } from '../apimachinery/patch/merge-patch.ts';
import { patchSchemaOf } from '../apimachinery/patch/patch-schema.ts';
import { createThreeWayStrategicPatch, createTwoWayStrategicPatch } from '../apimachinery/patch/strategic-diff.ts';
import type { JsonObject } from '../apimachinery/patch/json.ts';
import { createMergePatch } from '../apimachinery/patch/merge-patch.ts';
import type { KubeJson } from './kube-json.ts';
import type { ApiResource } from './resources/rest-mapper.ts';

/** The message of the catalogue that describes the kind; undefined for custom resources, which have no merge strategies. */
function messageOf({ group, version, kind }: Pick<ApiResource, 'group' | 'version' | 'kind'>): string | undefined {
  for (const known of kinds) {
    if (known.kind !== kind) continue;
    const found = known.versions.find((one) => (one.group ?? known.group) === group && one.version === version);
    if (found) return found.message;
  }
  return undefined;
}

/** How lists of a kind are merged; undefined for custom kinds. */
export function findPatchSchema(apiVersion: string, kind: string): ReturnType<typeof patchSchemaOf> | undefined {
  const slash = apiVersion.indexOf('/');
  const message = messageOf({ group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1), kind });
  return message === undefined ? undefined : patchSchemaOf(schemas, message);
}

/** How lists of a kind of the catalogue are merged. Throws for custom kinds, which are not patched so. */
export function patchSchemaFor(apiVersion: string, kind: string): ReturnType<typeof patchSchemaOf> {
  const found = findPatchSchema(apiVersion, kind);
  if (!found) throw new Error(`the catalogue has no ${kind} in ${apiVersion}`);
  return found;
}

export interface ComputedPatch {
  readonly type: 'strategic' | 'merge';
  readonly patch: JsonObject;
}

/** What turns `current` into `modified`, and takes away what was in `original` only. */
export function threeWayPatch(resource: ApiResource, original: JsonObject, modified: JsonObject, current: KubeJson): ComputedPatch {
  const message = messageOf(resource);
  if (message === undefined) return { type: 'merge', patch: createThreeWayMergePatch(original, modified, current) };
  return { type: 'strategic', patch: createThreeWayStrategicPatch(original, modified, current, patchSchemaOf(schemas, message)) };
}

export function twoWayPatch(resource: ApiResource, original: JsonObject, modified: JsonObject): ComputedPatch {
  const message = messageOf(resource);
  if (message === undefined) return { type: 'merge', patch: createMergePatch(original, modified) };
  return { type: 'strategic', patch: createTwoWayStrategicPatch(original, modified, patchSchemaOf(schemas, message)) };
}
