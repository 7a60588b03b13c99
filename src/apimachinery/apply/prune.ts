import type { DeepReadonly, KubeObject } from '../meta.ts';
import type { ApplyType } from './apply-type.ts';
import { fieldSetOf } from './compare.ts';
import { difference, emptySet, intersection, isEmptySet, union, type FieldSet } from './field-set.ts';
import type { ManagedKind } from './managed-kind.ts';
import type { Manager, Managers } from './managers.ts';
import { removePaths, withNamedFields } from './merge.ts';

interface Pruning {
  readonly kind: ManagedKind;
  readonly type: ApplyType;
  readonly merged: unknown;
  /** With what the applier owns from now on. */
  readonly managers: Managers;
  /** What the applier owned until now. */
  readonly last: Manager | undefined;
}

/** Removes what the applier owned, no longer applies, and nobody else owns. Source: structured-merge-diff, merge/update.go. */
export function prune({ kind, type, merged, managers, last }: Pruning): DeepReadonly<KubeObject> {
  const object = merged as DeepReadonly<KubeObject>;
  if (!last || isEmptySet(last.set)) return object;
  const lastType = last.apiVersion === kind.apiVersion ? type : kind.typeOf(last.apiVersion);
  if (!lastType) return object;
  const lastSet = withNamedFields(type, last.set);
  let owned: FieldSet = emptySet;
  for (const one of managers.values()) owned = union(owned, one.set);
  const mergedSet = withNamedFields(type, fieldSetOf(type, object));
  const pruned = removePaths(type, object, lastSet) as object | null;
  const prunedSet = withNamedFields(type, fieldSetOf(type, pruned ?? {}));
  const withOwned = removePaths(type, object, difference(mergedSet, union(prunedSet, withNamedFields(type, owned)))) as object | null;
  const withOwnedSet = withNamedFields(type, fieldSetOf(type, withOwned ?? {}));
  return removePaths(type, object, intersection(difference(mergedSet, withOwnedSet), lastSet)) as DeepReadonly<KubeObject>;
}
