import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';

const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;

/**
 * The objects of a namespace that are rules for the others (LimitRanges, ResourceQuotas). Having none may mean that another server wrote one a moment ago: then the
 * store is asked, at most every thirty seconds a namespace. Source: kubernetes plugin/pkg/admission/limitranger (liveLookupCache); apiserver
 * pkg/admission/plugin/resourcequota/resource_access.go.
 */
export class NamespacedRules<T extends KubeObject> {
  readonly #objects: () => CachedObjects;
  readonly #ref: ResourceRef<T>;
  readonly #clock: Clock;
  /** Until when it is believed that a namespace has none, the oldest first. */
  readonly #none = new Map<string, number>();

  constructor(options: { readonly objects: () => CachedObjects; readonly clock: Clock }, ref: ResourceRef<T>) {
    this.#objects = options.objects;
    this.#clock = options.clock;
    this.#ref = ref;
  }

  /** A promise only where the store has to be asked. */
  of(namespace: string): readonly DeepReadonly<T>[] | Promise<readonly DeepReadonly<T>[]> {
    const objects = this.#objects();
    const found = objects.list(this.#ref, namespace);
    if (found.length > 0 || this.#isKnownToHaveNone(namespace)) return found;
    return objects.caughtUp()?.then(() => this.#afterAsking(namespace)) ?? found;
  }

  #isKnownToHaveNone(namespace: string): boolean {
    if (this.#none.size === 0) return false;
    return (this.#none.get(namespace) ?? -Infinity) > this.#clock.monotonic();
  }

  #afterAsking(namespace: string): readonly DeepReadonly<T>[] {
    const found = this.#objects().list(this.#ref, namespace);
    this.#none.delete(namespace);
    if (found.length > 0) return found;
    const [oldest] = this.#none.keys();
    if (this.#none.size >= MOST_REMEMBERED && oldest !== undefined) this.#none.delete(oldest);
    this.#none.set(namespace, this.#clock.monotonic() + REMEMBERED_MS);
    return found;
  }
}
