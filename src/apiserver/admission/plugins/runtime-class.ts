import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { RuntimeClass } from '../../../api/generated/node-v1.ts';
import * as refs from '../../../api/refs.ts';
import { copyOf } from '../../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';
import { mergedTolerations } from '../tolerations.ts';

/** Writes into a pod what its runtime class costs and where it runs. Source: kubernetes plugin/pkg/admission/runtimeclass. */
export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly name = 'RuntimeClass';
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, '', 'pods');
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    const { spec } = attributes.object as Pod;
    if (spec.runtimeClassName === undefined) return;
    const found = this.#objects().find(refs.runtimeClasses, spec.runtimeClassName);
    if (found instanceof Promise) return found.then(() => this.#apply(attributes, spec));
    this.#apply(attributes, spec);
  }

  #apply(attributes: AdmissionAttributes, spec: Pod['spec']): void {
    const runtimeClass = this.#classOf(attributes, spec);
    if (!runtimeClass) return;
    const { overhead, scheduling } = runtimeClass;
    if (overhead?.podFixed) {
      if (spec.overhead && !isDeepStrictEqual(spec.overhead, overhead.podFixed)) {
        throw refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      }
      spec.overhead = copyOf(overhead.podFixed);
    }
    for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
      const given = spec.nodeSelector?.[key];
      if (given !== undefined && given !== value) {
        throw refusal(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${given}`);
      }
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
    }
    if (scheduling?.tolerations?.length) spec.tolerations = mergedTolerations([...(spec.tolerations ?? []), ...copyOf(scheduling.tolerations)]);
  }

  validate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as DeepReadonly<Pod>;
    const runtimeClass = this.#classOf(attributes, spec);
    if (runtimeClass?.overhead?.podFixed) {
      if (!isDeepStrictEqual(spec.overhead, runtimeClass.overhead.podFixed)) {
        throw refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      }
    } else if (spec.overhead) throw refusal(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  }

  #classOf(attributes: AdmissionAttributes, { runtimeClassName }: { readonly runtimeClassName?: string }): DeepReadonly<RuntimeClass> | undefined {
    if (runtimeClassName === undefined) return undefined;
    const found = this.#objects().get(refs.runtimeClasses, runtimeClassName);
    if (!found) throw refusal(attributes, `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`);
    return found;
  }
}
