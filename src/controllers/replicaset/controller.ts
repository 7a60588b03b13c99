import { isDeepStrictEqual } from 'node:util';
import type { ReplicaSet, ReplicaSetStatus } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { pods, replicaSets } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { apiVersionOf, keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { referenceTo } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf, controllerReference } from '../../component-helpers/owner-reference.ts';
import { isPodActive } from '../../component-helpers/pod-state.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from '../claim.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../pod-control.ts';
import { slowStart } from '../slow-start.ts';
import { withoutZeros } from '../without-zeros.ts';
import { heldByRefusalsMs, nextAvailableMs, planReplicas, planStatus, type ReplicasPlan } from './plan.ts';

/** Of which resource the controller keeps the pods: ReplicationControllers have the same shape, once their selector is one. */
export interface ReplicaSetLike {
  readonly name: string;
  readonly ref: ResourceRef<KubeObject>;
  /** As a ReplicaSet. */
  readonly view: (object: DeepReadonly<KubeObject>) => DeepReadonly<ReplicaSet>;
}

const replicaSetKind: ReplicaSetLike = { name: 'replicaset-controller', ref: replicaSets, view: (object) => object as DeepReadonly<ReplicaSet> };

/** Keeps as many pods of a ReplicaSet as it asks for. */
export class ReplicaSetController extends Controller {
  readonly #client: Client;
  readonly #kind: ReplicaSetLike;
  readonly #sets: Lister<KubeObject>;
  readonly #pods: Lister<Pod>;
  readonly #podControl: PodControl;

  constructor(context: ControllerContext, kind: ReplicaSetLike = replicaSetKind) {
    super({ name: kind.name, clock: context.clock, logger: context.logger, workers: 5 });
    this.#client = context.client;
    this.#kind = kind;
    const sets: Informer<KubeObject> = context.informers.informer(kind.ref);
    this.#sets = this.watch(sets, (set) => [keyOf(set)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#setsOf(pod)).lister;
    this.#podControl = new PodControl(context.client, this.owns(recorderFor(context, kind.name)));
  }

  /** The set that controls the pod; for an orphan all that select it. */
  #setsOf(pod: DeepReadonly<Pod>): readonly string[] {
    const { namespace } = pod.metadata;
    const controller = controllerOf(pod);
    if (controller) return controller.kind === this.#kind.ref.kind && controller.apiVersion === apiVersionOf(this.#kind.ref) ? [`${namespace}/${controller.name}`] : [];
    if (pod.metadata.deletionTimestamp !== undefined) return [];
    return this.#sets.inNamespace(namespace ?? '').filter((set) => matcherOf(this.#kind.view(set).spec.selector)(pod.metadata.labels)).map((set) => keyOf(set as KubeObject));
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const object = this.#sets.get(key);
    if (!object) return; // gone: its pods are the garbage collector's
    const set = this.#kind.view(object);
    const all = await this.#claim(set, signal);
    const active = all.filter(isPodActive);
    const nowMs = this.clock.now();
    const wanted = planReplicas(set, active, () => this.#related(set, active), nowMs);
    const heldMs = wanted.create > 0 ? heldByRefusalsMs(all, nowMs) : undefined;
    const plan = heldMs === undefined ? wanted : { ...wanted, create: 0 };
    const failed = await this.#carryOut(set, plan, signal);
    const failure = failed && { reason: plan.create > 0 ? ('FailedCreate' as const) : ('FailedDelete' as const), message: failed.message };
    await this.#writeStatus(object, set, planStatus(set, all, failure, nowMs), signal);
    if (failed) throw failed;
    const availableMs = set.spec.minReadySeconds ? nextAvailableMs(active, set.spec.minReadySeconds, nowMs) : undefined;
    const afterMs = Math.min(availableMs ?? Infinity, heldMs ?? Infinity);
    return afterMs === Infinity ? undefined : { afterMs };
  }

  async #claim(set: DeepReadonly<ReplicaSet>, signal: AbortSignal): Promise<readonly DeepReadonly<Pod>[]> {
    const matches = matcherOf(set.spec.selector);
    const own = this.#pods.byIndex(byControllerUid, set.metadata.uid);
    const orphans = this.#pods.byIndex(orphansByNamespace, set.metadata.namespace ?? '').filter(isPodActive);
    const claims = planClaims(set, orphans.length === 0 ? own : [...own, ...orphans], (pod) => matches(pod.metadata.labels));
    return carryOutClaims({ client: this.#client, signal }, { ref: this.#kind.ref, object: set }, pods, claims);
  }

  /** Pods of all sets that the set's owner controls: where many of them share a node, one can go. */
  #related(set: DeepReadonly<ReplicaSet>, own: readonly DeepReadonly<Pod>[]): readonly DeepReadonly<Pod>[] {
    const owner = controllerOf(set);
    if (!owner) return own;
    const siblings = this.#sets.byIndex(byControllerUid, owner.uid);
    return siblings.flatMap((sibling) => this.#pods.byIndex(byControllerUid, sibling.metadata.uid).filter(isPodActive));
  }

  async #carryOut(set: DeepReadonly<ReplicaSet>, plan: ReplicasPlan, signal: AbortSignal): Promise<Error | undefined> {
    const about = referenceTo(this.#kind.ref, set);
    const { name, namespace = '' } = set.metadata;
    if (plan.create > 0) {
      const draft = podFromTemplate(set.spec.template, { name, namespace, reference: controllerReference(set, this.#kind.ref) });
      const { error } = await slowStart(plan.create, async () => {
        await this.#podControl.create(draft, about, signal);
      });
      return error === undefined || isNamespaceTerminating(error) ? undefined : (error as Error);
    }
    const results = await Promise.allSettled(plan.delete.map((pod) => this.#podControl.delete(pod, about, signal)));
    return results.find((result) => result.status === 'rejected')?.reason as Error | undefined;
  }

  async #writeStatus(object: DeepReadonly<KubeObject>, set: DeepReadonly<ReplicaSet>, status: ReplicaSetStatus, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(withoutZeros(set.status), withoutZeros(status))) return;
    const updated = { ...object, status } as DeepReadonly<KubeObject>;
    try {
      await this.#client.resource(this.#kind.ref, set.metadata.namespace).updateStatus(updated, { signal });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      throw error;
    }
  }
}
