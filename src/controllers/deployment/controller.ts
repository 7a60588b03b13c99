import { isDeepStrictEqual } from 'node:util';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { deployments, pods, replicaSets } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { isEmptySelector, matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf, isControlledBy } from '../../component-helpers/owner-reference.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from '../claim.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { oldSetsOf, planRollout, type Scaling, sizeOf } from './plan.ts';
import { annotationsOfNewSet, isSameTemplate, newSetDraft, newSetOf, nextRevision, REVISION, sizeAnnotations } from './revisions.ts';
import { planRollback, type Rollback } from './rollback.ts';
import { conditionOf, countStatus, hasProgressDeadline, planRolloutStatus, progressCheckAfterMs, withCondition } from './status.ts';

type Set_ = DeepReadonly<ReplicaSet>;
type Deploy = DeepReadonly<Deployment>;

/** Moves the pods of a Deployment to its present template, from ReplicaSet to ReplicaSet. */
export class DeploymentController extends Controller {
  readonly #client: Client;
  readonly #deployments: Lister<Deployment>;
  readonly #sets: Lister<ReplicaSet>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'deployment-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#deployments = this.watch(context.informers.informer(deployments), (deployment) => [keyOf(deployment)]).lister;
    this.#sets = this.watch(context.informers.informer(replicaSets), (set) => this.#deploymentsOf(set)).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod, { after }) => (after ? [] : this.#deploymentOfPod(pod))).lister;
    this.#recorder = this.owns(recorderFor(context, 'deployment-controller'));
  }

  #deploymentsOf(set: Set_): readonly string[] {
    const { namespace = '' } = set.metadata;
    const controller = controllerOf(set);
    if (controller) return controller.kind === 'Deployment' ? [`${namespace}/${controller.name}`] : [];
    if (set.metadata.deletionTimestamp) return [];
    return this.#deployments.inNamespace(namespace).filter(({ spec }) => matcherOf(spec.selector)(set.metadata.labels)).map(keyOf);
  }

  /** A pod that is gone may be the last that a Recreate waits for. */
  #deploymentOfPod(pod: DeepReadonly<Pod>): readonly string[] {
    const owner = controllerOf(pod);
    const set = owner?.kind === 'ReplicaSet' ? this.#sets.get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
    return set ? this.#deploymentsOf(set) : [];
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const cached = this.#deployments.get(key);
    if (!cached) return;
    const about = referenceTo(deployments, cached);
    if (isEmptySelector(cached.spec.selector)) {
      this.#recorder.warning(about, 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
      return;
    }
    const sets = await this.#claim(cached, signal);
    if (cached.metadata.deletionTimestamp) return this.#writeStatus(cached, cached, countStatus(cached, sets, newSetOf(cached, sets), this.clock.now()), signal);
    const deployment = withPausedCondition(cached, this.clock.now());
    return this.#rollOut(cached, deployment, sets, signal);
  }

  async #claim(deployment: Deploy, signal: AbortSignal): Promise<readonly Set_[]> {
    const matches = matcherOf(deployment.spec.selector);
    const own = this.#sets.byIndex(byControllerUid, deployment.metadata.uid);
    const orphans = this.#sets.byIndex(orphansByNamespace, deployment.metadata.namespace ?? '');
    const claims = planClaims(deployment, [...own, ...orphans], (set) => matches(set.metadata.labels));
    return carryOutClaims({ client: this.#client, signal }, { ref: deployments, object: deployment }, replicaSets, claims);
  }

  /** One step: `cached` is what the cache holds, `deployment` the same with what this turn wants written. */
  async #rollOut(cached: Deploy, deployment: Deploy, claimed: readonly Set_[], signal: AbortSignal): Promise<RequeueAfter | undefined> {
    let sets = claimed;
    let wanted = deployment;
    let newSet = newSetOf(deployment, sets);
    const revision = nextRevision(oldSetsOf(sets, newSet));
    if (newSet) {
      const known = newSet;
      newSet = await this.#annotate(deployment, known, revision, signal);
      sets = sets.map((set) => (set === known ? (newSet ?? set) : set));
      wanted = withProgress(withRevision(wanted, newSet), 'FoundNewReplicaSet', `Found new replica set ${JSON.stringify(newSet.metadata.name)}`, this.clock.now());
    }
    const rollback = newSet && planRollback(wanted, sets);
    if (rollback) return this.#rollBack(rollback, signal);
    const pods = sets.flatMap((set) => this.#pods.byIndex(byControllerUid, set.metadata.uid));
    const plan = planRollout(wanted, sets, pods);
    if (plan.create) {
      newSet = await this.#createSet(cached, wanted, plan.create.replicas, revision, signal);
      if (!newSet) return;
      sets = [...sets, newSet];
      wanted = withRevision(wanted, newSet);
      const message = `Created new replica set ${JSON.stringify(newSet.metadata.name)}`;
      if (hasProgressDeadline(wanted)) wanted = replaceConditions(wanted, withCondition(wanted.status.conditions, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message }, this.clock.now()));
    }
    for (const scaling of plan.scale) {
      const scaled = await this.#scale(wanted, scaling, signal);
      sets = sets.map((set) => (set === scaling.set ? scaled : set));
      if (newSet === scaling.set) newSet = scaled;
    }
    for (const { metadata } of plan.delete) await this.#deleteSet(metadata, signal);
    const nowMs = this.clock.now();
    const isRolling = !wanted.spec.paused;
    const status = isRolling ? planRolloutStatus(wanted, sets, newSet, nowMs) : countStatus(wanted, sets, newSet, nowMs);
    await this.#writeStatus(cached, wanted, status, signal);
    const afterMs = isRolling ? progressCheckAfterMs(wanted, status, nowMs) : undefined;
    return afterMs === undefined ? undefined : { afterMs };
  }

  async #rollBack({ deployment, event: { type, reason, message } }: Rollback, signal: AbortSignal): Promise<undefined> {
    await this.#client.resource(deployments, deployment.metadata.namespace).update(deployment, { signal });
    this.#recorder.record({ about: referenceTo(deployments, deployment), type, reason, message });
  }

  async #annotate(deployment: Deploy, set: Set_, revision: bigint, signal: AbortSignal): Promise<Set_> {
    const annotations = annotationsOfNewSet(deployment, set, revision);
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    if (isDeepStrictEqual(annotations, { ...set.metadata.annotations }) && (set.spec.minReadySeconds ?? 0) === minReadySeconds) return set;
    const updated = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, minReadySeconds } };
    return this.#client.resource(replicaSets, set.metadata.namespace).update(updated, { signal });
  }

  async #createSet(cached: Deploy, deployment: Deploy, replicas: number, revision: bigint, signal: AbortSignal): Promise<Set_ | undefined> {
    const draft = newSetDraft(deployment, deployments, replicas, revision);
    const { name = '' } = draft.metadata;
    const client = this.#client.resource(replicaSets, deployment.metadata.namespace);
    try {
      const set = await client.create(draft, { signal });
      if (replicas > 0) this.#recorder.normal(referenceTo(deployments, deployment), 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`);
      return set;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (hasReason(error, 'AlreadyExists')) {
        const set = await client.get(name, { signal });
        if (isControlledBy(set, deployment) && isSameTemplate(set.spec.template, deployment.spec.template)) return set;
        const status = { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 };
        await this.#client.resource(deployments, deployment.metadata.namespace).updateStatus({ ...cached, status }, { signal });
        throw error;
      }
      if (!signal.aborted) await this.#tellFailedCreate(cached, deployment, name, error as Error, signal);
      throw error;
    }
  }

  async #tellFailedCreate(cached: Deploy, deployment: Deploy, name: string, error: Error, signal: AbortSignal): Promise<void> {
    const message = `Failed to create new replica set ${JSON.stringify(name)}: ${error.message}`;
    this.#recorder.warning(referenceTo(deployments, deployment), 'ReplicaSetCreateError', message);
    if (!hasProgressDeadline(deployment)) return;
    const condition = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message };
    const conditions = withCondition(deployment.status.conditions, condition, this.clock.now());
    await this.#writeStatus(cached, deployment, { ...(deployment.status as DeploymentStatus), conditions }, signal);
  }

  async #scale(deployment: Deploy, { set, replicas }: Scaling, signal: AbortSignal): Promise<Set_> {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    const before = sizeOf(set);
    if (before === replicas && isDeepStrictEqual(annotations, { ...set.metadata.annotations })) return set;
    const updated = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
    const scaled = await this.#client.resource(replicaSets, set.metadata.namespace).update(updated, { signal });
    const direction = replicas > before ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    if (before !== replicas) this.#recorder.normal(referenceTo(deployments, deployment), 'ScalingReplicaSet', message);
    return scaled;
  }

  async #deleteSet({ name, namespace, uid }: Set_['metadata'], signal: AbortSignal): Promise<void> {
    try {
      await this.#client.resource(replicaSets, namespace).delete(name, { preconditions: { uid }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #writeStatus(cached: Deploy, wanted: Deploy, status: DeploymentStatus, signal: AbortSignal): Promise<undefined> {
    const isSameRevision = cached.metadata.annotations?.[REVISION] === wanted.metadata.annotations?.[REVISION];
    if (isSameRevision && isDeepStrictEqual(comparable(cached.status), comparable(status))) return;
    await this.#client.resource(deployments, cached.metadata.namespace).updateStatus({ ...wanted, status } as Deployment, { signal });
  }
}

