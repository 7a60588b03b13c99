import { applyConfiguration, updateManagedFields } from '../../apimachinery/apply/field-manager.ts';
import { managersFromScale, managersOfScale } from '../../apimachinery/apply/scale-managers.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { applyJsonPatch } from '../../apimachinery/patch/json-patch.ts';
import { goText, goType } from '../../apimachinery/patch/go-text.ts';
import { applyMergePatch } from '../../apimachinery/patch/merge-patch.ts';
import { labelSelectorOf, selectorFromSet } from '../../apimachinery/selectors/label-selector.ts';
import type { LabelSelectorShape } from '../../apimachinery/validation/labels.ts';
import { badRequest, failure, internalError, invalid, notFound } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Scale } from '../../api/generated/autoscaling-v1.ts';
import { ageColumn, integerColumn, nameColumn } from '../../api/columns.ts';
import type { Column, ScaleStrategy } from '../../api/kind.ts';
import type { Answer } from '../answer.ts';
import { Entry } from '../cacher/entry.ts';
import { methodNotAllowed, outputForm, type SpecialHandler } from '../handlers/dispatcher.ts';
import { checkDuplicates, readConfiguration } from '../handlers/apply.ts';
import { patchedDecodeError } from '../handlers/patch-errors.ts';
import { readPatched } from '../handlers/patched-object.ts';
import { PATCH_TYPES, readPatch, strictFaults } from '../handlers/patch-body.ts';
import { patchTypeOf } from '../handlers/patch.ts';
import { checkName, checkNamespace, optionsObject, writeContext } from '../handlers/write-target.ts';
import { decodeValue, readObject } from '../registry/body.ts';
import { scaleKind } from '../registry/managed-fields.ts';
import { writeOptions, type WriteOptions } from '../registry/options.ts';
import { askedKey, cacheOf, inVersion, inVersionAsked, toStorageAsked, type ServedResource } from '../registry/served-resource.ts';
import { updateObject } from '../registry/update.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';

/** What a patch sees of a custom object that says nothing of its replicas. Source: apiextensions-apiserver pkg/registry/customresource/etcd.go. */
const UNSET = -(2 ** 31);

const scaleColumns: readonly Column[] = [
  { ...nameColumn, format: '' },
  integerColumn('Desired', 'replicas is the desired number of instances for the scaled object.', (object) => (object as Scale).spec?.replicas ?? 0),
  integerColumn('Available', 'replicas is the actual number of observed instances of the scaled object.', (object) => (object as Scale).status?.replicas ?? 0),
  ageColumn,
];

