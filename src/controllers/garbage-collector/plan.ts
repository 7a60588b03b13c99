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

/** `solid`: it exists. `dangling`: it does not. `waiting`: it is being deleted in the foreground and waits for us. */
export type OwnerState = 'solid' | 'dangling' | 'waiting';

export type CollectionPlan =
  | { readonly action: 'nothing' }
  /** The references to owners that do not keep the object go. */
  | { readonly action: 'release'; readonly keep: readonly Owner[] }
  | { readonly action: 'delete'; readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan'; readonly unblock: readonly Owner[] };

/**
 * What becomes of an object, given how its owners are. It stays while one of them is solid. If all that are left wait for it, and it has
 * dependents itself, it goes in the foreground too; a cycle of such waits is broken by taking `blockOwnerDeletion` off its references.
 * Source: pkg/controller/garbagecollector, attemptToDeleteItem.
 */
export function planCollection(metadata: Metadata, states: ReadonlyMap<string, OwnerState>, dependents: readonly GraphNode[]): CollectionPlan {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return { action: 'nothing' };
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