/** Counts that are 0 are absent in the API; the order of conditions says nothing. */
function comparable(status: DeepReadonly<DeploymentStatus>): object {
  const entries = Object.entries({ ...status, conditions: undefined }).filter(([, value]) => value !== 0 && value !== undefined);
  const conditions = [...(status.conditions ?? [])].sort((one, other) => (one.type < other.type ? -1 : 1));
  return { ...Object.fromEntries(entries), conditions };
}

function replaceConditions(deployment: Deploy, conditions: Deploy['status']['conditions']): Deploy {
  return { ...deployment, status: { ...deployment.status, ...(conditions && { conditions }) } };
}

function withRevision(deployment: Deploy, newSet: Set_): Deploy {
  const revision = newSet.metadata.annotations?.[REVISION];
  if (revision === undefined || deployment.metadata.annotations?.[REVISION] === revision) return deployment;
  return { ...deployment, metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } } };
}

/** A rollout whose set was there before it began has a Progressing condition too. */
function withProgress(deployment: Deploy, reason: string, message: string, nowMs: number): Deploy {
  if (!hasProgressDeadline(deployment) || conditionOf(deployment.status.conditions, 'Progressing')) return deployment;
  return replaceConditions(deployment, withCondition(deployment.status.conditions, { type: 'Progressing', status: 'True', reason, message }, nowMs));
}

/** A paused Deployment cannot time out; a resumed one starts its deadline anew. Source: checkPausedConditions. */
function withPausedCondition(deployment: Deploy, nowMs: number): Deploy {
  if (!hasProgressDeadline(deployment)) return deployment;
  const known = conditionOf(deployment.status.conditions, 'Progressing');
  if (known?.reason === 'ProgressDeadlineExceeded') return deployment;
  const isMarked = known?.reason === 'DeploymentPaused';
  if (Boolean(deployment.spec.paused) === isMarked) return deployment;
  const [reason, message] = isMarked ? ['DeploymentResumed', 'Deployment is resumed'] : ['DeploymentPaused', 'Deployment is paused'];
  return replaceConditions(deployment, withCondition(deployment.status.conditions, { type: 'Progressing', status: 'Unknown', reason, message }, nowMs));
}
