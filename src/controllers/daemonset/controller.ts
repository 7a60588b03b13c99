import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision, DaemonSet, DaemonSetStatus } from '../../api/generated/apps-v1.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { isEmptySelector, matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf } from '../../component-helpers/owner-reference.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from '../claim.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { claimRevisions, ensureRevision, planRevisions, REVISION_HASH, trimHistory } from '../controller-revisions.ts';
import { FailedPodBackOff } from '../failed-pod-back-off.ts';
import { isNamespaceTerminating, PodControl } from '../pod-control.ts';
import { nextAvailableMs } from '../replicaset/plan.ts';
import { slowStart } from '../slow-start.ts';
import { withoutZeros } from '../without-zeros.ts';
import { daemonPod, targetNodeOf } from './daemon-pod.ts';
import { mergeRevisions } from './duplicate-revisions.ts';
import { type DaemonPlan, planDaemons, planStatus } from './plan.ts';

type Set_ = DeepReadonly<DaemonSet>;

/** Keeps one pod of a DaemonSet on every node that it wants. */
export class DaemonSetController extends Controller {
  readonly #client: Client;
  readonly #sets: Lister<DaemonSet>;
  readonly #pods: Lister<Pod>;
  readonly #nodes: Lister<Node>;
  readonly #revisions: Lister<ControllerRevision>;
  readonly #recorder: EventRecorder;
  readonly #podControl: PodControl;
  readonly #backOff = new FailedPodBackOff({ firstMs: 1000, maxMs: 900_000 });

