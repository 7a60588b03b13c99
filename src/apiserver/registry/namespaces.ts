import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { Namespace } from '../../api/generated/core-v1.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { DeleteOptions } from './delete-options.ts';
import type { ResourceHooks } from './write-context.ts';

/**
 * A Namespace goes once it is empty: its finalizers in `spec` hold it until the namespace controller says so. Who deletes one that is on its way gets it as it is.
 * Source: pkg/registry/core/namespace/storage.
 */
export const namespaceHooks: ResourceHooks = {
  isUnderWay(object) {
    const { metadata, spec } = object as DeepReadonly<Namespace>;
    return metadata.deletionTimestamp !== undefined && (spec?.finalizers?.length ?? 0) > 0;
  },
  beforeDelete(context, object, options) {
    if (object.metadata.deletionTimestamp !== undefined) return undefined;
    const next = copyOf<Namespace>(object as Namespace);
    next.metadata.deletionTimestamp = formatTime(context.registry.clock.now());
    next.status = { ...next.status, phase: 'Terminating' };
    const finalizers = finalizersFor(object.metadata.finalizers ?? [], options);
    if (finalizers.length > 0) next.metadata.finalizers = finalizers;
    else delete next.metadata.finalizers;
    return next as KubeObject;
  },
  goesAfterUpdate(object) {
    const { metadata, spec } = object as DeepReadonly<Namespace>;
    return metadata.deletionTimestamp !== undefined && (spec?.finalizers?.length ?? 0) === 0 && (metadata.finalizers?.length ?? 0) === 0;
  },
};

/** Unlike of other kinds, `orphanDependents: false` asks for the dependents to go first. */
function finalizersFor(had: readonly string[], { orphanDependents, propagationPolicy }: DeleteOptions): string[] {
  const says = (name: string, isAsked: boolean, policy: string): boolean => {
    if (orphanDependents !== undefined) return isAsked;
    return propagationPolicy === undefined ? had.includes(name) : propagationPolicy === policy;
  };
  const wanted = { orphan: says('orphan', orphanDependents === true, 'Orphan'), foregroundDeletion: says('foregroundDeletion', orphanDependents === false, 'Foreground') };
  const kept = had.filter((name) => wanted[name as keyof typeof wanted] ?? true);
  return [...kept, ...Object.entries(wanted).flatMap(([name, isWanted]) => (isWanted && !had.includes(name) ? [name] : []))];
}
