import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import type { ClusterState } from './cluster-state.ts';
import { FilterError, MAX_NODE_SCORE, type Plugin, type PodCycle } from './framework.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';
import type { Nominator } from './nominator.ts';
import { type Refused, refusedBy, Refusals } from './refusals.ts';

export interface ActiveCycle {
  readonly plugin: Plugin;
  readonly cycle: PodCycle;
}

export type Outcome =
  | { readonly node: string }
  /** Nothing can be said of the pod: what is wrong with what it asks for. */
  | { readonly error: string }
  /** It is not to be tried yet. */
  | { readonly heldBackBy: Plugin }
  | {
      /** What the nodes said that were looked at. */
      readonly refusals: Refusals;
      /** Set when a plugin turned the pod away without looking at nodes. */
      readonly refusal: string | undefined;
      readonly plugins: ReadonlySet<Plugin>;
      readonly cycles: readonly ActiveCycle[];
    };

/** No node can take the pod. */
export type Unschedulable = Exclude<Outcome, { node: string } | { error: string } | { heldBackBy: Plugin }>;

/** Below this many nodes all of them are looked at; above, looking stops when enough feasible ones are found. */
const MIN_FEASIBLE_NODES = 100;

/** Source: "Scheduler Performance Tuning": unless a percentage is given, 50 % less 1 % for each 125 nodes, at least 5 %. */
export function feasibleNodesToFind(nodes: number, given = 0): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  const percentage = given || Math.max(50 - Math.floor(nodes / 125), 5);
  return Math.max(Math.floor((nodes * percentage) / 100), MIN_FEASIBLE_NODES);
}

export interface CycleInput {
  readonly pod: DeepReadonly<Pod>;
  readonly cluster: ClusterState;
  readonly plugins: readonly Plugin[];
  /** As in a profile. */
  readonly percentageOfNodesToScore?: number;
  /** Where the walk over the nodes begins, so that all of them are looked at in turn; gives where the next one begins. */
  readonly startAt: number;
  /** At least 0, below 1: chooses among nodes of the same score. */
  readonly chance: number;
}

/** Finds the best node for the pod. Pure: the caller counts the pod there. */
export function schedulePod(input: CycleInput): { readonly outcome: Outcome; readonly nextStart: number } {
  try {
    return findNode(input);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { outcome: { error: error.message }, nextStart: input.startAt };
  }
}

function findNode(input: CycleInput): { readonly outcome: Outcome; readonly nextStart: number } {
  const { pod, cluster, plugins } = input;
  const heldBackBy = plugins.find((plugin) => plugin.holdsBack?.(pod, cluster));
  if (heldBackBy) return { outcome: { heldBackBy }, nextStart: input.startAt };
  const cycles: ActiveCycle[] = [];
  for (const plugin of plugins) {
    const cycle = plugin.begin(pod, cluster);
    if (!cycle) continue;
    if (cycle.refusal !== undefined) {
      return { outcome: { refusals: new Refusals(), refusal: cycle.refusal, plugins: new Set([plugin]), cycles }, nextStart: input.startAt };
    }
    cycles.push({ plugin, cycle });
  }
  const nominated = nominatedNode(pod, cluster);
  if (nominated && !filterNode(cycles, nominated, pod, cluster.nominated)) return { outcome: { node: nominated.name }, nextStart: input.startAt };
  const candidates = candidateNodes(cluster, cycles);
  const wanted = feasibleNodesToFind(candidates.length, input.percentageOfNodesToScore);
  const feasible: NodeInfo[] = [];
  const refusals = new Refusals();
  const start = candidates.length === 0 ? 0 : input.startAt % candidates.length;
  let looked = 0;
  for (; looked < candidates.length && feasible.length < wanted; looked++) {
    const node = candidates[(start + looked) % candidates.length];
    if (!node) break;
    const no = filterNode(cycles, node, pod, cluster.nominated);
    if (no) refusals.add(node, no);
    else feasible.push(node);
  }
  const nextStart = start + looked;
  if (feasible.length === 0) {
    const plugins = new Set([...[...refusals.counted().keys()].map((one) => one.plugin), ...narrowing(cycles)]);
    return { outcome: { refusals, refusal: undefined, plugins, cycles }, nextStart };
  }
  return { outcome: { node: bestNode(cycles, feasible, input.chance).name }, nextStart };
}

