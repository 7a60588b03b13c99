import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { applyJsonPatch } from '../../apimachinery/patch/json-patch.ts';
import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.ts';
import { patchSchemaOf } from '../../apimachinery/patch/patch-schema.ts';
import { applyStrategicMergePatch } from '../../apimachinery/patch/strategic-merge.ts';
import { numbersAsWritten, writtenBack } from '../../apimachinery/schema/written-numbers.ts';
import { failure } from '../../apimachinery/status.ts';
import { holdsJson } from '../../api/json-kinds.ts';
import { schemas } from '../../api/schemas.ts';
import type { Answer } from '../answer.ts';
import { mediaTypeOf } from '../http/negotiation.ts';
import { manageFields } from '../registry/managed-fields.ts';
import { writeOptions, type WriteOptions } from '../registry/options.ts';
import { defaulted, inVersion, type ServedResource } from '../registry/served-resource.ts';
import { strategyOf } from '../registry/subresource-strategy.ts';
import { updateObject } from '../registry/update.ts';
import type { Registry } from '../registry/write-context.ts';
import { type ApiRequest, headerOf } from '../request.ts';
import { apply } from './apply.ts';
import { type PatchBody, PATCH_TYPES, readPatch, strictFaults } from './patch-body.ts';
import { patchedDecodeError } from './patch-errors.ts';
import { readPatched } from './patched-object.ts';
import { checkName, checkNamespace, optionsObject, targetOf, writeContext, type WriteTargetOptions } from './write-target.ts';

const ALL_TYPES: ReadonlySet<string> = new Set(Object.values(PATCH_TYPES));

/** The kind of patch that a request sends. Throws StatusError 415. */
export function patchTypeOf(request: ApiRequest, resource: ServedResource): string {
  const type = mediaTypeOf(headerOf(request, 'content-type') ?? '');
  if (!ALL_TYPES.has(type)) throw failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  if (type === PATCH_TYPES.strategic && !resource.media.includes('protobuf')) {
    const accepted = [PATCH_TYPES.json, PATCH_TYPES.merge, PATCH_TYPES.apply].join(', ');
    throw failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted}`);
  }
  return type;
}

export async function patch(request: ApiRequest, resource: ServedResource, registry: Registry, options: WriteTargetOptions): Promise<Answer> {
  const type = patchTypeOf(request, resource);
  const write = writeOptions(request, 'PatchOptions', type);
  if (type === PATCH_TYPES.apply) return apply(request, resource, registry, { ...options, write });
  const body = await readPatch(request, type, resource.version.custom !== undefined || holdsJson(resource.version.message));
  const duplicates = write.fieldValidation === 'Ignore' ? [] : strictFaults(type, body);
  const { form, subresource } = options;
  const { name } = request.info;
  const context = writeContext(registry, request, resource, { dryRun: write.dryRun, options: optionsObject('UpdateOptions', write), subresource });
  const strategy = options.strategy ?? strategyOf(resource, subresource);
  const warned = request.warnings.length;
  const { entry } = await updateObject(context, {
    name, checksUid: false, ...(strategy && { strategy }),
    transform: (old) => {
      request.warnings.length = warned; // of an attempt that lost a race
      const patched = patchedObject(request, resource, { type, body, old, write, duplicates });
      checkNamespace(patched, resource, context.namespace);
      checkName(patched, name);
      return defaulted(resource, patched);
    },
    manage: (made, old) => manageFields(context, made, old, write.fieldManager),
  });
  return { status: 200, type: 'entry', entry, resource, form };
}

function patchedObject(
  request: ApiRequest, resource: ServedResource, options: { type: string; body: PatchBody; old: DeepReadonly<KubeObject>; write: WriteOptions; duplicates: readonly string[] },
): KubeObject {
  const { type, body, old, write, duplicates } = options;
  const document = inVersion(resource, old as KubeObject) as unknown as JsonObject;
  checkNumbers(request, resource, { type, body, document });
  const patched = applyPatch(resource, type, document, body.value);
  try {
    return readPatched(patched, { target: targetOf(resource), type, resource, validation: write.fieldValidation, request, duplicates });
  } catch (error) {
    throw patchedDecodeError(error, { patched, patch: body, faults: duplicates, isStrategic: type === PATCH_TYPES.strategic, resource });
  }
}

/** Go keeps the numbers of these patches as they are written, and refuses whole ones with a fraction or an exponent when it reads what was made. */
function checkNumbers(request: ApiRequest, resource: ServedResource, { type, body, document }: { type: string; body: PatchBody; document: JsonObject }): void {
  const value = body.text === undefined || resource.version.custom || type === PATCH_TYPES.strategic ? undefined : numbersAsWritten(body.text);
  if (value === undefined) return;
  const patched = applyPatch(resource, type, document, value);
  try {
    readPatched(patched, { target: targetOf(resource), type, resource, validation: 'Ignore', request });
  } catch (error) {
    throw patchedDecodeError(error, { patched: writtenBack(patched), patch: body, faults: [], isStrategic: false, resource });
  }
}

function applyPatch(resource: ServedResource, type: string, document: JsonObject, value: unknown): unknown {
  switch (type) {
    case PATCH_TYPES.json: return applyJsonPatch(document, value);
    case PATCH_TYPES.merge: return applyMergePatch(document, value);
    default: return applyStrategicMergePatch(document, value, patchSchemaOf(schemas, resource.version.message));
  }
}
