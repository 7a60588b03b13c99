import { podRequests, type Resources } from '../../component-helpers/resources.ts';
import { MAX_NODE_SCORE, type Plugin, type Refusal } from '../framework.ts';
import { scoredRequests, type NodeInfo } from '../node-info.ts';

/** The requests fit into what the node has left. Scores (LeastAllocated, the default): the more is left of CPU and memory, the better. */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  wakesOn: ['node-added', 'node-allocatable', 'pod-removed', 'pod-scaled-down'],
  begin(pod, cluster) {
    const requests = podRequests(pod);
    const byDevices = cluster.devices.extendedResources(pod);
    const scored = scoredRequests(requests);
    return {
      filter: (node) => insufficient(requests, node, byDevices),
      score(node) {
        const cpu = leftOver(node.scoredMilliCpu + scored.milliCpu, node.allocatable.milliCpu);
        const memory = leftOver(node.scoredMemory + scored.memory, node.allocatable.memory);
        return Math.floor((cpu + memory) / 2);
      },
    };
  },
};

function leftOver(used: number, allocatable: number): number {
  return allocatable === 0 || used > allocatable ? 0 : Math.floor(((allocatable - used) * MAX_NODE_SCORE) / allocatable);
}

/** Names every resource that is short. `byDevices`: those that nodes may give by devices, where nobody counts them. Source: "Resource Management for Pods and Containers", "How Pods with resource requests are scheduled". */
export function insufficient(requests: Resources, node: Pick<NodeInfo, 'allocatable' | 'requested' | 'pods'>, byDevices: ReadonlyMap<string, unknown>): Refusal | undefined {
  const { allocatable, requested, pods } = node;
  let reasons: string[] | undefined;
  let isFinal = false;
  const short = (reason: string, wanted: number, all: number): void => {
    reasons = [...(reasons ?? []), reason];
    isFinal ||= wanted > all;
  };
  if (pods.size + 1 > allocatable.pods) short('Too many pods', 1, allocatable.pods);
  if (requests.milliCpu > 0 && requests.milliCpu > allocatable.milliCpu - requested.milliCpu) short('Insufficient cpu', requests.milliCpu, allocatable.milliCpu);
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory) short('Insufficient memory', requests.memory, allocatable.memory);
  if (requests.ephemeralStorage > 0 && requests.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage) {
    short('Insufficient ephemeral-storage', requests.ephemeralStorage, allocatable.ephemeralStorage);
  }
  for (const [name, amount] of requests.others) {
    if (amount === 0) continue;
    const all = allocatable.others.get(name) ?? 0;
    if (all === 0 && byDevices.has(name)) continue;
    if (amount > all - (requested.others.get(name) ?? 0)) short(`Insufficient ${name}`, amount, all);
  }
  return reasons && { reasons, isFinal };
}