  constructor(context: ControllerContext) {
    super({ name: 'daemonset-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    this.#sets = this.watch(context.informers.informer(daemonSets), (set) => [keyOf(set)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#setsOf(pod)).lister;
    this.#nodes = this.watch(context.informers.informer(nodes), (_, { before, after }) => (before && after && isSamePlace(before, after) ? [] : this.#sets.list().map(keyOf))).lister;
    this.#revisions = this.watch(context.informers.informer(controllerRevisions), (revision, { before }) => (before ? ownerOf(revision) : [])).lister;
    this.#recorder = this.owns(recorderFor(context, 'daemonset-controller'));
    this.#podControl = new PodControl(context.client, this.#recorder);
  }

  #setsOf(pod: DeepReadonly<Pod>): readonly string[] {
    const { namespace = '' } = pod.metadata;
    const controller = controllerOf(pod);
    if (controller) return controller.kind === 'DaemonSet' ? [`${namespace}/${controller.name}`] : [];
    return this.#sets.inNamespace(namespace).filter(({ spec }) => matcherOf(spec.selector)(pod.metadata.labels)).map(keyOf);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const set = this.#sets.get(key);
    if (!set) return;
    const about = referenceTo(daemonSets, set);
    if (isEmptySelector(set.spec.selector)) {
      this.#recorder.warning(about, 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.');
      return;
    }
    if (set.metadata.deletionTimestamp) return;
    const all = await this.#claim(set, signal);
    const owner = { ref: daemonSets, object: set, template: set.spec.template, collisionCount: set.status.collisionCount ?? 0, hashLabel: REVISION_HASH };
    const history = planRevisions(set.spec.template, await claimRevisions({ client: this.#client, signal }, owner, this.#revisions, matcherOf(set.spec.selector)));
    const current = await ensureRevision(this.#client, history, owner, signal);
    if (!current) return this.#countCollision(set, signal);
    if (history.duplicates.length > 0) return mergeRevisions(this.#client, current, history.duplicates, all, signal); // which brings the set back here
    const hash = current.metadata.labels?.[REVISION_HASH] ?? '';
    const view = { set, nodes: this.#nodes.list(), pods: all, hash, nowMs: this.clock.now() };
    const { plan, heldMs } = this.#withoutHeld(set, planDaemons(view), view.nowMs);
    const error = await this.#carryOut(set, plan, hash, signal);
    const live = new Set(all.map(({ metadata }) => metadata.labels?.[REVISION_HASH]));
    await trimHistory(this.#client, history.old, ({ metadata }) => live.has(metadata.labels?.[REVISION_HASH]), set.spec.revisionHistoryLimit ?? 10, signal);
    await this.#writeStatus(set, planStatus(view), signal);
    if (error) throw error;
    const afterMs = Math.min(nextAvailableMs(all, set.spec.minReadySeconds ?? 0, view.nowMs) ?? Infinity, heldMs);
    return afterMs === Infinity ? undefined : { afterMs };
  }

  async #claim(set: Set_, signal: AbortSignal): Promise<readonly DeepReadonly<Pod>[]> {
    const matches = matcherOf(set.spec.selector);
    const candidates = [...this.#pods.byIndex(byControllerUid, set.metadata.uid), ...this.#pods.byIndex(orphansByNamespace, set.metadata.namespace ?? '')];
    const claims = planClaims(set, candidates, (pod) => matches(pod.metadata.labels));
    return carryOutClaims({ client: this.#client, signal }, { ref: daemonSets, object: set }, pods, claims);
  }

  /** Failed pods that are held back stay where they are. */
  #withoutHeld(set: Set_, plan: DaemonPlan, nowMs: number): { readonly plan: DaemonPlan; readonly heldMs: number } {
    const held = new Map<DeepReadonly<Pod>, number>();
    for (const pod of plan.ended) {
      const heldMs = pod.status.phase === 'Failed' ? this.#backOff.heldMs(`${set.metadata.uid}/${set.status.observedGeneration ?? 0}/${targetNodeOf(pod)}`, nowMs) : undefined;
      if (heldMs !== undefined) held.set(pod, heldMs);
    }
    const others = (pods: readonly DeepReadonly<Pod>[]): DeepReadonly<Pod>[] => pods.filter((pod) => !held.has(pod));
    return { plan: { ...plan, ended: others(plan.ended), delete: others(plan.delete) }, heldMs: Math.min(Infinity, ...held.values()) };
  }

  async #countCollision(set: Set_, signal: AbortSignal): Promise<undefined> {
    await this.#writeStatus(set, { ...(set.status as DaemonSetStatus), collisionCount: (set.status.collisionCount ?? 0) + 1 }, signal);
  }

  async #carryOut(set: Set_, plan: DaemonPlan, hash: string, signal: AbortSignal): Promise<Error | undefined> {
    const about = referenceTo(daemonSets, set);
    for (const pod of plan.ended) {
      const where = `daemon pod ${keyOf(pod)} on node ${targetNodeOf(pod)}`;
      if (pod.status.phase === 'Failed') this.#recorder.warning(about, 'FailedDaemonPod', `Found failed ${where}, will try to kill it`);
      else this.#recorder.normal(about, 'SucceededDaemonPod', `Found succeeded ${where}, will try to delete it`);
    }
    const { error } = await slowStart(plan.create.length, async (index) => {
      await this.#podControl.create(daemonPod(set, plan.create[index] ?? '', hash), about, signal);
    });
    const deletions = await Promise.allSettled(plan.delete.map((pod) => this.#podControl.delete(pod, about, signal)));
    const failed = deletions.find((result) => result.status === 'rejected')?.reason as Error | undefined;
    return error === undefined || isNamespaceTerminating(error) ? failed : (error as Error);
  }

  async #writeStatus(set: Set_, status: DaemonSetStatus, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(withoutZeros(set.status), withoutZeros(status))) return;
    await this.#client.resource(daemonSets, set.metadata.namespace).updateStatus({ ...set, status }, { signal });
  }
}

/** A revision that is changed or deleted is made again; one that is new was made here, or is looked at with the next change. */
function ownerOf(revision: DeepReadonly<ControllerRevision>): readonly string[] {
  const controller = controllerOf(revision);
  return controller?.kind === 'DaemonSet' ? [`${revision.metadata.namespace}/${controller.name}`] : [];
}

/** Whether nothing changed that says which daemons belong there. */
function isSamePlace(one: DeepReadonly<Node>, other: DeepReadonly<Node>): boolean {
  return isDeepStrictEqual(one.metadata.labels, other.metadata.labels) && isDeepStrictEqual(one.spec.taints, other.spec.taints);
}
