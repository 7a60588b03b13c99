import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import { hostPortsOf, type HostPort } from '../component-helpers/host-ports.ts';
import { occupiedRequests } from '../component-helpers/resized-requests.ts';
import { resourcesOf, type Resources } from '../component-helpers/resources.ts';
import { imagesOf, type NodeImages } from './image-index.ts';
import { scoredRequests, type ScoredRequests } from './scored-requests.ts';

/** A pod on a node, with what filters ask of it worked out once. */
export interface PodInfo {
  readonly pod: DeepReadonly<Pod>;
  readonly key: string;
  readonly requests: Resources;
  /** What the scores take it to use. */
  readonly scored: ScoredRequests;
  readonly hostPorts: readonly HostPort[];
  readonly hasAffinity: boolean;
}

export function podInfoOf(pod: DeepReadonly<Pod>): PodInfo {
  const { affinity } = pod.spec;
  const requests = occupiedRequests(pod);
  return {
    pod,
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    requests,
    scored: scoredRequests(pod, requests),
    hostPorts: hostPortsOf(pod),
    hasAffinity: Boolean(affinity?.podAffinity ?? affinity?.podAntiAffinity),
  };
}

/** A node with the pods on it, those assumed to be bound included. */
export class NodeInfo {
  readonly name: string;
  node: DeepReadonly<Node>;
  allocatable: Resources;
  /** Sizes by the names of images. */
  images: NodeImages;
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
    this.images = imagesOf(node);
  }

  /** `images`: those of the node where they have changed. */
  update(node: DeepReadonly<Node>, images: NodeImages = this.images): void {
    this.node = node;
    this.images = images;
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

  #count({ requests, scored }: PodInfo, sign: 1 | -1): void {
    const { requested } = this;
    requested.milliCpu += sign * requests.milliCpu;
    requested.memory += sign * requests.memory;
    requested.ephemeralStorage += sign * requests.ephemeralStorage;
    for (const [name, amount] of requests.others) requested.others.set(name, (requested.others.get(name) ?? 0) + sign * amount);
    this.scoredMilliCpu += sign * scored.milliCpu;
    this.scoredMemory += sign * scored.memory;
  }
}
