import { isDeepStrictEqual } from 'node:util';
import type { ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Scale } from '../../api/generated/autoscaling-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/generated/policy-v1.ts';
import { deployments, podDisruptionBudgets, pods, replicaSets, replicationControllers, statefulSets } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject, OwnerReference, ResourceRef } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { isEmptySelector, matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf } from '../../component-helpers/owner-reference.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { type DiscoveredResource, discoverPreferred } from '../discovery.ts';
import { withoutZeros } from '../without-zeros.ts';
import { expectationOf, needsScale, planBudget, planFailedBudget } from './plan.ts';
import { selectorText } from './selector-text.ts';
import { staleInMs, takeBackDisruption } from './stale-disruption.ts';

type Budget = DeepReadonly<PodDisruptionBudget>;
type Scaled = KubeObject & { readonly spec: { readonly replicas?: number } };

/** Keys of pods that say that they are about to be disrupted. */
const DISRUPTED = 'disrupted:';

/** Counts for every PodDisruptionBudget how many pods evictions may take. */
export class DisruptionController extends Controller {
  readonly #client: Client;
  readonly #budgets: Lister<PodDisruptionBudget>;
  readonly #pods: Lister<Pod>;
  readonly #scaled = new Map<string, Lister<Scaled>>();
  readonly #recorder: EventRecorder;
  /** Resources that only their scale subresource tells the size of, by group and kind. */
  readonly #others = new Map<string, DiscoveredResource>();

