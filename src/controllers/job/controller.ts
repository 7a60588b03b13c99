import { isDeepStrictEqual } from 'node:util';
import type { Job, JobStatus } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { jobs, pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { matcherOf } from '../../component-helpers/label-selector.ts';
import { controllerOf } from '../../component-helpers/owner-reference.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from '../claim.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating, PodControl } from '../pod-control.ts';
import { slowStart } from '../slow-start.ts';
import { withoutZeros } from '../without-zeros.ts';
import { jobPod } from './job-pod.ts';
import { isFinished, type JobPlan, planJob } from './plan.ts';
import { isTracked, TRACKING_FINALIZER } from './pod-outcome.ts';

/** Keys of pods that may have lost their Job. */
const ORPHAN = 'orphan:';

type Job_ = DeepReadonly<Job>;

interface CarriedOut {
  /** The first, after all was tried. */
  readonly error: Error | undefined;
  readonly deleted: readonly DeepReadonly<Pod>[];
  readonly created: number;
}

/** Runs the pods of Jobs to their end, and counts them. */
export class JobController extends Controller {
  readonly #client: Client;
  readonly #jobs: Lister<Job>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;
  readonly #podControl: PodControl;

  constructor(context: ControllerContext) {
    super({ name: 'job-controller', clock: context.clock, logger: context.logger, queue: { baseMs: 1000, maxMs: 60_000 } });
    this.#client = context.client;
    this.#jobs = this.watch(context.informers.informer(jobs), (job, { after }) => (after ? [keyOf(job)] : this.#orphansOf(job))).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#jobsOf(pod)).lister;
    this.#recorder = this.owns(recorderFor(context, 'job-controller'));
    this.#podControl = new PodControl(context.client, this.#recorder);
  }

  #jobsOf(pod: DeepReadonly<Pod>): readonly string[] {
    const { namespace = '' } = pod.metadata;
    const controller = controllerOf(pod);
    if (controller?.kind === 'Job') return this.#jobs.get(`${namespace}/${controller.name}`) ? [`${namespace}/${controller.name}`] : isTracked(pod) ? [`${ORPHAN}${keyOf(pod)}`] : [];
    const selecting = controller || pod.metadata.deletionTimestamp ? [] : this.#jobs.inNamespace(namespace).filter(({ spec }) => matcherOf(spec.selector)(pod.metadata.labels)).map(keyOf);
    return isTracked(pod) && selecting.length === 0 ? [`${ORPHAN}${keyOf(pod)}`] : selecting;
  }

  #orphansOf(job: Job_): readonly string[] {
    return this.#pods.byIndex(byControllerUid, job.metadata.uid).filter(isTracked).map((pod) => `${ORPHAN}${keyOf(pod)}`);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    if (key.startsWith(ORPHAN)) return this.#releaseOrphan(key.slice(ORPHAN.length), signal);
    const job = this.#jobs.get(key);
    if (!job || (job.spec.managedBy !== undefined && job.spec.managedBy !== 'kubernetes.io/job-controller')) return;
    const all = await this.#claim(job, signal);
    if (isFinished(job) || job.metadata.deletionTimestamp) {
      for (const pod of all) if (isTracked(pod)) await this.#release(pod, signal);
      return;
    }
    const plan = planJob(job, all, this.clock.now());
    const { error, deleted, created } = await this.#carryOut(job, plan, signal);
    await this.#writeStatus(job, statusAfter(plan.status, deleted, created), signal);
    for (const { type, reason, message } of plan.told) this.#recorder.record({ about: referenceTo(jobs, job), type, reason, message });
    for (const pod of plan.release) await this.#release(pod, signal);
    if (error) throw error;
    return plan.requeueMs === undefined ? undefined : { afterMs: plan.requeueMs };
  }

  async #claim(job: Job_, signal: AbortSignal): Promise<readonly DeepReadonly<Pod>[]> {
    const matches = matcherOf(job.spec.selector);
    const candidates = [...this.#pods.byIndex(byControllerUid, job.metadata.uid), ...this.#pods.byIndex(orphansByNamespace, job.metadata.namespace ?? '')];
    const claims = planClaims(job, candidates, (pod) => matches(pod.metadata.labels));
    return carryOutClaims({ client: this.#client, signal }, { ref: jobs, object: job }, pods, claims);
  }

  async #carryOut(job: Job_, plan: JobPlan, signal: AbortSignal): Promise<CarriedOut> {
    const about = referenceTo(jobs, job);
    let failed: Error | undefined;
    const deleted: DeepReadonly<Pod>[] = [];
    for (const pod of plan.delete) {
      try {
        if (!plan.countsDeleted) await this.#release(pod, signal);
        await this.#podControl.delete(pod, about, signal);
        deleted.push(pod);
      } catch (error) {
        if (signal.aborted) throw error;
        failed ??= error as Error;
      }
    }
    const { succeeded, error } = await slowStart(plan.create.length, async (index) => {
      await this.#podControl.create(jobPod(job, plan.create[index] ?? { index: undefined, failures: { counted: 0, ignored: 0 } }), about, signal);
    });
    const createError = error === undefined || isNamespaceTerminating(error) ? undefined : (error as Error);
    return { error: failed ?? createError, deleted, created: succeeded };
  }

  async #writeStatus(job: Job_, status: JobStatus, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(withoutZeros(job.status), withoutZeros(status))) return;
    await this.#client.resource(jobs, job.metadata.namespace).updateStatus({ ...job, status }, { signal });
  }

  /** Takes the finalizer off; its pod has been counted, or need not be. */
  async #release(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    if (!isTracked(pod)) return;
    try {
      const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };
      await this.#client.resource(pods, namespace).patch(name, { type: 'strategic', patch }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #releaseOrphan(key: string, signal: AbortSignal): Promise<undefined> {
    const pod = this.#pods.get(key);
    if (!pod || !isTracked(pod)) return;
    const controller = controllerOf(pod);
    const job = controller?.kind === 'Job' ? this.#jobs.get(`${pod.metadata.namespace}/${controller.name}`) : undefined;
    if (!job || job.metadata.uid !== controller?.uid) await this.#release(pod, signal);
  }
}

/** The counts once that was done: what was deleted is no longer active, nor ready, which the API checks against each other. */
function statusAfter(status: JobStatus, deleted: CarriedOut['deleted'], created: number): JobStatus {
  const { active = 0, ready = 0, terminating = 0 } = status;
  return { ...status, active: active - deleted.length + created, ready: ready - deleted.filter(isPodReady).length, terminating: terminating + deleted.length };
}
