import { copyOf } from '../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';

/** What most kinds do on an update of the object itself: its status is written through the status subresource only. */
export function keepStatus<T extends { status: unknown }>(object: T, old: DeepReadonly<T>): void {
  object.status = copyOf(old.status) as T['status'];
}

/** What most kinds do on an update of the status: the spec stays as it is, the very one of before, which nobody may change afterwards. */
export function keepSpec<T extends { spec: unknown }>(object: T, old: DeepReadonly<T>): void {
  object.spec = old.spec as T['spec'];
}

/** What some kinds do on an update of the status: labels, annotations, finalizers and owners stay as well. */
export function keepSpecAndMetadata<T extends KubeObject & { spec: unknown }>(object: T, old: DeepReadonly<T>): void {
  keepSpec(object, old);
  for (const name of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const before = old.metadata[name];
    if (before === undefined) delete object.metadata[name];
    else Object.assign(object.metadata, { [name]: copyOf(before) });
  }
}
