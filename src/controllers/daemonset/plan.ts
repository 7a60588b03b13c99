import type { DaemonSet, DaemonSetStatus } from '../../api/generated/apps-v1.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { intOrPercent } from '../../component-helpers/int-or-percent.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../../component-helpers/pod-state.ts';
import { REVISION_HASH } from '../controller-revisions.ts';
import { targetNodeOf, wantsNode } from './daemon-pod.ts';

type Pod_ = DeepReadonly<Pod>;

export interface DaemonView {
  readonly set: DeepReadonly<DaemonSet>;
  readonly nodes: readonly DeepReadonly<Node>[];
  /** All pods of the set. */
  readonly pods: readonly Pod_[];
  /** The hash of the present template. */
  readonly hash: string;
  readonly nowMs: number;
}

export interface DaemonPlan {
  /** Names of nodes that are to get a pod. */
  readonly create: readonly string[];
  readonly delete: readonly Pod_[];
  /** Those of `delete` that have ended by themselves. */
  readonly ended: readonly Pod_[];
}

/** At most so many pods are created, and so many deleted, in a turn. */
const BURST = 250;

/** Bound pods first, then the oldest. Source: podByCreationTimestampAndPhase. */
function byCreation(one: Pod_, other: Pod_): number {
  const key = ({ spec, metadata }: Pod_): string => `${spec.nodeName ? 0 : 1} ${metadata.creationTimestamp} ${metadata.name}`;
  return key(one) < key(other) ? -1 : 1;
}

/** Neither going nor over. While there may be a pod more than one on a node, one that is not running holds up no other. */
const isRunning = (pod: Pod_): boolean => !isGoing(pod) && pod.status.phase !== 'Failed' && pod.status.phase !== 'Succeeded';

const isGoing = ({ metadata }: Pod_): boolean => metadata.deletionTimestamp !== undefined;

function podsByNode(pods: readonly Pod_[]): Map<string, Pod_[]> {
  const byNode = new Map<string, Pod_[]>();
  for (const pod of pods) {
    const node = targetNodeOf(pod);
    if (node === undefined || (isGoing(pod) && isPodTerminal(pod))) continue; // whoever has ended and is going holds up no other
    const there = byNode.get(node);
    if (there) there.push(pod);
    else byNode.set(node, [pod]);
  }
  return byNode;
}

/** One pod on every node that the set wants, none elsewhere; then the rolling update. Source: pkg/controller/daemon, manage and rollingUpdate. */
export function planDaemons(view: DaemonView): DaemonPlan {
  const { set, nodes, pods } = view;
  const byNode = podsByNode(pods);
  const create: string[] = [];
  const gone = new Set<Pod_>();
  const ended: Pod_[] = [];
  for (const node of nodes) {
    const there = byNode.get(node.metadata.name) ?? [];
    const { run, stay } = wantsNode(set, node);
    const lacksOne = there.length === 0 || (!there.some(isRunning) && allowsSurge(set));
    if (run && lacksOne) create.push(node.metadata.name);
    if (there.length === 0) continue;
    if (!stay) for (const pod of there.filter((one) => !isGoing(one))) gone.add(pod);
    else for (const pod of superfluous(view, there, ended)) gone.add(pod);
  }
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const pod of pods) if (!pod.spec.nodeName && !isGoing(pod) && !names.has(targetNodeOf(pod) ?? '')) gone.add(pod);
  if (set.spec.updateStrategy.type !== 'OnDelete') {
    const rolling = planRollingUpdate(view, byNode);
    for (const name of rolling.create) if (!create.includes(name)) create.push(name);
    for (const pod of rolling.delete) gone.add(pod);
  }
  return { create: create.slice(0, BURST), delete: [...gone].slice(0, BURST), ended };
}

/** Pods on a node beyond the one that is wanted there, or the two while one takes the place of the other. */
function superfluous(view: DaemonView, there: readonly Pod_[], ended: Pod_[]): readonly Pod_[] {
  const gone: Pod_[] = [];
  const running: Pod_[] = [];
  for (const pod of there) {
    if (isGoing(pod)) continue;
    if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') {
      ended.push(pod);
      gone.push(pod);
    } else running.push(pod);
  }
  running.sort(byCreation);
  if (running.length <= 1) return gone;
  if (!allowsSurge(view.set)) return [...gone, ...running.slice(1)];
  const [newest, ...moreNew] = running.filter((pod) => isUpdated(pod, view.hash));
  const [oldest, ...moreOld] = running.filter((pod) => !isUpdated(pod, view.hash));
  gone.push(...moreNew, ...moreOld);
  if (newest && oldest && (!isPodReady(oldest) || isAvailable(view, newest))) gone.push(oldest);
  return gone;
}

function isUpdated({ metadata }: Pod_, hash: string): boolean {
  return metadata.labels?.[REVISION_HASH] === hash;
}

function isAvailable({ set, nowMs }: DaemonView, pod: Pod_): boolean {
  return isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
}

