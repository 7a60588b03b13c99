import { allSorted, isObject, sortedCopy } from '../../apimachinery/patch/json.ts';
import { goText } from '../../apimachinery/patch/go-text.ts';
import { invalid, StatusError } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { jsonText } from '../cacher/entry.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { PatchBody } from './patch-body.ts';

const NO_TYPE = "couldn't get version/kind; json parse error: json: cannot unmarshal ";
const NO_KIND = "Object 'Kind' is missing";

/** A patch whose outcome is no object of the kind: 422 on a field `patch`, as upstream's patch handler words it. */
export function patchedDecodeError(error: unknown, options: { patched: unknown; patch: PatchBody; faults: readonly string[]; isStrategic: boolean; resource: ServedResource }): unknown {
  if (!StatusError.is(error) || error.code !== 400) return error;
  const { kind } = options.resource;
  const said = innerText(error.message, kind.kind);
  const why = options.isStrategic ? converterText(said) : said;
  const errors = new FieldErrors();
  const text = shown({ ...options, isCustom: options.resource.version.custom !== undefined }, why);
  errors.invalid(FieldPath.of('patch'), text, why.includes(NO_KIND) ? `${NO_KIND} in '${text}'` : why);
  return invalid({ group: '', kind: '' }, '', errors.causes);
}

/** The patch alone is shown for what is wrong with it alone. */
function shown({ patch, patched, faults, isStrategic, isCustom }: { patched: unknown; patch: PatchBody; faults: readonly string[]; isStrategic: boolean; isCustom: boolean }, why: string): string {
  if (isStrategic) return goText(patch.value);
  const isOfPatch = faults.length > 0 && why === `strict decoding error: ${faults.join(', ')}`;
  return isOfPatch && patch.text !== undefined ? patch.text : jsonText(isCustom ? allSorted(patched) : sortedTop(patched));
}

/** Strategic merge patches are read by another reader upstream, with words of its own (runtime.DefaultUnstructuredConverter). */
function converterText(said: string): string {
  if (said.startsWith(NO_TYPE)) return 'unrecognized type: string';
  const match = /^json: cannot unmarshal (\w+)(?: \S+)? into Go struct field \S+ of type (.+)$/.exec(said);
  const [, got, type = ''] = match ?? [];
  if (got === undefined) return said;
  if (type.startsWith('[]')) return `cannot restore slice from ${got === 'object' ? 'map' : got}`;
  if (type.startsWith('map[')) return `cannot restore map from ${got === 'array' ? 'slice' : got}`;
  if (type.includes('.')) return `cannot restore struct from: ${got === 'array' ? 'slice' : got}`;
  return `unrecognized type: ${type}`;
}

/** Go writes the patched document with its keys sorted; all keys of a custom resource, which is made of maps. */
function sortedTop(value: unknown): unknown {
  return isObject(value) ? sortedCopy(value) : value;
}

/** What a patch's outcome is refused with, without the words for bodies. */
function innerText(message: string, kind: string): string {
  const marker = ` cannot be handled as a ${kind}: `;
  const at = message.indexOf(marker);
  return at < 0 ? message : message.slice(at + marker.length);
}