/** `scale`: replicas and the selector of whatever has them, as a Scale of autoscaling/v1. */
export class ScaleHandler implements SpecialHandler {
  readonly verbs = ['get', 'update', 'patch'];
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { verb } = request.info;
    if (verb === 'get') return this.#get(request, resource);
    if (verb === 'update') {
      const write = writeOptions(request, 'UpdateOptions');
      const given = (await readObject(request, targetOf(resource), write.fieldValidation)) as unknown as Scale;
      checkName(given as KubeObject, request.info.name);
      return this.#write(request, resource, write, () => given);
    }
    if (verb !== 'patch') throw methodNotAllowed();
    const type = patchTypeOf(request, resource);
    const write = writeOptions(request, 'PatchOptions', type);
    if (type === PATCH_TYPES.apply) return this.#apply(request, resource, write);
    const body = await readPatch(request, type, false);
    const { value } = body;
    const duplicates = write.fieldValidation === 'Ignore' ? [] : strictFaults(type, body);
    return this.#write(request, resource, write, (now) => {
      const patched = type === PATCH_TYPES.json ? applyJsonPatch(now, value) : applyMergePatch(now, value);
      try {
        return readPatched(patched, { target: targetOf(resource), type, validation: write.fieldValidation, request, duplicates }) as unknown as Scale;
      } catch (error) {
        throw patchedDecodeError(error, { patched, patch: body, faults: duplicates, isStrategic: type === PATCH_TYPES.strategic, resource: { ...resource, kind: { ...resource.kind, kind: 'Scale' } } });
      }
    });
  }

  async #apply(request: ApiRequest, resource: ServedResource, write: WriteOptions): Promise<Answer> {
    const { applied, duplicates } = await readConfiguration(request, false);
    return this.#write(request, resource, write, (live) => {
      const { object } = applyConfiguration(scaleKind, applied, { live: live as KubeObject, manager: write.fieldManager, subresource: 'scale', nowMs: this.#registry.clock.now(), force: write.force ?? false });
      checkDuplicates(duplicates, write, request);
      return decodeValue(copyOf(object as DeepReadonly<KubeObject>), targetOf(resource), { validation: 'Ignore', request, text: undefined }) as unknown as Scale;
    }, true);
  }

  async #get(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { info } = request;
    await this.#registry.cacher.caughtUp();
    const entry = cacheOf(this.#registry.cacher, resource).get(askedKey(resource, info.namespace, info.name));
    if (!entry) throw notFound({ group: resource.group, resource: resource.kind.resource }, info.name);
    return this.#answer(request, resource, entry);
  }

  async #answer(request: ApiRequest, resource: ServedResource, entry: Entry): Promise<Answer> {
    const object = await inVersionAsked(resource, entry.object as KubeObject);
    if (resource.version.custom) checkReplicas(object, strategyOf(resource));
    const scale = scaleOf(object, strategyOf(resource));
    return { status: 200, type: 'entry', entry: Entry.ofObject(entry.key, entry.revision, scale as KubeObject), resource: scaleResource(resource), form: outputForm(request, resource) };
  }

  async #write(request: ApiRequest, resource: ServedResource, write: WriteOptions, next: (now: Scale) => Scale, isApplied = false): Promise<Answer> {
    const strategy = strategyOf(resource);
    const context = writeContext(this.#registry, request, resource, { dryRun: write.dryRun, options: optionsObject('UpdateOptions', write), subresource: 'scale' });
    const { name } = request.info;
    let isScaled = false;
    const prepareForUpdate = (object: KubeObject, old: DeepReadonly<KubeObject>): void => {
      if (resource.isStorageVersion ? differ(object, old, strategy) : isScaled) countGeneration(object, old);
    };
    const { entry } = await updateObject(context, {
      name, checksUid: true, admissionKind: 'Scale', strategy: { prepareForUpdate, validateUpdate: (object, old, errors) => validateCustom(resource, object, old, errors) },
      transform: (stored) => {
        const old: DeepReadonly<KubeObject> = inVersion(resource, stored as KubeObject);
        const live = managedScaleOf(old, strategy);
        const isUnset = resource.version.custom !== undefined && getPath(old, strategy.specReplicasPath) === undefined;
        if (isUnset) live.spec = { replicas: UNSET };
        const scale = next(live);
        if (isUnset && scale.spec?.replicas === UNSET) throw badRequest(`the spec replicas field ${JSON.stringify(strategy.specReplicasPath)} cannot be empty`);
        checkNamespace(scale as KubeObject, resource, context.namespace);
        checkName(scale as KubeObject, name);
        if (!resource.version.custom) validateScale(scale);
        const object = copyOf<KubeObject>(old as KubeObject);
        // A Scale without one is written over whatever is stored by then.
        if (scale.metadata.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
        if (scale.metadata.uid) object.metadata.uid = scale.metadata.uid;
        setPath(object as unknown as Record<string, unknown>, strategy.specReplicasPath, scale.spec?.replicas ?? 0);
        // Apply has seen to the managers of the Scale; for other writes that is done here.
        const managed = isApplied ? scale.metadata.managedFields : updateManagedFields(scaleKind, scale as KubeObject, { live: live as KubeObject, manager: write.fieldManager, subresource: 'scale', nowMs: this.#registry.clock.now() });
        const managedFields = managersFromScale(old.metadata.managedFields, managed, { replicasPath: strategy.specReplicasPath, apiVersion: resource.apiVersion });
        if (managedFields) object.metadata.managedFields = managedFields;
        else delete object.metadata.managedFields;
        isScaled = differ(object, old, strategy);
        return resource.isStorageVersion ? object : toStorageAsked(resource, object);
      },
    });
    return this.#answer(request, resource, entry);
  }
}

function strategyOf(resource: ServedResource): ScaleStrategy {
  const scale = resource.version.scale ?? resource.kind.subresources.scale;
  if (!scale) throw new Error(`${resource.kind.kind} has no scale`);
  return scale;
}

function targetOf(resource: ServedResource): Parameters<typeof readObject>[1] {
  return { apiVersion: 'autoscaling/v1', kind: 'Scale', message: 'autoscaling.v1.Scale', media: resource.media };
}

function validateScale(scale: Scale): void {
  const replicas = scale.spec?.replicas ?? 0;
  const errors = new FieldErrors();
  if (replicas < 0) errors.invalid(FieldPath.of('spec').child('replicas'), replicas, 'must be greater than or equal to 0');
  if (errors.causes.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, scale.metadata.name ?? '', errors.causes);
}

/** The replicas of a custom object are judged with all of it. */
function validateCustom({ kind, version }: ServedResource, object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors): void {
  if (version.custom) kind.validateUpdate?.(object, old, errors, { group: kind.group, version: version.version });
}

/** Throws StatusError 500 for a custom object that says nothing of its replicas, or no whole number. */
function checkReplicas(object: DeepReadonly<KubeObject>, { specReplicasPath: path }: ScaleStrategy): void {
  const replicas = getPath(object, path);
  if (replicas === undefined) throw internalError(`the spec replicas field ${JSON.stringify(path)} does not exist`);
  if (!Number.isInteger(replicas)) throw failure(500, '', `${path} accessor error: ${goText(replicas)} is of the type ${goType(replicas)}, expected int64`);
}

function differ(object: KubeObject, old: DeepReadonly<KubeObject>, { specReplicasPath }: ScaleStrategy): boolean {
  return getPath(object, specReplicasPath) !== getPath(old, specReplicasPath);
}

function countGeneration(object: KubeObject, old: DeepReadonly<KubeObject>): void {
  if (old.metadata.generation !== undefined) object.metadata.generation = old.metadata.generation + 1;
}

export function scaleOf(object: DeepReadonly<KubeObject>, strategy: ScaleStrategy): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = strategy.selectorPath === undefined ? undefined : getPath(object, strategy.selectorPath);
  const text = typeof selector === 'string' ? selector : typeof selector === 'object' && selector !== null ? selectorText(selector) : '';
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(getPath(object, strategy.specReplicasPath) ?? 0) },
    status: { replicas: Number(getPath(object, strategy.statusReplicasPath) ?? 0), ...(text !== '' && { selector: text }) },
  } as Scale;
}