  constructor(context: ControllerContext) {
    super({ name: 'disruption-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    const { informers } = context;
    this.#budgets = this.watch(informers.informer(podDisruptionBudgets), (budget) => [keyOf(budget)]).lister;
    this.#pods = this.watch(informers.informer(pods), (pod, { after }) => this.#keysOf(pod, pod === after)).lister;
    for (const ref of [deployments, replicaSets, statefulSets, replicationControllers] as readonly ResourceRef<Scaled>[]) {
      const watched = this.watch(informers.informer(ref), (owner, { before, after }) => (before?.spec.replicas === after?.spec.replicas ? [] : this.#budgets.inNamespace(owner.metadata.namespace ?? '').map(keyOf)));
      this.#scaled.set(`${ref.group}/${ref.kind}`, watched.lister);
    }
    this.#recorder = this.owns(recorderFor(context, 'controllermanager'));
  }

  #budgetsOf(pod: DeepReadonly<Pod>): readonly string[] {
    return this.#budgets.inNamespace(pod.metadata.namespace ?? '').filter((budget) => selects(budget, pod)).map(keyOf);
  }

  #keysOf(pod: DeepReadonly<Pod>, isNow: boolean): readonly string[] {
    const budgets = this.#budgetsOf(pod);
    return isNow && staleInMs(pod, this.clock.now()) !== undefined ? [...budgets, `${DISRUPTED}${keyOf(pod)}`] : budgets;
  }

  async #checkDisrupted(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const pod = this.#pods.get(key);
    const afterMs = pod && staleInMs(pod, this.clock.now());
    if (!pod || afterMs === undefined) return;
    if (afterMs > 0) return { afterMs };
    await takeBackDisruption(this.#client, pod, this.clock.now(), signal);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    if (key.startsWith(DISRUPTED)) return this.#checkDisrupted(key.slice(DISRUPTED.length), signal);
    const budget = this.#budgets.get(key);
    if (!budget) return;
    const about = referenceTo(podDisruptionBudgets, budget);
    const selected = this.#pods.inNamespace(budget.metadata.namespace ?? '').filter((pod) => selects(budget, pod));
    if (selected.length === 0) this.#recorder.normal(about, 'NoPods', 'No matching pods found');
    try {
      const scale = needsScale(budget) ? await this.#scaleOf(selected, signal) : 0;
      if (needsScale(budget) && selected.some((pod) => !controllerOf(pod))) this.#recorder.warning(about, 'UnmanagedPods', unmanagedPods(budget));
      const { status, recheckMs, notDeleted } = planBudget(budget, selected, expectationOf(budget, selected.length, scale), this.clock.now());
      const byWhom = `${budget.metadata.namespace}/${budget.metadata.name}`;
      for (const pod of notDeleted) this.#recorder.warning(referenceTo(pods, pod), 'NotDeleted', `Pod was expected by PDB ${byWhom} to be deleted but it wasn't`);
      await this.#write(budget, status, signal);
      return recheckMs === undefined ? undefined : { afterMs: recheckMs };
    } catch (error) {
      if (signal.aborted || hasReason(error, 'Conflict', 'NotFound')) throw error;
      if (!(error instanceof UnknownScaleError)) throw error;
      this.#recorder.warning(about, 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${error.message}`);
      await this.#write(budget, planFailedBudget(budget, error.message, this.clock.now()), signal);
      throw error;
    }
  }

  /** What the controllers of the pods want together; pods that nobody controls do not count. Throws UnknownScaleError for one whose controller is gone. */
  async #scaleOf(selected: readonly DeepReadonly<Pod>[], signal: AbortSignal): Promise<number> {
    const seen = new Set<string>();
    const scales = new Map<string, number>();
    for (const pod of selected) {
      const owner = controllerOf(pod);
      if (!owner || seen.has(owner.uid)) continue;
      seen.add(owner.uid);
      const found = await this.#ownerScale(owner, pod.metadata.namespace ?? '', signal);
      if (!found) throw new UnknownScaleError(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
      scales.set(found.uid, found.replicas);
    }
    return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  }

  /** Of a ReplicaSet that a Deployment has, the Deployment's. */
  async #ownerScale(owner: DeepReadonly<OwnerReference>, namespace: string, signal: AbortSignal): Promise<OwnerScale | undefined> {
    const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '';
    const found = this.#scaled.get(`${group}/${owner.kind}`)?.get(`${namespace}/${owner.name}`);
    if (found?.metadata.uid !== owner.uid) return this.#scaleSubresource(owner, group, namespace, signal);
    const above = owner.kind === 'ReplicaSet' ? controllerOf(found as unknown as DeepReadonly<ReplicaSet>) : undefined;
    const deployment = above?.kind === 'Deployment' ? this.#scaled.get('apps/Deployment')?.get(`${namespace}/${above.name}`) : undefined;
    const sized = deployment && deployment.metadata.uid === above?.uid ? deployment : found;
    return { uid: sized.metadata.uid, replicas: sized.spec.replicas ?? 1 };
  }

  async #scaleSubresource(owner: DeepReadonly<OwnerReference>, group: string, namespace: string, signal: AbortSignal): Promise<OwnerScale | undefined> {
    const kind = `${group}/${owner.kind}`;
    if (!this.#others.has(kind)) for (const ref of (await discoverPreferred(this.#client, signal)).resources) this.#others.set(`${ref.group}/${ref.kind}`, ref);
    const ref = this.#others.get(kind);
    if (!ref) throw new UnknownScaleError(`no matches for kind ${JSON.stringify(owner.kind)} in group ${JSON.stringify(group)}`);
    try {
      const { metadata, spec } = await this.#client.resource(ref, namespace).subresource<DeepReadonly<Scale>>(owner.name, 'scale', { method: 'GET', signal });
      return metadata.uid === owner.uid ? { uid: owner.uid, replicas: spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      if (error.code !== 404) throw new UnknownScaleError(error.message, { cause: error });
      if (ref.subresources.has('scale')) return undefined;
      throw new UnknownScaleError(`${ref.resource}${ref.group && `.${ref.group}`} does not implement the scale subresource`, { cause: error });
    }
  }

  async #write(budget: Budget, status: PodDisruptionBudgetStatus, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(withoutZeros(budget.status), withoutZeros(status))) return;
    await this.#client.resource(podDisruptionBudgets, budget.metadata.namespace).updateStatus({ ...budget, status }, { signal });
  }
}

interface OwnerScale {
  readonly uid: string;
  readonly replicas: number;
}

/** How many pods there are to be cannot be told. */
class UnknownScaleError extends Error {}

function unmanagedPods({ spec }: Budget): string {
  const advice = 'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
  const effect = 'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior.';
  return `Pods selected by this PodDisruptionBudget (selector: ${selectorText(spec.selector ?? {})}) were found to be unmanaged. ${effect} ${advice}`;
}

function selects({ spec, metadata }: Budget, pod: DeepReadonly<Pod>): boolean {
  if (!spec.selector || metadata.namespace !== pod.metadata.namespace) return false;
  return isEmptySelector(spec.selector) || matcherOf(spec.selector)(pod.metadata.labels);
}
