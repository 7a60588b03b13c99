import { goText } from '../../apimachinery/patch/go-text.ts';
import { invalid, StatusError } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { jsonText } from '../cacher/entry.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** A patch whose outcome is no object of the kind: 422 on a field `patch`, as upstream's patch handler words it. */
export function patchedDecodeError(error: unknown, options: { patched: unknown; patch: unknown; isStrategic: boolean; resource: ServedResource }): unknown {
  if (!StatusError.is(error) || error.code !== 400) return error;
  const { kind, version } = options.resource;
  const prefix = `${kind.kind} in version ${JSON.stringify(version.version)} cannot be handled as a ${kind.kind}: `;
  const why = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  const errors = new FieldErrors();
  errors.invalid(FieldPath.of('patch'), options.isStrategic ? goText(options.patch) : jsonText(options.patched), why);
  return invalid({ group: '', kind: '' }, '', errors.causes);
}
