import type { DeepReadonly } from '../apimachinery/meta.ts';
import { milliValue, parseQuantity, wholeValue } from '../apimachinery/quantity.ts';
import type { Container, Pod } from '../api/generated/core-v1.ts';

/** Amounts in the units that the scheduler and the kubelet count in. */
export interface Resources {
  /** Thousandths of a CPU. */
  readonly milliCpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes. */
  readonly ephemeralStorage: number;
  /** The number of pods a node takes; 0 for a pod's requests. */
  readonly pods: number;
  /** Huge pages (bytes) and extended resources (whole numbers), by name. */
  readonly others: ReadonlyMap<string, number>;
}

/** The same few texts come with every pod: what they mean is worked out once. */
class AmountCache {
  readonly #amounts = new Map<string, number>();
  readonly #work: (quantity: string | number) => number;

  constructor(work: (quantity: string | number) => number) {
    this.#work = work;
  }

  of(quantity: string | number): number {
    const key = String(quantity);
    const known = this.#amounts.get(key);
    if (known !== undefined) return known;
    const amount = this.#work(quantity);
    if (this.#amounts.size >= MAX_CACHED_AMOUNTS) this.#amounts.clear();
    this.#amounts.set(key, amount);
    return amount;
  }
}

const MAX_CACHED_AMOUNTS = 4096;
const millis = new AmountCache((quantity) => milliValue(parseQuantity(quantity)));
const wholes = new AmountCache((quantity) => wholeValue(parseQuantity(quantity)));

type ResourceList = DeepReadonly<Record<string, string | number>>;

export function resourcesOf(list: ResourceList | undefined): Resources {
  let [milliCpu, memory, ephemeralStorage, pods] = [0, 0, 0, 0];
  const others = new Map<string, number>();
  for (const [name, amount] of Object.entries(list ?? {})) {
    switch (name) {
      case 'cpu': milliCpu = millis.of(amount); break;
      case 'memory': memory = wholes.of(amount); break;
      case 'ephemeral-storage': ephemeralStorage = wholes.of(amount); break;
      case 'pods': pods = wholes.of(amount); break;
      default: others.set(name, wholes.of(amount));
    }
  }
  return { milliCpu, memory, ephemeralStorage, pods, others };
}

/** A sum that grows: CPU in thousandths, the rest in whole units, all by name. */
type Amounts = Map<string, number>;

function amountsOf(list: ResourceList | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, name === 'cpu' ? millis.of(amount) : wholes.of(amount)]));
}

function add(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function raise(sum: Amounts, to: Amounts): void {
  for (const [name, amount] of to) sum.set(name, Math.max(sum.get(name) ?? 0, amount));
}

/** Which resources of `spec.resources` of a pod take the place of its containers' sum (KEP-2837). */
function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** Whether the pod says for all its containers together what they need, of any resource that may be said so. Source: component-helpers/resource, IsPodLevelResourcesSet. */
export function hasPodLevelResources({ spec: { resources } }: DeepReadonly<Pod>): boolean {
  return [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].some(isPodLevelResource);
}

/**
 * What the pod asks of a node: the containers' sum or, if more, the greatest need on the way there: each init container runs alone beside the
 * sidecars (restartable init containers) before it. Pod-level requests take the place of the sum; overhead comes on top.
 * `of` gives the list of one container: its requests (default) or its limits.
 * Source: "Resource sharing within containers" (init and sidecar containers), KEP-753, KEP-2837, KEP-688.
 */
export function podAmounts(
  pod: DeepReadonly<Pod>,
  of: (container: DeepReadonly<Container>) => ResourceList | undefined,
  podLevel: ResourceList | undefined,
): ReadonlyMap<string, number> {
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, amountsOf(of(container)));
  const sidecars: Amounts = new Map();
  const initial: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const own = amountsOf(of(container));
    if (container.restartPolicy === 'Always') {
      add(sidecars, own);
      raise(initial, sidecars);
      continue;
    }
    add(own, sidecars);
    raise(initial, own);
  }
  add(total, sidecars);
  raise(total, initial);
  for (const [name, amount] of amountsOf(podLevel)) if (isPodLevelResource(name)) total.set(name, amount);
  return total;
}

export function podRequests(pod: DeepReadonly<Pod>): Resources {
  const total: Amounts = new Map(podAmounts(pod, effectiveRequests, pod.spec.resources?.requests));
  add(total, amountsOf(pod.spec.overhead));
  const take = (name: string): number => {
    const amount = total.get(name) ?? 0;
    total.delete(name);
    return amount;
  };
  return { milliCpu: take('cpu'), memory: take('memory'), ephemeralStorage: take('ephemeral-storage'), pods: 0, others: total };
}

/** What the pod may use at most, by name; its overhead comes on top of what is limited. Source: component-helpers/resource, PodLimits. */
export function podLimits(pod: DeepReadonly<Pod>): ReadonlyMap<string, number> {
  const total: Amounts = new Map(podAmounts(pod, ({ resources }) => resources.limits, pod.spec.resources?.limits));
  for (const [name, amount] of amountsOf(pod.spec.overhead)) if (total.get(name)) add(total, new Map([[name, amount]]));
  return total;
}

/** What a container asks for; the API server has filled requests in from limits already. */
function effectiveRequests(container: DeepReadonly<Container>): ResourceList | undefined {
  return container.resources.requests;
}
