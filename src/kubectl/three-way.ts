import { kinds } from '../api/kinds.ts';
import { schemas } from '../api/schemas.ts';
import { createThreeWayMergePatch } from '../apimachinery/patch/merge-patch.ts';
import { patchSchemaOf } from '../apimachinery/patch/patch-schema.ts';
import { createThreeWayStrategicPatch, createTwoWayStrategicPatch } from '../apimachinery/patch/strategic-diff.ts';
import type { JsonObject } from '../apimachinery/patch/json.ts';
import { createMergePatch } from '../apimachinery/patch/merge-patch.ts';
import type { KubeJson } from './kube-json.ts';
import type { ApiResource } from './resources/rest-mapper.ts';

/** The message of the catalogue that describes the resource; undefined for custom resources, which have no merge strategies. */
function messageOf(resource: ApiResource): string | undefined {
  for (const kind of kinds) {
    if (kind.kind !== resource.kind) continue;
    const version = kind.versions.find((one) => (one.group ?? kind.group) === resource.group && one.version === resource.version);
    if (version) return version.message;
  }
  return undefined;
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
