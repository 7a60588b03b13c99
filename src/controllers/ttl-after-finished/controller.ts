import type { Job } from '../../api/generated/batch-v1.ts';
import { jobs } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';

/** When a finished Job that wants to go is due, in ms since 1970; undefined: it is not finished, or stays. Source: pkg/controller/ttlafterfinished. */
export function expiryOf({ spec, status, metadata }: DeepReadonly<Job>): number | undefined {
  if (spec.ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const finished = status.conditions?.find(({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True');
  return finished?.lastTransitionTime === undefined ? undefined : Date.parse(finished.lastTransitionTime) + spec.ttlSecondsAfterFinished * 1000;
}

/** Deletes Jobs `ttlSecondsAfterFinished` after their end. */
export class TTLAfterFinishedController extends Controller {
  readonly #client: Client;
  readonly #jobs: Lister<Job>;

  constructor(context: ControllerContext) {
    super({ name: 'ttl-after-finished-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#jobs = this.watch(context.informers.informer(jobs), (job) => (job.spec.ttlSecondsAfterFinished === undefined ? [] : [keyOf(job)])).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const cached = this.#jobs.get(key);
    const dueMs = cached && expiryOf(cached);
    if (!cached || dueMs === undefined) return;
    const afterMs = dueMs - this.clock.now();
    if (afterMs > 0) return { afterMs };
    const { name, namespace } = cached.metadata;
    const resource = this.#client.resource(jobs, namespace);
    try {
      // Asked anew: somebody may have given the Job more time.
      const { metadata, ...fresh } = await resource.get(name, { signal });
      const freshMs = expiryOf({ metadata, ...fresh });
      if (freshMs === undefined || metadata.uid !== cached.metadata.uid) return;
      if (freshMs > this.clock.now()) return { afterMs: freshMs - this.clock.now() };
      await resource.delete(name, { propagationPolicy: 'Foreground', preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
    return undefined;
  }
}
