import { parseGoUnsigned } from '../../apimachinery/go-integer.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { jsonEqual } from '../../apimachinery/patch/json.ts';
import { conflict, failure, invalid, notFound, staleResourceVersion, type GroupResource } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { RequestVersion, StrategyContext } from '../../api/kind.ts';
import { RevisionMismatchError } from '../../storage/store.ts';
import { StoredDraft, Entry } from '../cacher/entry.ts';
import { commit } from './commit.ts';
import { createObject } from './create.ts';
import { nameOwnersOnce } from './owner-references.ts';
import { askedKey, canonical, type ServedResource, showsStored, upToDate } from './served-resource.ts';
import { judgeMetadata, judgeUpdate } from './update-rules.ts';
import { attributesOf, hooksOf, strategyContext, type WriteContext } from './write-context.ts';

/** How an update comes to its new object. */
export interface UpdatePlan {
  readonly name: string;
  /**
   * The new object, in the storage version, the caller's own; run again when another write came between. Defaults have been applied.
   */
  transform(old: DeepReadonly<KubeObject>): KubeObject | Promise<KubeObject>;
  /** Brings managedFields up to date, before admission. `old` is undefined when the object is created. */
  manage?(object: KubeObject, old: DeepReadonly<KubeObject> | undefined): KubeObject;
  /** A PUT names the object that it means by uid; a patch does not. */
  readonly checksUid: boolean;
  /** The new object when nothing is there: for PUT and apply where that creates. */
  create?(): KubeObject | Promise<KubeObject>;
  /** Instead of the kind's own strategy: subresources. */
  readonly strategy?: UpdateStrategy;
  readonly admissionKind?: string;
}

export interface UpdateStrategy {
  prepareForUpdate?(object: KubeObject, old: DeepReadonly<KubeObject>, context: StrategyContext): void;
  validateUpdate?(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors, request: RequestVersion): void;
}

export interface Updated {
  readonly entry: Entry;
  readonly created: boolean;
}

const MAX_RETRIES = 50;

export function resourceOf(context: WriteContext): GroupResource {
  return { group: context.resource.group, resource: context.resource.kind.resource };
}

/** Source: apiserver pkg/registry/generic/registry/store.go, Update; pkg/registry/rest/update.go, BeforeUpdate. */
export async function updateObject(context: WriteContext, plan: UpdatePlan): Promise<Updated> {
  const { registry, resource } = context;
  const key = askedKey(resource, context.namespace, plan.name);
  const behind = registry.cacher.caughtUp();
  if (behind) await behind;
  let current = registry.cacher.resource(resource.prefix).get(key);
  for (let attempt = 0; ; attempt++) {
    if (!current) {
      if (!plan.create) throw notFound(resourceOf(context), plan.name);
      const made = await plan.create();
      if (plan.checksUid && made.metadata.uid) throw storageConflict(context, plan.name, preconditionFailed('UID', made.metadata.uid, ''));
      // Of a version that is gone, too, what came is made anew.
      delete (made.metadata as Partial<KubeObject['metadata']>).resourceVersion;
      return { entry: await createObject(asCreate(context), made, (object) => plan.manage?.(object, undefined) ?? object), created: true };
    }
    try {
      return { entry: await updateOnce(context, plan, current), created: false };
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      if (attempt >= MAX_RETRIES) throw staleResourceVersion(resourceOf(context), plan.name);
      const { current: head } = error;
      current = head && registry.cacher.entryOf(head);
    }
  }
}

/** Admission sees the options of a create. */
function asCreate(context: WriteContext): WriteContext {
  return { ...context, options: { ...(context.options as object), kind: 'CreateOptions' } };
}

