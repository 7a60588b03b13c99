import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import type { Namespace, Node, Pod } from '../api/generated/core-v1.ts';
import { AffinityIndex } from './affinity-index.ts';
import { noWorkloads, type WorkloadListers } from './default-selector.ts';
import { Nominator } from './nominator.ts';
import { runsAsAsked } from '../component-helpers/resized-requests.ts';
import { NodeDomains } from './node-domains.ts';
import { PodSelections } from './pod-selections.ts';
import { hasSameImages, ImageIndex, imagesOf } from './image-index.ts';
import { NodeInfo, podInfoOf, type PodInfo } from './node-info.ts';
import { DeviceState, noDevices } from './devices/device-state.ts';
import type { VolumeState } from './volume-state.ts';

/**
 * What a scheduling cycle knows: nodes with their pods, those that were assumed too (scheduled here, their binding not yet seen in a watch).
 * Changed between cycles only.
 */
export class ClusterState {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Where each pod is counted: key -> node. */
  readonly #placed = new Map<string, { node: string; info: PodInfo; isAssumed: boolean }>();
  /** Pods whose node is not known (yet). */
  readonly #orphans = new Map<string, Map<string, PodInfo>>();
  #list: NodeInfo[] | undefined;
  readonly volumes: VolumeState;
  readonly devices: DeviceState;
  readonly workloads: WorkloadListers;
  readonly nominated = new Nominator();
  readonly images = new ImageIndex();
  readonly affinity: AffinityIndex;
  readonly selections = new PodSelections(() => this.nodes);
  readonly domains = new NodeDomains(() => this.nodes);
  readonly namespaceLabels: (name: string) => DeepReadonly<Record<string, string>>;

  constructor(options: { volumes: VolumeState; devices?: DeviceState; workloads?: WorkloadListers; namespace: (name: string) => DeepReadonly<Namespace> | undefined }) {
    this.volumes = options.volumes;
    this.devices = options.devices ?? new DeviceState(noDevices);
    this.workloads = options.workloads ?? noWorkloads;
    this.namespaceLabels = (name) => options.namespace(name)?.metadata.labels ?? {};
    this.affinity = new AffinityIndex(this.namespaceLabels);
  }

  /** In the order of their coming. */
  get nodes(): readonly NodeInfo[] {
    this.#list ??= [...this.#nodes.values()];
    return this.#list;
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  setNode(node: DeepReadonly<Node>): void {
    const known = this.#nodes.get(node.metadata.name);
    if (known) {
      this.#update(known, node);
      return;
    }
    const info = new NodeInfo(node);
    this.#nodes.set(info.name, info);
    this.#list = undefined;
    this.images.change(info.images, 1);
    this.#enter(info);
    for (const pod of this.#orphans.get(info.name)?.values() ?? []) this.#count(info, pod);
    this.#orphans.delete(info.name);
  }

  #update(known: NodeInfo, node: DeepReadonly<Node>): void {
    const isMoved = !hasSameLabels(known.node, node);
    if (isMoved) this.#leave(known);
    if (hasSameImages(known.node, node)) known.update(node);
    else {
      this.images.change(known.images, -1);
      known.update(node, imagesOf(node));
      this.images.change(known.images, 1);
    }
    if (isMoved) this.#enter(known);
  }

  /** The node is in the domains that its labels tell, and its pods with it. */
  #enter(node: NodeInfo): void {
    this.domains.add(node);
    for (const info of node.pods.values()) this.#index(node, info);
  }

  #leave(node: NodeInfo): void {
    this.domains.remove(node);
    for (const info of node.pods.values()) this.#unindex(node, info);
  }

  deleteNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#nodes.delete(name);
    this.#list = undefined;
    this.images.change(info.images, -1);
    this.#leave(info);
    if (info.pods.size > 0) this.#orphans.set(name, new Map(info.pods));
  }

  isAssumed(key: string): boolean {
    return this.#placed.get(key)?.isAssumed ?? false;
  }

  nodeOf(key: string): string | undefined {
    return this.#placed.get(key)?.node;
  }

  /** Counts a pod whose binding is on its way. */
  assume(pod: DeepReadonly<Pod>, node: string): void {
    const info = podInfoOf(pod);
    this.nominated.delete(info.key);
    this.#place(info, node, true);
  }

  /** Counts a pod that a watch showed on its node, in place of what was assumed. */
  setPod(pod: DeepReadonly<Pod>): void {
    if (!pod.spec.nodeName) return;
    const key = keyOf(pod);
    const known = this.#placed.get(key);
    if (known && !known.isAssumed && known.node === pod.spec.nodeName && sameForScheduling(known.info.pod, pod)) return;
    this.#place(podInfoOf(pod), pod.spec.nodeName, false);
  }

  deletePod(key: string): void {
    const known = this.#placed.get(key);
    if (!known) return;
    this.#placed.delete(key);
    const node = this.#nodes.get(known.node);
    if (node) this.#uncount(node, known.info);
    const orphans = this.#orphans.get(known.node);
    orphans?.delete(key);
    if (orphans?.size === 0) this.#orphans.delete(known.node);
  }

  #place(info: PodInfo, nodeName: string, isAssumed: boolean): void {
    this.deletePod(info.key);
    this.#placed.set(info.key, { node: nodeName, info, isAssumed });
    const node = this.#nodes.get(nodeName);
    if (node) {
      this.#count(node, info);
      return;
    }
    const orphans = this.#orphans.get(nodeName) ?? new Map<string, PodInfo>();
    orphans.set(info.key, info);
    this.#orphans.set(nodeName, orphans);
  }

  #count(node: NodeInfo, info: PodInfo): void {
    node.add(info);
    this.#index(node, info);
  }

  #uncount(node: NodeInfo, info: PodInfo): void {
    node.remove(info.key);
    this.#unindex(node, info);
  }

  #index(node: NodeInfo, info: PodInfo): void {
    this.affinity.add(info, node);
    this.selections.add(info, node);
  }

  #unindex(node: NodeInfo, info: PodInfo): void {
    this.affinity.remove(info, node);
    this.selections.remove(info, node);
  }
}

/** Nodes report often, with the same labels nearly always. */
function hasSameLabels(one: DeepReadonly<Node>, other: DeepReadonly<Node>): boolean {
  const [before, after] = [one.metadata.labels ?? {}, other.metadata.labels ?? {}];
  if (before === after) return true;
  const keys = Object.keys(after);
  return keys.length === Object.keys(before).length && keys.every((key) => Object.hasOwn(before, key) && before[key] === after[key]);
}

/** Status updates, the most frequent changes, alter nothing that the cycle counts, but for a deletion that begins and resources that change. */
function sameForScheduling(one: DeepReadonly<Pod>, other: DeepReadonly<Pod>): boolean {
  return (
    one.metadata.uid === other.metadata.uid &&
    one.metadata.generation === other.metadata.generation &&
    one.metadata.deletionTimestamp === other.metadata.deletionTimestamp &&
    one.metadata.labels === other.metadata.labels &&
    runsAsAsked(one) && runsAsAsked(other)
  );
}
