/** Who manages the replicas of an object, as its Scale tells it, and back. Source: apimachinery pkg/util/managedfields, scalehandler.go. */
import type { DeepReadonly, ManagedFieldsEntry } from '../meta.ts';
import { difference, intersection, isEmptySet, setOfFields, type FieldSet } from './field-set.ts';
import { identifierOf, readManagers, writeManagers, type Managers } from './managers.ts';

export const SCALE_VERSION = 'autoscaling/v1';

type Entries = DeepReadonly<ManagedFieldsEntry[]> | undefined;

function pathOf(replicasPath: string): FieldSet {
  return setOfFields([replicasPath.replace(/^\./, '').split('.')]);
}

/** `replicasPath`: where the object has them: `.spec.replicas`. */
export function managersOfScale(entries: Entries, replicasPath: string): ManagedFieldsEntry[] | undefined {
  const owned = pathOf(replicasPath);
  const scaled: Managers = new Map();
  for (const [id, one] of readManagers(entries) ?? []) {
    if (!isEmptySet(intersection(one.set, owned))) scaled.set(id, { ...one, apiVersion: SCALE_VERSION, set: setOfFields([['spec', 'replicas']]) });
  }
  return writeManagers(scaled);
}

/**
 * The managers of an object whose Scale has got these entries: who does not own the replicas of that any more loses them, who does gets them in the version `apiVersion`.
 * Those by update are never the same in both, for their versions differ: they lose the replicas, and stand once more with them. Only who was there before has a time.
 */
export function managersFromScale(entries: Entries, scaleEntries: Entries, { replicasPath, apiVersion }: { readonly replicasPath: string; readonly apiVersion: string }): ManagedFieldsEntry[] | undefined {
  const owned = pathOf(replicasPath);
  const ofScale = new Map(readManagers(scaleEntries));
  const managers: Managers = new Map();
  for (const [id, one] of readManagers(entries) ?? []) {
    const isOwner = !isEmptySet(intersection(one.set, owned));
    const set = isOwner && !ofScale.delete(id) ? difference(one.set, owned) : one.set;
    if (!isEmptySet(set)) managers.set(id, { ...one, set });
  }
  // An entry of another version is another one, even if it is written with the version of the object.
  for (const [id, one] of ofScale) if (!isEmptySet(one.set)) managers.set(id, { ...one, apiVersion, set: owned, time: managers.get(identifierOf(one))?.time });
  return writeManagers(managers);
}
