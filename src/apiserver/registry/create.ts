import { randomSuffix, randomUid } from '../../base/random.ts';
import { parseGoUnsigned } from '../../apimachinery/go-integer.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { alreadyExists, failure, hasReason, invalid, internalError, type StatusError } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { RevisionMismatchError } from '../../storage/store.ts';
import { Entry, storedBytes } from '../cacher/entry.ts';
import { commit } from './commit.ts';
import { validateMetadata } from './metadata.ts';
import { nameOwnersOnce } from './owner-references.ts';
import { canonical, defaulted, keyIn } from './served-resource.ts';
import type { AdmissionAttributes } from '../admission/plugin.ts';
import { attributesOf, hooksOf, strategyContext, type WriteContext } from './write-context.ts';

const GENERATED_NAME_TRIES = 8;
const MAX_GENERATED_PREFIX = 58;

/** A new object that mutating admission has seen. */
interface Admitted {
  readonly object: KubeObject;
  readonly attributes: AdmissionAttributes;
  /** What the client sent. */
  readonly resourceVersion: string | undefined;
}

/**
 * Stores a new object. `given`: decoded in the version of the request, the caller's own. `manage`: managed fields' part, run before mutating admission, which
 * sees no name yet where one is generated. Source: apiserver pkg/endpoints/handlers/create.go; pkg/registry/generic/registry/store.go, Create; pkg/registry/rest/create.go.
 */
export async function createObject(context: WriteContext, given: KubeObject, manage: (object: KubeObject) => KubeObject = (same) => same): Promise<Entry> {
  const admitted = await admitNew(context, given, manage);
  const { generateName, name } = admitted.object.metadata;
  if (generateName && !name) return createWithGeneratedName(context, admitted, generateName);
  return createNamed(context, !name || admitted.attributes.name === name ? admitted : withName(context, admitted, name));
}

/** Who judges sees the name that the object got meanwhile. */
function withName(context: WriteContext, admitted: Admitted, name: string): Admitted {
  const { object } = admitted;
  object.metadata.name = name;
  return { ...admitted, attributes: attributesOf(context, { operation: 'CREATE', name, object, oldObject: undefined }) };
}

async function createWithGeneratedName(context: WriteContext, admitted: Admitted, prefix: string): Promise<Entry> {
  for (let attempt = 1; ; attempt++) {
    const name = `${prefix.slice(0, MAX_GENERATED_PREFIX)}${randomSuffix(context.registry.random)}`;
    try {
      return await createNamed(context, withName(context, { ...admitted, object: copyOf<KubeObject>(admitted.object) }, name));
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists') || attempt >= GENERATED_NAME_TRIES) throw error;
    }
  }
}

function nameTaken(context: WriteContext, { name, generateName }: KubeObject['metadata']): StatusError {
  const { registry, resource } = context;
  const refusal = generateName ? generatedNameTaken(context, name) : alreadyExists({ group: resource.group, resource: resource.kind.resource }, name);
  const known = registry.cacher.resource(resource.prefix).get(keyIn(resource, context.namespace, name));
  if (known?.object.metadata.deletionTimestamp === undefined) return refusal;
  return failure(409, 'AlreadyExists', `object is being deleted: ${refusal.message}`, refusal.status.details);
}

/** Said of every object with a `generateName`, of those too that bring a name. Source: apiserver pkg/registry/rest/create.go, CheckGeneratedNameError. */
function generatedNameTaken(context: WriteContext, name: string): StatusError {
  const ref = { group: context.resource.group, resource: context.resource.kind.resource };
  const { status } = alreadyExists(ref, name);
  return failure(409, 'AlreadyExists', `${status.message ?? ''}, the server was not able to generate a unique name for the object`, { ...status.details, retryAfterSeconds: 1 });
}

async function createNamed(context: WriteContext, admitted: Admitted): Promise<Entry> {
  const { registry } = context;
  try {
    return await storeNew(context, admitted);
  } catch (error) {
    if (!(error instanceof RevisionMismatchError)) throw error;
    await registry.cacher.caughtUp();
    throw nameTaken(context, admitted.object.metadata);
  }
}