async function updateOnce(context: WriteContext, plan: UpdatePlan, current: Entry): Promise<Entry> {
  const { registry } = context;
  const { resource } = context;
  const old = resource.version.fromStorage ? await upToDate(resource, current.object) : current.object;
  const preparing = resource.version.prepare?.([old as KubeObject]);
  if (preparing) await preparing;
  const transforming = plan.transform(old);
  let object = transforming instanceof Promise ? await transforming : transforming;
  nameOwnersOnce(context, object, 'before admission');
  const attributes = attributesOf(context, { operation: 'UPDATE', name: plan.name, object, oldObject: old, ...(plan.admissionKind && { kind: plan.admissionKind }) });
  object = plan.manage?.(object, old) ?? object;
  attributes.object = object;
  const admitted = context.isAdmitted ? undefined : registry.admission.admit(attributes);
  if (admitted) await admitted;
  object = attributes.object ?? object;
  nameOwnersOnce(context, object, 'after admission');
  checkPreconditions(context, plan, object, old);
  checkVersion(context, object, current);
  prepare(context, plan, object, old);
  const hooks = hooksOf(context);
  const allocating = hooks.allocate?.(context, object, old);
  const release = allocating && (await allocating);
  let isStored = false;
  try {
    validate(context, plan, object, old);
    attributes.object = object;
    const judged = context.isAdmitted ? undefined : registry.admission.validate(attributes);
    if (judged) await judged;
    object = canonical(context.resource, object, showsStored(resource) && !resource.kind.completedOnRead ? current.object : undefined);
    const draft = new StoredDraft(object);
    const { bytes } = draft;
    if ((current.isSameAs(bytes) || (context.resource.version.custom && isSameObject(object, current))) && !registry.cacher.store.isStale?.(current.key)) return current;
    if (context.dryRun) return Entry.fromStored(current.key, current.revision, bytes);
    const isGone = hooks.goesAfterUpdate?.(object) ?? isFinished(object, old);
    const entry = isGone ? await remove(context, current, bytes) : await store(context, { object, draft }, current);
    isStored = true;
    if (isGone && hooks.released) await hooks.released(old);
    return entry;
  } finally {
    if (release) await release(isStored);
  }
}

/** Custom resources keep the order of their writers. */
function isSameObject(object: KubeObject, { object: old }: Entry): boolean {
  return jsonEqual({ ...object, metadata: { ...object.metadata, resourceVersion: '' } }, { ...old, metadata: { ...old.metadata, resourceVersion: '' } });
}

async function store(context: WriteContext, write: { object: KubeObject; draft: StoredDraft }, current: Entry): Promise<Entry> {
  const { ttlSeconds } = context.resource.kind;
  const { entry } = await commit(context, { key: current.key, ...write, expected: current.revision, ...(ttlSeconds !== undefined && { ttlSeconds }) });
  if (!entry) throw new Error('a stored object has no bytes');
  return entry;
}

/** The update took the last finalizer of an object that is being deleted: it goes instead of being stored. */
async function remove(context: WriteContext, current: Entry, bytes: Buffer): Promise<Entry> {
  await commit(context, { key: current.key, object: undefined, expected: current.revision });
  return Entry.fromStored(current.key, current.revision, bytes);
}

function isFinished(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>): boolean {
  const { metadata } = object;
  return metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length && (old.metadata.finalizers?.length ?? 0) > 0
    && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

function checkPreconditions(context: WriteContext, plan: UpdatePlan, object: KubeObject, old: DeepReadonly<KubeObject>): void {
  if (!plan.checksUid || !object.metadata.uid || object.metadata.uid === old.metadata.uid) return;
  throw storageConflict(context, plan.name, preconditionFailed('UID', object.metadata.uid, old.metadata.uid));
}

export function preconditionFailed(what: 'UID' | 'ResourceVersion', wanted: string, found: string): string {
  return `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
}

/** Source: apiserver pkg/storage/errors.go, StorageError. */
export function storageConflict(context: WriteContext, name: string, why: string): Error {
  const key = `/registry/${storedUnder(context.resource)}/${context.resource.kind.namespaced ? `${context.namespace}/` : ''}${name}`;
  return conflict(resourceOf(context), name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`);
}