/** Whether a node may have a pod more than one while they are replaced. Source: pkg/controller/daemon/util, AllowsSurge. */
function allowsSurge({ spec: { updateStrategy } }: DeepReadonly<DaemonSet>): boolean {
  return updateStrategy.type !== 'OnDelete' && intOrPercent(updateStrategy.rollingUpdate?.maxSurge ?? 0, 1, 'up') > 0;
}

/** Of the nodes that want a pod, how many may have one too many, and how many none. Both percentages round up. */
function bounds({ set, nodes }: DaemonView): { surge: number; unavailable: number } {
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy.rollingUpdate ?? {};
  if (set.spec.updateStrategy.type === 'OnDelete') return { surge: 0, unavailable: 0 };
  const wanted = nodes.filter((node) => wantsNode(set, node).run).length;
  const surge = intOrPercent(maxSurge, wanted, 'up');
  const unavailable = intOrPercent(maxUnavailable, wanted, 'up');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

interface OnNode {
  readonly name: string;
  readonly updated: Pod_ | undefined;
  readonly old: Pod_ | undefined;
}

/** The pod of the present template and that of an older one on each node that has pods or wants one; nodes with more of a kind are still being tidied. */
function pairs({ set, nodes, hash }: DaemonView, byNode: ReadonlyMap<string, readonly Pod_[]>): { readonly tidy: OnNode[]; readonly untidy: number } {
  const wanting = nodes.filter((node) => wantsNode(set, node).run).map(({ metadata }) => metadata.name);
  const tidy: OnNode[] = [];
  let untidy = 0;
  for (const name of new Set([...byNode.keys(), ...wanting])) {
    const alive = (byNode.get(name) ?? []).filter((pod) => !isGoing(pod));
    const updated = alive.filter((pod) => isUpdated(pod, hash));
    const old = alive.filter((pod) => !isUpdated(pod, hash));
    if (updated.length > 1 || old.length > 1) untidy++;
    else tidy.push({ name, updated: updated[0], old: old[0] });
  }
  return { tidy, untidy };
}

function planRollingUpdate(view: DaemonView, byNode: ReadonlyMap<string, readonly Pod_[]>): { readonly create: readonly string[]; readonly delete: readonly Pod_[] } {
  const { surge, unavailable } = bounds(view);
  const { tidy, untidy } = pairs(view, byNode);
  return surge === 0 ? { create: [], delete: replaced(view, tidy, untidy, unavailable) } : surging(view, tidy, untidy, surge);
}

/** Old pods that go before new ones come: those that are not available anyway, and as many others as may be missing. */
function replaced(view: DaemonView, tidy: readonly OnNode[], untidy: number, unavailable: number): readonly Pod_[] {
  const mustGo: Pod_[] = [];
  const mayGo: Pod_[] = [];
  let lacking = untidy;
  for (const { updated, old } of tidy) {
    if ((updated === undefined) === (old === undefined)) lacking++;
    else if (updated) lacking += isAvailable(view, updated) ? 0 : 1;
    else if (old) (isAvailable(view, old) ? mayGo : mustGo).push(old);
  }
  return [...mustGo, ...mayGo.slice(0, Math.max(unavailable - lacking - mustGo.length, 0))];
}

function surging(view: DaemonView, tidy: readonly OnNode[], untidy: number, surge: number): { readonly create: readonly string[]; readonly delete: readonly Pod_[] } {
  const must: string[] = [];
  const may: string[] = [];
  const gone: Pod_[] = [];
  let both = untidy;
  for (const { name, updated, old } of tidy) {
    if (!old) continue;
    if (!updated) (isAvailable(view, old) ? may : must).push(name);
    else if (isAvailable(view, updated)) gone.push(old);
    else both++;
  }
  return { create: [...must, ...may.slice(0, Math.max(surge - both, 0))], delete: gone };
}

/** Source: updateDaemonSetStatus. */
export function planStatus(view: DaemonView): DaemonSetStatus {
  const { set, nodes, pods, hash } = view;
  const byNode = podsByNode(pods);
  const status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0, numberAvailable: 0 };
  for (const node of nodes) {
    const there = (byNode.get(node.metadata.name) ?? []).toSorted(byCreation);
    if (!wantsNode(set, node).run) {
      if (there.length > 0) status.numberMisscheduled++;
      continue;
    }
    status.desiredNumberScheduled++;
    const [pod] = there;
    if (!pod) continue;
    status.currentNumberScheduled++;
    if (isPodReady(pod)) status.numberReady++;
    if (isAvailable(view, pod)) status.numberAvailable++;
    if (isUpdated(pod, hash)) status.updatedNumberScheduled++;
  }
  const { collisionCount, conditions } = set.status;
  return {
    ...status,
    observedGeneration: set.metadata.generation ?? 0,
    numberUnavailable: status.desiredNumberScheduled - status.numberAvailable,
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions: conditions.map((condition) => ({ ...condition })) }),
  };
}
