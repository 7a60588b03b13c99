import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { resourcePrefix, type Cacher } from './cacher.ts';
import type { Selection } from './selection.ts';

/**
 * Where a resource is. Each write asks for the same few objects (its namespace, the rules in it): texts that are put together anew each time would have to be looked up in V8's table of all
 * strings before a map can find them.
 */
class Place {
  readonly prefix: string;
  #name: string | undefined;
  #namespace = '';
  #key = '';
  #listedNamespace = '';
  #selection: Selection;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.#selection = selectionOf(prefix);
  }

  keyOf(name: string, namespace: string): string {
    if (name === this.#name && namespace === this.#namespace) return this.#key;
    this.#name = name;
    this.#namespace = namespace;
    return (this.#key = `${this.prefix}${namespace === '' ? '' : `${namespace}/`}${name}`);
  }

  selectionIn(namespace: string): Selection {
    if (namespace === this.#listedNamespace) return this.#selection;
    this.#listedNamespace = namespace;
    return (this.#selection = selectionOf(namespace === '' ? this.prefix : `${this.prefix}${namespace}/`));
  }
}

function selectionOf(prefix: string): Selection {
  return { id: `cached ${prefix}`, prefix };
}

const places = new WeakMap<ResourceRef, Place>();

function placeOf(ref: ResourceRef): Place {
  let place = places.get(ref);
  if (!place) places.set(ref, (place = new Place(resourcePrefix(ref.group, ref.resource))));
  return place;
}

/** Reads of stored objects at once, for what cannot wait: authorization, authentication, admission. In the storage version. */
export class CachedObjects {
  readonly #cacher: Cacher;

  constructor(cacher: Cacher) {
    this.#cacher = cacher;
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace = ''): DeepReadonly<T> | undefined {
    const place = placeOf(ref);
    const entry = this.#cacher.resource(place.prefix).get(place.keyOf(name, namespace));
    return entry?.object as DeepReadonly<T> | undefined;
  }

  /** As `get`; what another server has just written is waited for rather than missed. */
  find<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace = ''): DeepReadonly<T> | undefined | Promise<DeepReadonly<T> | undefined> {
    const found = this.get(ref, name, namespace);
    return found ?? this.caughtUp()?.then(() => this.get(ref, name, namespace));
  }

  /** Resolves once everything acknowledged up to now, by whichever server, can be read; undefined when it can be already. */
  caughtUp(): Promise<void> | undefined {
    return this.#cacher.caughtUp();
  }

  /** All of a namespace, or of the cluster when `namespace` is empty. */
  list<T extends KubeObject>(ref: ResourceRef<T>, namespace = ''): DeepReadonly<T>[] {
    const place = placeOf(ref);
    return this.#cacher.resource(place.prefix).list(place.selectionIn(namespace)).map((entry) => entry.object as DeepReadonly<T>);
  }

  /** How many objects a resource has, and how large one is; undefined for one of which nothing was ever stored. */
  sizeOf(group: string, resource: string): { readonly count: number; readonly averageBytes: number } | undefined {
    const cache = this.#cacher.resources.get(resourcePrefix(group, resource));
    return cache && { count: cache.size, averageBytes: cache.averageBytes };
  }

  /** Another number after each change of any object of the resource. */
  versionOf(ref: ResourceRef): number {
    return this.#cacher.resource(placeOf(ref).prefix).lastRevision;
  }
}
