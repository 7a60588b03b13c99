import { isDeepStrictEqual } from 'node:util';
import type { CronJob, Job } from '../../api/generated/batch-v1.ts';
import { cronJobs, jobs } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import { byControllerUid, type Lister } from '../../client/lister.ts';
import { controllerOf, isControlledBy } from '../../component-helpers/owner-reference.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { nextDueMs, planCronJob, withActive } from './plan.ts';

type CronJob_ = DeepReadonly<CronJob>;

/** Starts Jobs when they are due. */
export class CronJobController extends Controller {
  readonly #client: Client;
  readonly #cronJobs: Lister<CronJob>;
  readonly #jobs: Lister<Job>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'cronjob-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#cronJobs = this.watch(context.informers.informer(cronJobs), (cronJob, change) => this.#keysOf(cronJob, change)).lister;
    this.#jobs = this.watch(context.informers.informer(jobs), (job) => {
      const controller = controllerOf(job);
      return controller?.kind === 'CronJob' ? [`${job.metadata.namespace}/${controller.name}`] : [];
    }).lister;
    this.#recorder = this.owns(recorderFor(context, 'cronjob-controller'));
  }

  /** A CronJob whose schedule is changed is not looked at before it is due by the new one: what that would have missed was never to be started. Source: updateCronJob. */
  #keysOf(cronJob: CronJob_, { before, after }: Change<CronJob>): readonly string[] {
    const isRescheduled = before && after && (before.spec.schedule !== after.spec.schedule || before.spec.timeZone !== after.spec.timeZone);
    const afterMs = isRescheduled ? nextDueMs(after, this.clock.now()) : undefined;
    if (afterMs === undefined) return [keyOf(cronJob)];
    this.queue.addAfter(keyOf(cronJob), afterMs);
    return [];
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const cronJob = this.#cronJobs.get(key);
    if (!cronJob) return;
    const plan = planCronJob(cronJob, this.#jobs.byIndex(byControllerUid, cronJob.metadata.uid), this.clock.now());
    for (const told of plan.told) this.#recorder.record({ about: referenceTo(cronJobs, cronJob), ...told });
    for (const job of [...plan.expire, ...plan.replace]) await this.#deleteJob(cronJob, job, signal);
    const created = plan.create && (await this.#createJob(cronJob, plan.create, signal));
    const status = created ? withActive(plan.status, created) : plan.status;
    const isLeft = plan.create !== undefined && !created; // the namespace is going, or somebody else has made a job of that name, and answers for it
    if (!isLeft && !isDeepStrictEqual(comparable(cronJob.status), comparable(status))) await this.#client.resource(cronJobs, cronJob.metadata.namespace).updateStatus({ ...cronJob, status }, { signal });
    return plan.requeueMs === undefined ? undefined : { afterMs: plan.requeueMs };
  }

  async #createJob(cronJob: CronJob_, draft: Draft<Job>, signal: AbortSignal): Promise<DeepReadonly<Job> | undefined> {
    const about = referenceTo(cronJobs, cronJob);
    const { name = '' } = draft.metadata;
    const resource = this.#client.resource(jobs, cronJob.metadata.namespace);
    try {
      const job = await resource.create(draft, { signal });
      this.#recorder.normal(about, 'SuccessfulCreate', `Created job ${name}`);
      return job;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (hasReason(error, 'AlreadyExists')) {
        const known = await resource.get(name, { signal });
        return isControlledBy(known, cronJob) ? known : undefined;
      }
      if (!signal.aborted) this.#recorder.warning(about, 'FailedCreate', `Error creating job: ${(error as Error).message}`);
      throw error;
    }
  }

  async #deleteJob(cronJob: CronJob_, job: DeepReadonly<Job>, signal: AbortSignal): Promise<void> {
    const about = referenceTo(cronJobs, cronJob);
    const { name, namespace, uid } = job.metadata;
    try {
      await this.#client.resource(jobs, namespace).delete(name, { propagationPolicy: 'Background', preconditions: { uid }, signal });
      this.#recorder.normal(about, 'SuccessfulDelete', `Deleted job ${name}`);
    } catch (error) {
      if (hasReason(error, 'NotFound', 'Conflict')) return;
      if (!signal.aborted) this.#recorder.warning(about, 'FailedDelete', `Deleted job: ${(error as Error).message}`);
      throw error;
    }
  }
}

function comparable(status: CronJob_['status'] | undefined): unknown {
  return JSON.parse(JSON.stringify({ ...status, active: status?.active ?? [] }));
}
