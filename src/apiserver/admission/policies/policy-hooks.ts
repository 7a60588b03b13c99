import type { DeepReadonly, KubeObject, ResourceRef } from '../../../apimachinery/meta.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';

/** A policy that something binds, ready to be asked. */
export interface PolicyHook<P, B, C> {
  readonly policy: DeepReadonly<P>;
  readonly bindings: readonly DeepReadonly<B>[];
  readonly compiled: C;
}

interface Binding extends KubeObject {
  readonly spec: { readonly policyName?: string };
}

/** The policies of a kind with their bindings, by name; compiled when they change, not when they are asked. */
export class PolicyHooks<P extends KubeObject, B extends KubeObject & Binding, C> {
  readonly #objects: () => CachedObjects;
  readonly #policies: ResourceRef<P>;
  readonly #bindings: ResourceRef<B>;
  readonly #compile: (policy: DeepReadonly<P>) => C;
  #versions: readonly [number, number] = [-1, -1];
  #hooks: readonly PolicyHook<P, B, C>[] = [];
  readonly #compiled = new WeakMap<object, C>();

  constructor(objects: () => CachedObjects, kinds: { readonly policies: ResourceRef<P>; readonly bindings: ResourceRef<B> }, compile: (policy: DeepReadonly<P>) => C) {
    this.#objects = objects;
    this.#policies = kinds.policies;
    this.#bindings = kinds.bindings;
    this.#compile = compile;
  }

  get all(): readonly PolicyHook<P, B, C>[] {
    const objects = this.#objects();
    const versions = [objects.versionOf(this.#policies), objects.versionOf(this.#bindings)] as const;
    if (versions[0] !== this.#versions[0] || versions[1] !== this.#versions[1]) {
      this.#hooks = this.#read(objects);
      this.#versions = versions;
    }
    return this.#hooks;
  }

  #read(objects: CachedObjects): PolicyHook<P, B, C>[] {
    const bindings = objects.list(this.#bindings);
    const byName = (a: DeepReadonly<KubeObject>, b: DeepReadonly<KubeObject>): number => (a.metadata.name < b.metadata.name ? -1 : 1);
    return objects.list(this.#policies).sort(byName).flatMap((policy) => {
      const own = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name).sort(byName);
      if (own.length === 0) return [];
      let compiled = this.#compiled.get(policy);
      if (!compiled) this.#compiled.set(policy, (compiled = this.#compile(policy)));
      return [{ policy, bindings: own, compiled }];
    });
  }
}

