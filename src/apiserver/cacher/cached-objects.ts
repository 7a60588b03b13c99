import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { resourcePrefix, type Cacher } from './cacher.ts';

const prefixes = new WeakMap<ResourceRef, string>();

function prefixOf(ref: ResourceRef): string {
  let prefix = prefixes.get(ref);
  if (prefix === undefined) prefixes.set(ref, (prefix = resourcePrefix(ref.group, ref.resource)));
  return prefix;
}

/** Reads of stored objects at once, for what cannot wait: authorization, authentication, admission. In the storage version. */
export class CachedObjects {
  readonly #cacher: Cacher;

  constructor(cacher: Cacher) {
    this.#cacher = cacher;
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace = ''): DeepReadonly<T> | undefined {
    const prefix = prefixOf(ref);
    const entry = this.#cacher.resource(prefix).get(`${prefix}${namespace === '' ? '' : `${namespace}/`}${name}`);
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
    const all = prefixOf(ref);
    const prefix = namespace === '' ? all : `${all}${namespace}/`;
    return this.#cacher.resource(all).list({ id: `cached ${prefix}`, prefix }).map((entry) => entry.object as DeepReadonly<T>);
  }

  /** How many objects a resource has, and how large one is; undefined for one of which nothing was ever stored. */
  sizeOf(group: string, resource: string): { readonly count: number; readonly averageBytes: number } | undefined {
    const cache = this.#cacher.resources.get(resourcePrefix(group, resource));
    return cache && { count: cache.size, averageBytes: cache.averageBytes };
  }

  /** Another number after each change of any object of the resource. */
  versionOf(ref: ResourceRef): number {
    return this.#cacher.resource(prefixOf(ref)).lastRevision;
  }
}
