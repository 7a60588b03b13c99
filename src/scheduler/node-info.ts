import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import { hostPortsOf, type HostPort } from '../component-helpers/host-ports.ts';
import { occupiedRequests } from '../component-helpers/resized-requests.ts';
import { resourcesOf, type Resources } from '../component-helpers/resources.ts';

/** A pod on a node, with what filters ask of it worked out once. */
export interface PodInfo {
  readonly pod: DeepReadonly<Pod>;
  readonly key: string;
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly hasAffinity: boolean;
}

export function podInfoOf(pod: DeepReadonly<Pod>): PodInfo {
  const { affinity } = pod.spec;
  return {
    pod,
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    requests: occupiedRequests(pod),
    hostPorts: hostPortsOf(pod),
    hasAffinity: Boolean(affinity?.podAffinity ?? affinity?.podAntiAffinity),
  };
}

/** The least that a container is taken to use when it asks for nothing, for scores only (not for fit). */
const SCORING_MILLI_CPU = 100;
const SCORING_MEMORY = 200 * 1024 * 1024;

/** A node with the pods on it, those assumed to be bound included. */
export class NodeInfo {
  readonly name: string;
  node: DeepReadonly<Node>;
  allocatable: Resources;
  readonly requested: { milliCpu: number; memory: number; ephemeralStorage: number; others: Map<string, number> } = {
    milliCpu: 0, memory: 0, ephemeralStorage: 0, others: new Map(),
  };
  /** As `requested`, with what pods without requests are taken to use. */
  scoredMilliCpu = 0;
  scoredMemory = 0;
  readonly pods = new Map<string, PodInfo>();
  readonly podsWithHostPorts = new Set<PodInfo>();

  constructor(node: DeepReadonly<Node>) {
    this.name = node.metadata.name;
    this.node = node;
    this.allocatable = resourcesOf(node.status.allocatable);
  }

  update(node: DeepReadonly<Node>): void {
    this.node = node;
    this.allocatable = resourcesOf(node.status.allocatable);
  }

  label(key: string): string | undefined {
    // Asked of thousands of nodes for one pod: `Object.hasOwn` takes twice as long. What objects inherit is no text.
    const value: unknown = this.node.metadata.labels?.[key];
    return typeof value === 'string' ? value : undefined;
  }

  add(info: PodInfo): void {
    this.pods.set(info.key, info);
    if (info.hostPorts.length > 0) this.podsWithHostPorts.add(info);
    this.#count(info, 1);
  }

  remove(key: string): void {
    const info = this.pods.get(key);
    if (!info) return;
    this.pods.delete(key);
    this.podsWithHostPorts.delete(info);
    this.#count(info, -1);
  }

  #count({ requests }: PodInfo, sign: 1 | -1): void {
    const { requested } = this;
    requested.milliCpu += sign * requests.milliCpu;
    requested.memory += sign * requests.memory;
    requested.ephemeralStorage += sign * requests.ephemeralStorage;
    for (const [name, amount] of requests.others) requested.others.set(name, (requested.others.get(name) ?? 0) + sign * amount);
    this.scoredMilliCpu += sign * (requests.milliCpu || SCORING_MILLI_CPU);
    this.scoredMemory += sign * (requests.memory || SCORING_MEMORY);
  }
}

/** What the scores take a pod to use: its requests, or the least for what it does not name. */
export function scoredRequests(requests: Resources): { milliCpu: number; memory: number } {
  return { milliCpu: requests.milliCpu || SCORING_MILLI_CPU, memory: requests.memory || SCORING_MEMORY };
}
