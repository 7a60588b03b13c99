import type { DeepReadonly, ObjectMeta, OwnerReference } from '../../apimachinery/meta.ts';
import type { GraphNode } from './graph.ts';

type Metadata = DeepReadonly<ObjectMeta>;
type Owner = DeepReadonly<OwnerReference>;

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** It waits for its dependents to go first. */
export function isDeletingDependents({ deletionTimestamp, finalizers }: Metadata): boolean {
  return deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) ?? false);
}

export function isOrphaningDependents({ deletionTimestamp, finalizers }: Metadata): boolean {
  return deletionTimestamp !== undefined && (finalizers?.includes(ORPHAN) ?? false);
}

/** `solid`: it exists. `dangling`: it does not. `waiting`: it is being deleted in the foreground and waits for us. `senseless`: nothing can be said of it. */
export type OwnerState = 'solid' | 'dangling' | 'waiting' | 'senseless';

export type CollectionPlan =
  | { readonly action: 'nothing' }
  /** The references to owners that do not keep the object go. */
  | { readonly action: 'release'; readonly keep: readonly Owner[] }
  | { readonly action: 'delete'; readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan'; readonly unblock: readonly Owner[] };

/**
 * What becomes of an object, given how its owners are. It stays while one of them is solid. If all that are left wait for it, and it has
 * dependents itself, it goes in the foreground too; a cycle of such waits is broken by taking `blockOwnerDeletion` off its references.
 * What is in no namespace and names an owner of a kind that is, is left alone: nobody can look for that owner.
 * Source: pkg/controller/garbagecollector, attemptToDeleteItem.
 */
export function planCollection(metadata: Metadata, states: ReadonlyMap<string, OwnerState>, dependents: readonly GraphNode[]): CollectionPlan {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return { action: 'nothing' };
  if (owners.some(({ uid }) => states.get(uid) === 'senseless')) return { action: 'nothing' };
  const solid = owners.filter(({ uid }) => states.get(uid) === 'solid');
  if (solid.length > 0) return solid.length === owners.length ? { action: 'nothing' } : { action: 'release', keep: solid };
  const isWaitedFor = owners.some(({ uid }) => states.get(uid) === 'waiting');
  if (isWaitedFor && dependents.length > 0) {
    const isCycle = dependents.some((dependent) => isDeletingDependents(dependent.metadata));
    return { action: 'delete', propagationPolicy: 'Foreground', unblock: isCycle ? owners : [] };
  }
  const propagationPolicy = metadata.finalizers?.includes(ORPHAN) ? 'Orphan' : metadata.finalizers?.includes(FOREGROUND) ? 'Foreground' : 'Background';
  return { action: 'delete', propagationPolicy, unblock: [] };
}

/** The dependents that keep an owner from going in the foreground. */
export function blockingDependents(uid: string, dependents: readonly GraphNode[]): readonly GraphNode[] {
  return dependents.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true));
}

/** What an object says of an owner that it has under this uid: another namespace than its own, or another object altogether; undefined: the owner as it is. */
export function ownerMismatch(owner: GraphNode, reference: Owner, namespace: string | undefined): 'namespace' | 'object' | undefined {
  const { ref, metadata } = owner;
  if (ref.namespaced && metadata.namespace !== namespace) return 'namespace';
  return metadata.name === reference.name && ref.kind === reference.kind && ref.group === groupOf(reference.apiVersion) ? undefined : 'object';
}

/** `apps` of `apps/v1`, the empty text of `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** Source: pkg/controller/garbagecollector, reportInvalidNamespaceOwnerRef. */
export function wrongNamespaceMessage({ apiVersion, kind, name, uid }: Owner, namespace = ''): string {
  return `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace ${JSON.stringify(namespace)}`;
}
