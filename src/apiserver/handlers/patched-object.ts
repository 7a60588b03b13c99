import { copyOf } from '../../apimachinery/deep-copy.ts';
import { apiVersionOf, type DeepReadonly, type KubeObject } from '../../apimachinery/meta.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { type BodyTarget, decodeValue, type DecodeContext } from '../registry/body.ts';
import { inVersion, type ServedResource } from '../registry/served-resource.ts';
import { readManagersReset } from '../registry/reset-managers.ts';
import { PATCH_TYPES } from './patch-body.ts';

export interface PatchedContext extends Omit<DecodeContext, 'text' | 'isPatched'> {
  readonly target: BodyTarget;
  /** The content type of the patch. */
  readonly type: string;
  /** Whose versions, beside the target's, are converted; undefined: all versions have the same fields. */
  readonly resource?: ServedResource;
}

/**
 * What a patch made, as an object of the target's version. Throws StatusError 400. What a strategic merge patch made is read into the type of the target, whatever it
 * says that it is. Else what it says decides: any version of the kind that the scheme holds will do, served or not, as all of them are decoded into the internal type.
 * Source: apiserver pkg/endpoints/handlers, jsonPatcher and smpPatcher.
 */
export function readPatched(made: unknown, given: PatchedContext): KubeObject {
  const { target, type, resource } = given;
  const patched = target.custom ? made : readManagersReset(made);
  const context: DecodeContext = { ...given, text: undefined, isPatched: true };
  // The decoder of a message makes everything anew; a custom resource's keeps what it is given.
  if (target.custom) return decodeValue(copyOf(patched as DeepReadonly<object>), target, context);
  if (!isObject(patched)) return decodeValue(patched, target, context);
  const { apiVersion = '' } = patched;
  if (type === PATCH_TYPES.strategic) return decodeValue(saysItsType(patched) ? { ...patched, apiVersion: target.apiVersion, kind: target.kind } : patched, target, context);
  if (apiVersion === '' || apiVersion === null) return decodeUnversioned(patched, target, context);
  if (apiVersion === target.apiVersion || typeof apiVersion !== 'string') return decodeValue(patched, target, context);
  return decodeOtherVersion(patched, { apiVersion, target, context, resource });
}

function saysItsType({ apiVersion, kind }: Readonly<Record<string, unknown>>): boolean {
  return typeof (apiVersion ?? '') === 'string' && typeof (kind ?? '') === 'string';
}

/** The fields of internal types have no names in JSON: nothing but the kind is read. */
function decodeUnversioned(patched: Readonly<Record<string, unknown>>, target: BodyTarget, context: DecodeContext): KubeObject {
  const { kind } = patched;
  const unknown = Object.keys(patched).filter((name) => name !== 'kind' && name !== 'apiVersion').sort().map((name) => `unknown field ${JSON.stringify(name)}`);
  return decodeValue({ apiVersion: target.apiVersion, kind }, target, { ...context, duplicates: [...(context.duplicates ?? []), ...unknown] });
}

function decodeOtherVersion(patched: object, options: { apiVersion: string; target: BodyTarget; context: DecodeContext; resource: ServedResource | undefined }): KubeObject {
  const { apiVersion, target, context, resource } = options;
  // A version on the way to one that is served (`v2beta2`) has the fields of that.
  const served = resource?.kind.versions.find(({ version, group = resource.kind.group }) => apiVersion.startsWith(apiVersionOf({ group, version })));
  if (!served || !resource) return decodeValue(patched, { ...target, alsoAccepts: [apiVersion] }, context);
  const object = decodeValue(patched, { ...target, message: served.message, alsoAccepts: [apiVersion] }, context);
  served.default?.(object);
  return { ...inVersion(resource, served.toStorage?.(object) ?? object), apiVersion: target.apiVersion };
}
