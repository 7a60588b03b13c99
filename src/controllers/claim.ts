import type { DeepReadonly, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import { controllerOf, controllerReference } from '../component-helpers/owner-reference.ts';

export interface Claims<T> {
  /** Owned already, and still selected. */
  readonly owned: readonly T[];
  /** Selected and nobody's. */
  readonly adopt: readonly T[];
  /** Owned, but no longer selected. */
  readonly release: readonly T[];
}

/**
 * Which of `candidates` are an owner's. An owner that is being deleted neither adopts nor releases.
 * Source: pkg/controller/controller_ref_manager.go, ClaimObject.
 */
export function planClaims<T extends DeepReadonly<KubeObject>>(owner: DeepReadonly<KubeObject>, candidates: readonly T[], matches: (object: T) => boolean): Claims<T> {
  const claims = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  const isGoing = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller && controller.uid !== owner.metadata.uid) continue;
    const isSelected = matches(object);
    if (controller && isSelected) claims.owned.push(object);
    else if (isGoing) continue;
    else if (controller) claims.release.push(object);
    else if (isSelected && object.metadata.deletionTimestamp === undefined) claims.adopt.push(object);
  }
  return claims;
}

/**
 * Adopts and releases as planned; gives the objects that are the owner's afterwards. Before the first adoption the owner is read anew: a stale
 * cache must not make an owner that is gone, or one of the same name, adopt.
 */
export async function carryOutClaims<T extends KubeObject>(
  context: { readonly client: Client; readonly signal: AbortSignal },
  owner: { readonly ref: ResourceRef; readonly object: DeepReadonly<KubeObject> },
  ref: ResourceRef<T>,
  claims: Claims<DeepReadonly<T>>,
): Promise<readonly DeepReadonly<T>[]> {
  if (claims.adopt.length + claims.release.length === 0) return claims.owned;
  const { client, signal } = context;
  const { name, uid, namespace } = owner.object.metadata;
  const objects = client.resource(ref, namespace);
  for (const released of claims.release) await patchUnlessGone(objects, released, { ownerReferences: [{ $patch: 'delete', uid }] }, signal);
  if (claims.adopt.length === 0) return claims.owned;
  const fresh = await client.resource(owner.ref, namespace).get(name, { signal });
  if (fresh.metadata.uid !== uid) throw new Error(`original ${owner.ref.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`);
  if (fresh.metadata.deletionTimestamp) throw new Error(`${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`);
  const adopted: DeepReadonly<T>[] = [];
  for (const orphan of claims.adopt) {
    const patched = await patchUnlessGone(objects, orphan, { ownerReferences: [controllerReference(owner.object, owner.ref)] }, signal);
    if (patched) adopted.push(patched);
  }
  return [...claims.owned, ...adopted];
}

/** The patch names the uid, so that another object of the name is left alone (it answers Invalid or Conflict). */
async function patchUnlessGone<T extends KubeObject>(
  objects: ReturnType<Client['resource']>,
  object: DeepReadonly<T>,
  metadata: object,
  signal: AbortSignal,
): Promise<DeepReadonly<T> | undefined> {
  const { name, uid } = (object as DeepReadonly<KubeObject>).metadata;
  try {
    return (await objects.patch(name, { type: 'strategic', patch: { metadata: { ...metadata, uid } } }, { signal })) as DeepReadonly<T>;
  } catch (error) {
    if (hasReason(error, 'NotFound', 'Invalid', 'Conflict')) return undefined;
    throw error;
  }
}

/** An index of the objects that nobody controls. */
export function orphansByNamespace(object: DeepReadonly<KubeObject>): readonly string[] {
  return controllerOf(object) ? [] : [object.metadata.namespace ?? ''];
}
