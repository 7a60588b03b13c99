import { occupiedRequests } from '../../component-helpers/resized-requests.ts';
import { podRequests, type Resources, resourcesOf } from '../../component-helpers/resources.ts';
import type { ClusterEvent } from '../cluster-event.ts';
import { MAX_NODE_SCORE, refusal, type Plugin, type Refusal } from '../framework.ts';
import type { NodeInfo, PodInfo } from '../node-info.ts';
import { scoredRequests, type ScoredRequests } from '../scored-requests.ts';
import type { ScoringStrategy } from './scoring-strategy.ts';

export interface NodeResourcesFitArgs {
  /** undefined: LeastAllocated of CPU and memory alike. */
  readonly strategy?: ScoringStrategy | undefined;
  /** Extended resources that nodes are not asked for, by name and by group. */
  readonly ignoredResources?: ReadonlySet<string>;
  readonly ignoredGroups?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** The requests fit into what the node has left. Scores by default: the more is left of CPU and memory, the better. */
export function nodeResourcesFitWith({ strategy, ignoredResources = NONE, ignoredGroups = NONE }: NodeResourcesFitArgs): Plugin {
  const isIgnored = (name: string): boolean => ignoredResources.has(name) || ignoredGroups.has(name.slice(0, Math.max(name.indexOf('/'), 0)));
  const ignoresNone = ignoredResources.size + ignoredGroups.size === 0;
  const askedOf = (requests: Resources): Resources => (ignoresNone ? requests : { ...requests, others: new Map([...requests.others].filter(([name]) => !isIgnored(name))) });
  return {
    name: 'NodeResourcesFit',
    weight: 1,
    wakesOn: ['node-added', 'node-allocatable', 'pod-removed', 'pod-scaled-down', 'device-class'],
    mayHelp: (pod, event) => mayMakeRoom(askedOf(podRequests(pod)), event),
    begin(pod, cluster) {
      const requests = podRequests(pod);
      const scored = scoredRequests(pod, requests);
      const byDevices = cluster.devices.extendedResources(pod);
      const asked = askedOf(requests);
      return { filter: (node) => insufficient(asked, node, byDevices), score: strategy ? byStrategy(strategy, requests, scored) : byLeftOver(scored) };
    },
  };
}

export const nodeResourcesFit: Plugin = nodeResourcesFitWith({});

const UNUSED = { requested: { milliCpu: 0, memory: 0, ephemeralStorage: 0, others: new Map<string, number>() }, pods: new Map<string, PodInfo>() };
/** What nodes lack altogether they may have by devices. */
const ANY_RESOURCE = { has: () => true };

/** Source: pkg/scheduler/framework/plugins/noderesources, the queueing hints of fit.go. */
function mayMakeRoom(asked: Resources, event: ClusterEvent): boolean {
  switch (event.kind) {
    case 'device-class': return asked.others.size > 0;
    case 'pod-scaled-down': {
      if (!event.before || !event.after) return true;
      const [had, has] = [occupiedRequests(event.before), occupiedRequests(event.after)];
      return (asked.milliCpu > 0 && has.milliCpu < had.milliCpu) || (asked.memory > 0 && has.memory < had.memory);
    }
    case 'node-added': case 'node-allocatable': {
      const allocatable = resourcesOf(event.after?.status.allocatable);
      if (event.before && !hasMore(asked, resourcesOf(event.before.status.allocatable), allocatable)) return false;
      return insufficient(asked, { allocatable, ...UNUSED }, ANY_RESOURCE) === undefined;
    }
    default: return true;
  }
}

/** Whether a node has more than before of something that is asked for; every pod asks for a place. */
function hasMore(asked: Resources, before: Resources, after: Resources): boolean {
  if (after.pods > before.pods) return true;
  if ((['milliCpu', 'memory', 'ephemeralStorage'] as const).some((name) => asked[name] > 0 && after[name] > before[name])) return true;
  // Without any of a resource left, a node may give it by devices.
  return [...asked.others.keys()].some((name) => (after.others.get(name) ?? 0) > (before.others.get(name) ?? 0) || (after.others.get(name) ?? 0) === 0);
}

function byLeftOver(scored: ScoredRequests): (node: NodeInfo) => number {
  return (node) => {
    const cpu = leftOver(node.scoredMilliCpu + scored.milliCpu, node.allocatable.milliCpu);
    const memory = leftOver(node.scoredMemory + scored.memory, node.allocatable.memory);
    // A resource that the node has not does not count.
    if (node.allocatable.milliCpu === 0) return memory;
    return node.allocatable.memory === 0 ? cpu : Math.floor((cpu + memory) / 2);
  };
}

function byStrategy(strategy: ScoringStrategy, requests: Resources, scored: ScoredRequests): (node: NodeInfo) => number {
  const amounts = (node: NodeInfo, name: string): readonly [number, number] => {
    const { allocatable, requested } = node;
    if (name === 'cpu') return [node.scoredMilliCpu + scored.milliCpu, allocatable.milliCpu];
    if (name === 'memory') return [node.scoredMemory + scored.memory, allocatable.memory];
    if (name === 'ephemeral-storage') return [requested.ephemeralStorage + requests.ephemeralStorage, allocatable.ephemeralStorage];
    const asked = requests.others.get(name) ?? 0;
    // Of no interest to a pod that does not ask for it.
    return asked === 0 ? [0, 0] : [(requested.others.get(name) ?? 0) + asked, allocatable.others.get(name) ?? 0];
  };
  return (node) => {
    const all = strategy.resources.map(({ name }) => amounts(node, name));
    return strategy.score(all.map(([used]) => used), all.map(([, capacity]) => capacity));
  };
}

function leftOver(used: number, allocatable: number): number {
  return allocatable === 0 || used > allocatable ? 0 : Math.floor(((allocatable - used) * MAX_NODE_SCORE) / allocatable);
}

/** Names every resource that is short. `byDevices`: those that nodes may give by devices, where nobody counts them. Source: "Resource Management for Pods and Containers", "How Pods with resource requests are scheduled". */
export function insufficient(requests: Resources, node: Pick<NodeInfo, 'allocatable' | 'requested' | 'pods'>, byDevices: Pick<ReadonlyMap<string, unknown>, 'has'>): Refusal | undefined {
  const { allocatable, requested, pods } = node;
  let reasons: string[] | undefined;
  let isFinal = false;
  const short = (reason: string, wanted: number, all: number): void => {
    if (reasons) reasons.push(reason);
    else reasons = [reason];
    isFinal ||= wanted > all;
  };
  if (pods.size + 1 > allocatable.pods) short('Too many pods', 0, allocatable.pods);
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
  return reasons && refusal(reasons, isFinal);
}