async function admitNew(context: WriteContext, given: KubeObject, manage: (object: KubeObject) => KubeObject): Promise<Admitted> {
  const { registry, resource } = context;
  const { resourceVersion } = given.metadata;
  const stored = defaulted(resource, given);
  let object = stored instanceof Promise ? await stored : stored;
  stripSystemFields(object, resource.kind.hasGeneration);
  nameOwnersOnce(context, object, 'before admission');
  object = manage(object);
  const attributes = attributesOf(context, { operation: 'CREATE', name: object.metadata.name ?? '', object, oldObject: undefined });
  const admitted = registry.admission.admit(attributes);
  if (admitted) await admitted;
  object = attributes.object ?? object;
  nameOwnersOnce(context, object, 'after admission');
  return { object, attributes, resourceVersion };
}

async function storeNew(context: WriteContext, { object: admitted, attributes, resourceVersion }: Admitted): Promise<Entry> {
  const { registry, resource } = context;
  const { kind } = resource;
  let object = admitted;
  fillIn(context, object);
  kind.prepareForCreate?.(object, strategyContext(context));
  const allocating = hooksOf(context).allocate?.(context, object, undefined);
  const release = allocating && (await allocating);
  let isStored = false;
  try {
    const errors = new FieldErrors();
    const spoken = { group: resource.group, version: resource.version.version };
    if (kind.validatesMetadata) validateMetadata(object, kind, errors);
    kind.validate?.(object, errors, spoken);
    const nameRule = kind.metadataRule?.(spoken);
    if (nameRule) validateMetadata(object, { ...kind, validateName: nameRule }, errors);
    kind.validateCreate?.(object, errors, spoken);
    if (!kind.validatesMetadata && errors.causes.length === 0) validateMetadata(object, kind, errors);
    if (errors.causes.length > 0) throw invalid({ group: kind.group, kind: kind.kind }, object.metadata.name ?? '', errors.causes);
    if (kind.warnings) context.request.warnings.push(...kind.warnings(object, undefined));
    attributes.object = object;
    const judged = registry.admission.validate(attributes);
    if (judged) await judged;
    object = canonical(resource, object);
    const key = keyIn(resource, context.namespace, object.metadata.name);
    if (context.dryRun) return await dryRunCreate(context, key, object);
    if (isVersion(resourceVersion)) throw failure(500, '', 'resourceVersion should not be set on objects to be created');
    const { entry } = await commit(context, { key, object, expected: 0, ...(kind.ttlSeconds !== undefined && { ttlSeconds: kind.ttlSeconds }) });
    isStored = true;
    if (!entry) throw internalError('a stored object has no bytes');
    return entry;
  } finally {
    if (release) await release(isStored);
  }
}

/** What is no number is passed over. The store itself looks, after all else and not when nothing is to be stored. Source: apiserver pkg/storage/etcd3/store.go, Create. */
function isVersion(text: string | undefined): boolean {
  if (!text) return false;
  try {
    return parseGoUnsigned(text) !== 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

async function dryRunCreate(context: WriteContext, key: string, object: KubeObject): Promise<Entry> {
  const { cacher } = context.registry;
  await cacher.caughtUp();
  const known = cacher.resource(context.resource.prefix).get(key);
  if (known) throw new RevisionMismatchError(key, undefined);
  return Entry.withoutVersion(key, storedBytes(context.resource.kind.completedOnRead?.(object) ?? object));
}

/** What a client may not set; kinds that count no generations keep what they are given. */
function stripSystemFields(object: KubeObject, hasGeneration: boolean): void {
  const stored = object.metadata as Partial<KubeObject['metadata']>;
  delete stored.deletionTimestamp;
  delete stored.deletionGracePeriodSeconds;
  delete stored.selfLink;
  delete stored.resourceVersion;
  if (hasGeneration) delete stored.generation;
}

/** What no client sets. */
function fillIn(context: WriteContext, object: KubeObject): void {
  const { registry, resource } = context;
  const { metadata } = object;
  metadata.uid = randomUid(registry.random);
  metadata.creationTimestamp = formatTime(registry.clock.now());
  if (resource.kind.hasGeneration) metadata.generation = 1;
  if (resource.kind.namespaced) metadata.namespace = context.namespace;
  else delete (metadata as Partial<KubeObject['metadata']>).namespace;
}
