import type { Pod } from '../../../api/generated/core-v1.ts';
import type { PriorityClass } from '../../../api/generated/scheduling-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

const SYSTEM_CLASSES = new Set(['system-node-critical', 'system-cluster-critical']);
const CLASSES_GROUP = 'scheduling.k8s.io';
const DEFAULT_POLICY = 'PreemptLowerPriority';

/** Turns a pod's priority class into numbers, and keeps classes in order. Source: kubernetes plugin/pkg/admission/priority. */
export class PriorityAdmission implements AdmissionPlugin {
  readonly name = 'Priority';
  readonly #objects: () => CachedObjects;

  #known: { readonly version: number; readonly found: DeepReadonly<PriorityClass> | undefined } | undefined;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  handles(_operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return isFor(attributes, '', 'pods') || isFor(attributes, CLASSES_GROUP, 'priorityclasses');
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.resource !== 'pods') return;
    if (attributes.operation === 'UPDATE') return keepPriority(attributes);
    if (attributes.operation !== 'CREATE') return;
    const name = (attributes.object as Pod).spec.priorityClassName;
    const found = name ? this.#objects().find(refs.priorityClasses, name) : this.#default();
    if (found instanceof Promise) return found.then((later) => setPriority(attributes, later));
    setPriority(attributes, found);
  }

  /** Should several claim to be the default (two servers wrote at once), the one of least effect is. */
  #default(): DeepReadonly<PriorityClass> | undefined {
    const objects = this.#objects();
    const version = objects.versionOf(refs.priorityClasses);
    if (version !== this.#known?.version) {
      const [found] = objects.list(refs.priorityClasses).filter((one) => one.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
      this.#known = { version, found };
    }
    return this.#known.found;
  }

  validate(attributes: AdmissionAttributes): void {
    if (attributes.resource !== 'priorityclasses') return;
    if (attributes.operation === 'DELETE') {
      if (SYSTEM_CLASSES.has(attributes.oldObject?.metadata.name ?? '')) throw refusal(attributes, 'this is a system priority class and cannot be deleted');
      return;
    }
    const object = attributes.object as DeepReadonly<PriorityClass>;
    const other = object.globalDefault ? this.#default() : undefined;
    if (other && other.metadata.name !== object.metadata.name) {
      throw refusal(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
    }
  }
}

/** Clients of old write pods without what was filled in: it stays. */
function keepPriority({ object, oldObject }: AdmissionAttributes): void {
  const { spec } = object as Pod;
  const { priority, preemptionPolicy } = (oldObject as DeepReadonly<Pod>).spec;
  if (priority !== undefined) spec.priority ??= priority;
  if (preemptionPolicy !== undefined) spec.preemptionPolicy ??= preemptionPolicy;
}

function setPriority(attributes: AdmissionAttributes, found: DeepReadonly<PriorityClass> | undefined): void {
  const { spec } = attributes.object as Pod;
  if (spec.priorityClassName && !found) throw refusal(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
  const value = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? DEFAULT_POLICY;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refusal(attributes, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refusal(attributes, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`);
  }
  if (found) spec.priorityClassName = found.metadata.name;
  spec.priority = value;
  spec.preemptionPolicy = policy;
}
