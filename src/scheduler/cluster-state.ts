import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import type { Namespace, Node, Pod } from '../api/generated/core-v1.ts';
import { Nominator } from './nominator.ts';
import { runsAsAsked } from '../component-helpers/resized-requests.ts';
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
  readonly #withAffinity = new Set<NodeInfo>();
  readonly #withRequiredAntiAffinity = new Map<NodeInfo, number>();
  #list: NodeInfo[] | undefined;
  readonly volumes: VolumeState;
  readonly devices: DeviceState;
  readonly nominated = new Nominator();
  readonly namespaceLabels: (name: string) => DeepReadonly<Record<string, string>>;

  constructor(options: { volumes: VolumeState; devices?: DeviceState; namespace: (name: string) => DeepReadonly<Namespace> | undefined }) {
    this.volumes = options.volumes;
    this.devices = options.devices ?? new DeviceState(noDevices);
    this.namespaceLabels = (name) => options.namespace(name)?.metadata.labels ?? {};
  }

  /** In the order of their coming. */
  get nodes(): readonly NodeInfo[] {
    this.#list ??= [...this.#nodes.values()];
    return this.#list;
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  get nodesWithAffinityPods(): Iterable<NodeInfo> {
    return this.#withAffinity;
  }

  get nodesWithRequiredAntiAffinityPods(): Iterable<NodeInfo> {
    return this.#withRequiredAntiAffinity.keys();
  }

  setNode(node: DeepReadonly<Node>): void {
    const known = this.#nodes.get(node.metadata.name);
    if (known) {
      known.update(node);
      return;
    }
    const info = new NodeInfo(node);
    this.#nodes.set(info.name, info);
    this.#list = undefined;
    for (const pod of this.#orphans.get(info.name)?.values() ?? []) this.#count(info, pod);
    this.#orphans.delete(info.name);
  }

  deleteNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#nodes.delete(name);
    this.#list = undefined;
    this.#withAffinity.delete(info);
    this.#withRequiredAntiAffinity.delete(info);
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
    if (info.hasAffinity) this.#withAffinity.add(node);
    if (info.hasRequiredAntiAffinity) this.#withRequiredAntiAffinity.set(node, (this.#withRequiredAntiAffinity.get(node) ?? 0) + 1);
  }

  #uncount(node: NodeInfo, info: PodInfo): void {
    node.remove(info.key);
    if (info.hasAffinity && node.podsWithAffinity.size === 0) this.#withAffinity.delete(node);
    if (!info.hasRequiredAntiAffinity) return;
    const left = (this.#withRequiredAntiAffinity.get(node) ?? 1) - 1;
    if (left > 0) this.#withRequiredAntiAffinity.set(node, left);
    else this.#withRequiredAntiAffinity.delete(node);
  }
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