/** The Scale that a patch is applied to also tells who manages its replicas. Source: apimachinery pkg/util/managedfields, ScaleHandler. */
function managedScaleOf(object: DeepReadonly<KubeObject>, strategy: ScaleStrategy): Scale {
  const scale = scaleOf(object, strategy);
  const managedFields = managersOfScale(object.metadata.managedFields, strategy.specReplicasPath);
  return managedFields ? { ...scale, metadata: { ...scale.metadata, managedFields } } as Scale : scale;
}

function selectorText(selector: object): string {
  if ('matchLabels' in selector || 'matchExpressions' in selector) return labelSelectorOf(selector as LabelSelectorShape).toString();
  return selectorFromSet(selector as Record<string, string>).toString();
}

/** Sets what a Scale changes of its object. */
export function withReplicas(object: KubeObject, strategy: ScaleStrategy, replicas: number): void {
  setPath(object as unknown as Record<string, unknown>, strategy.specReplicasPath, replicas);
}

function getPath(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.replace(/^\./, '').split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function setPath(object: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.replace(/^\./, '').split('.');
  const last = parts.pop() ?? '';
  let holder = object;
  for (const part of parts) {
    holder[part] ??= {};
    holder = holder[part] as Record<string, unknown>;
  }
  holder[last] = value;
}

/** How a Scale is shown: the columns of `kubectl get --subresource=scale`. */
function scaleResource(resource: ServedResource): ServedResource {
  const { kind } = resource;
  return {
    ...resource, apiVersion: 'autoscaling/v1', group: 'autoscaling', isStorageVersion: true, version: { version: 'v1', message: 'autoscaling.v1.Scale' },
    kind: { ...kind, kind: 'Scale', columns: scaleColumns },
  };
}