/** Where preemption made room for the pod: looked at first, and taken if the pod fits. */
function nominatedNode(pod: DeepReadonly<Pod>, cluster: ClusterState): NodeInfo | undefined {
  const name = cluster.nominated.nodeOf(pod);
  return name === undefined ? undefined : cluster.node(name);
}

function candidateNodes(cluster: ClusterState, cycles: readonly ActiveCycle[]): readonly NodeInfo[] {
  const named = cycles.find(({ cycle }) => cycle.onlyNodes)?.cycle.onlyNodes;
  return named ? [...named].map((name) => cluster.node(name)).filter((node) => node !== undefined) : cluster.nodes;
}

/** Who left nodes out without a look at them. */
function narrowing(cycles: readonly ActiveCycle[]): Plugin[] {
  return cycles.filter(({ cycle }) => cycle.onlyNodes).map(({ plugin }) => plugin);
}

/** Why the pod may not go to the node, if it may not; with those that were promised a place there counted in, and without, for affinity to them is no promise. */
export function filterNode(cycles: readonly ActiveCycle[], node: NodeInfo, pod: DeepReadonly<Pod>, nominated: Nominator): Refused | undefined {
  const before = nominated.before(node.name, pod);
  if (before.length === 0) return filtered(cycles, node);
  for (const info of before) change(cycles, node, info, 'add');
  const refused = filtered(cycles, node);
  for (const info of before) change(cycles, node, info, 'remove');
  return refused ?? filtered(cycles, node);
}

/** Asks "what if" the pod were on the node, or were not. */
export function change(cycles: readonly ActiveCycle[], node: NodeInfo, info: PodInfo, how: 'add' | 'remove'): void {
  if (how === 'add') {
    node.add(info);
    for (const { cycle } of cycles) cycle.addPod?.(info.pod, node);
  } else {
    node.remove(info.key);
    for (const { cycle } of cycles) cycle.removePod?.(info.pod, node);
  }
}

function filtered(cycles: readonly ActiveCycle[], node: NodeInfo): Refused | undefined {
  for (const { plugin, cycle } of cycles) {
    const refusal = cycle.filter?.(node);
    if (refusal) return refusedBy(plugin, refusal);
  }
  return undefined;
}

function bestNode(cycles: readonly ActiveCycle[], feasible: readonly NodeInfo[], chance: number): NodeInfo {
  const [first] = feasible;
  if (!first) throw new RangeError('no feasible node to choose from');
  if (feasible.length === 1) return first;
  const totals = new Float64Array(feasible.length);
  const scores = new Float64Array(feasible.length);
  for (const { plugin, cycle } of cycles) {
    if (!cycle.score || plugin.weight === 0 || cycle.preScore?.(feasible) === false) continue;
    for (let i = 0; i < feasible.length; i++) scores[i] = cycle.score(feasible[i] as NodeInfo);
    cycle.normalize?.(scores, feasible);
    for (let i = 0; i < feasible.length; i++) totals[i] = (totals[i] ?? 0) + plugin.weight * Math.min(Math.max(scores[i] ?? 0, 0), MAX_NODE_SCORE);
  }
  const best = totals.reduce((max, total) => Math.max(max, total), Number.NEGATIVE_INFINITY);
  const winners = feasible.filter((_, index) => totals[index] === best);
  return winners[Math.floor(chance * winners.length)] ?? first;
}

/** The message of the PodScheduled condition and of the event FailedScheduling: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function unschedulableMessage(nodes: number, outcome: Unschedulable): string {
  if (outcome.refusal !== undefined) return nodes === 0 ? 'no nodes available to schedule pods' : `0/${nodes} nodes are available: ${outcome.refusal}.`;
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counts = new ReasonCounts();
  for (const [{ refusal }, count] of outcome.refusals.counted()) counts.add(refusal.reasons, count);
  const narrowedBy = narrowing(outcome.cycles).map(({ name }) => name).sort();
  if (narrowedBy.length > 0) counts.add([`node(s) didn't satisfy plugin(s) [${narrowedBy.join(' ')}]`], nodes - outcome.refusals.size);
  return counts.message(nodes);
}

/** How many nodes gave each reason, as events tell it. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();

  add(reasons: readonly string[], nodes: number): void {
    for (const reason of reasons) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + nodes);
  }

  /** `nodes`: how many there are. */
  message(nodes: number): string {
    const reasons = [...this.#counts].filter(([, count]) => count > 0).map(([reason, count]) => `${count} ${reason}`).sort();
    return `0/${nodes} nodes are available: ${reasons.join(', ')}.`;
  }
}
