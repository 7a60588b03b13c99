import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { Namespace } from '../../api/generated/core-v1.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { conflict } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { ResourceHooks } from './write-context.ts';

/** A Namespace goes once it is empty: its finalizers in `spec` hold it until the namespace controller says so. Source: pkg/registry/core/namespace/storage. */
export const namespaceHooks: ResourceHooks = {
  beforeDelete(context, object) {
    const old = object as DeepReadonly<Namespace>;
    const isMarked = old.metadata.deletionTimestamp !== undefined;
    const finalizers = old.spec?.finalizers ?? [];
    if (!isMarked) {
      const next = copyOf<Namespace>(object as Namespace);
      next.metadata.deletionTimestamp = formatTime(context.registry.clock.now());
      next.status = { ...next.status, phase: 'Terminating' };
      return next as KubeObject;
    }
    if (finalizers.length > 0) {
      const why = 'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.';
      throw conflict({ group: '', resource: 'namespaces' }, old.metadata.name, why);
    }
    return undefined;
  },
  goesAfterUpdate(object) {
    const { metadata, spec } = object as DeepReadonly<Namespace>;
    return metadata.deletionTimestamp !== undefined && (spec?.finalizers?.length ?? 0) === 0 && (metadata.finalizers?.length ?? 0) === 0;
  },
};
