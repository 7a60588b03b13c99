import { applyJsonPatch, JsonPatchFault } from '../apimachinery/patch/json-patch.ts';
import { applyMergePatch } from '../apimachinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../apimachinery/patch/strategic-merge.ts';
import { StatusError } from '../apimachinery/status.ts';
import { CommandError } from './errors.ts';
import { copyJson, type KubeJson } from './kube-json.ts';
import { findPatchSchema } from './three-way.ts';

/** What the server would make of a patch, as far as that can be known without it: no defaults, no validation. Throws CommandError for a patch that does not fit. Source: kubectl pkg/cmd/patch, getPatchedJSON. */
export function patchedLocally(object: KubeJson, type: 'json' | 'merge' | 'strategic', patch: unknown): KubeJson {
  const copy = copyJson(object);
  try {
    if (type === 'json') return applyJsonPatch(copy, patch) as KubeJson;
    if (type === 'merge') return applyMergePatch(copy, patch) as KubeJson;
    const schema = findPatchSchema(object.apiVersion ?? '', object.kind ?? '');
    if (!schema) throw new CommandError(`strategic merge patch is not supported for ${(object.apiVersion ?? '').includes('/') ? object.apiVersion : `/${object.apiVersion}`}, Kind=${object.kind} locally, try --type merge`);
    return applyStrategicMergePatch(copy, patch, schema) as KubeJson;
  } catch (error) {
    if (!StatusError.is(error)) throw error;
    if (error.cause instanceof JsonPatchFault) throw new CommandError(error.cause.message, { cause: error });
    throw new CommandError(error.message.replace(/^the server rejected our request due to an error in our request: /, ''), { cause: error });
  }
}
