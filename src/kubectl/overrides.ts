import { applyJsonPatch } from '../apimachinery/patch/json-patch.ts';
import { isObject } from '../apimachinery/patch/json.ts';
import { applyMergePatch } from '../apimachinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../apimachinery/patch/strategic-merge.ts';
import { CommandError } from './errors.ts';
import { flag, type Flags, type FlagSpecs } from './flags.ts';
import type { KubeJson } from './kube-json.ts';
import { parseDocuments } from './resources/documents.ts';
import { patchSchemaFor } from './three-way.ts';

export const OVERRIDE_FLAGS: FlagSpecs = {
  overrides: flag.string('An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.'),
  'override-type': flag.string('The method used to override the generated object: json, merge, or strategic.', { default: 'merge' }),
};

/** What was made, with `--overrides` over it as a patch of the type that `--override-type` names. */
export function withOverrides(flags: Flags, made: KubeJson): KubeJson {
  const type = flags.string('override-type');
  if (!['json', 'merge', 'strategic'].includes(type)) throw new CommandError(`invalid override type: ${type}`);
  if (flags.string('overrides') === '') return made;
  const [patch] = parseDocuments(flags.string('overrides'), 'overrides');
  if (type === 'json' && Array.isArray(patch)) return applyJsonPatch(made, patch) as KubeJson;
  if (type === 'json' || !isObject(patch)) throw new CommandError(`unable to parse overrides: ${flags.string('overrides')}`);
  if (type === 'strategic') return applyStrategicMergePatch(made, patch, patchSchemaFor(made.apiVersion ?? '', made.kind ?? '')) as KubeJson;
  return applyMergePatch(made, patch) as KubeJson;
}
