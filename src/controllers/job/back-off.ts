import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { failuresOf } from './index-failures.ts';
import { endOf, outcomeOf } from './pod-outcome.ts';

type Pod_ = DeepReadonly<Pod>;

const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 600_000;

/** How long new pods wait after so many failures, the last of them at `lastMs`: 10 s, doubled by each after the first, at most 10 min. */
function leftMs(failures: number, lastMs: number, nowMs: number): number {
  return failures === 0 ? 0 : Math.max(lastMs + Math.min(BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS) - nowMs, 0);
}

/** How long a Job makes no pods, for its failures since the last success. Source: backoff_utils.go, getRemainingTime. */
export function backOffMs(job: DeepReadonly<Job>, pods: readonly Pod_[], nowMs: number): number {
  const ended = pods.filter((pod) => outcomeOf(job, pod) !== undefined).map((pod) => ({ isFailed: outcomeOf(job, pod) === 'failed', atMs: endOf(pod) }));
  const lastSuccessMs = Math.max(-Infinity, ...ended.filter(({ isFailed }) => !isFailed).map(({ atMs }) => atMs));
  const failures = ended.filter(({ isFailed, atMs }) => isFailed && atMs > lastSuccessMs);
  return leftMs(failures.length, Math.max(...failures.map(({ atMs }) => atMs)), nowMs);
}

/** How long an index waits after the pod of it that failed last. Source: getRemainingTimePerIndex. */
export function indexBackOffMs(failed: Pod_ | undefined, nowMs: number): number {
  return failed ? leftMs(failuresOf(failed), endOf(failed), nowMs) : 0;
}