/** Where Kubernetes keeps the objects of a resource. Source: pkg/kubeapiserver/default_storage_factory_builder.go; apiextensions-apiserver and kube-aggregator. */
function storedUnder({ kind: { group, resource }, version }: ServedResource): string {
  if (version.custom || group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io') return `${group}/${resource}`;
  return OLD_NAMES[group === '' ? resource : `${resource}.${group}`] ?? resource;
}

const OLD_NAMES: Readonly<Record<string, string>> = {
  endpoints: 'services/endpoints', 'ingresses.networking.k8s.io': 'ingress', nodes: 'minions', replicationcontrollers: 'controllers', services: 'services/specs',
};

/**
 * Throws 409 for a stale version. A write that then loses a race is tried again: what is made from the stored object (a patch, a binding) is made
 * anew, and what came whole from a client with a version is stale at the second try.
 */
function checkVersion(context: WriteContext, object: KubeObject, current: Entry): void {
  const given = object.metadata.resourceVersion ?? '';
  const { kind } = context.resource;
  if (given === '' || given === '0') {
    if (kind.allowUnconditionalUpdate) return;
    const errors = new FieldErrors();
    errors.invalid(FieldPath.of('metadata').child('resourceVersion'), given === '' ? 0 : Number(given), 'must be specified for an update');
    // Named by the resource, where other faults name the kind.
    throw invalid({ group: kind.group, kind: kind.resource }, object.metadata.name, errors.causes);
  }
  checkIsVersion(given);
  if (given !== String(current.revision)) throw staleResourceVersion(resourceOf(context), object.metadata.name);
}

/** Throws Go's error for a resourceVersion that is no number; upstream answers 500. */
function checkIsVersion(text: string): void {
  try {
    parseGoUnsigned(text);
  } catch (error) {
    throw error instanceof RangeError ? failure(500, '', error.message, undefined, { cause: error }) : error;
  }
}

function prepare(context: WriteContext, plan: UpdatePlan, object: KubeObject, old: DeepReadonly<KubeObject>): void {
  const { kind } = context.resource;
  const { metadata } = object;
  const before = old.metadata;
  const stored = metadata as Partial<KubeObject['metadata']>;
  metadata.uid ||= before.uid;
  metadata.creationTimestamp = before.creationTimestamp;
  delete stored.selfLink;
  if (before.generation === undefined) delete stored.generation;
  else stored.generation = before.generation;
  // What the object did not have, or another time, is refused by validation.
  if (before.deletionTimestamp !== undefined) stored.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined) stored.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  if (plan.strategy) plan.strategy.prepareForUpdate?.(object, old, strategyContext(context));
  else {
    kind.prepareForUpdate?.(object, old, strategyContext(context));
    if (kind.hasGeneration && !jsonEqual(generationOf(context, object), generationOf(context, old))) metadata.generation = (before.generation ?? 0) + 1;
  }
  object.metadata.resourceVersion = before.resourceVersion;
}

function generationOf(context: WriteContext, object: DeepReadonly<KubeObject>): unknown {
  const { kind } = context.resource;
  return kind.generationOf ? kind.generationOf(object, context.resource.version.version) : (object as { spec?: unknown }).spec;
}

function validate(context: WriteContext, plan: UpdatePlan, object: KubeObject, old: DeepReadonly<KubeObject>): void {
  const { kind } = context.resource;
  const version = { group: context.resource.group, version: context.resource.version.version };
  const errors = plan.strategy ? new FieldErrors() : judgeUpdate({ kind, object, old, version });
  if (plan.strategy) {
    judgeMetadata({ kind, object, old }, errors);
    plan.strategy.validateUpdate?.(object, old, errors, version);
  }
  if (errors.causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata.name, errors.causes);
  context.request.warnings.push(...errors.warnings);
  if (kind.warnings && !plan.strategy) context.request.warnings.push(...kind.warnings(object, old));
}
