import type { Job, PodFailurePolicyRule } from '../../api/generated/batch-v1.ts';
import type { ContainerStatus, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const INDEX_KEY = 'batch.kubernetes.io/job-completion-index';
export const FAILURE_COUNT_KEY = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURE_COUNT_KEY = 'batch.kubernetes.io/job-index-ignored-failure-count';

type Pod_ = DeepReadonly<Pod>;
type Job_ = DeepReadonly<Job>;

export function isTracked({ metadata }: Pod_): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** How a pod ended, as its Job counts it; a pod that is being deleted has failed, unless only failed ones are to be replaced. */
export function outcomeOf(job: Job_, pod: Pod_): 'succeeded' | 'failed' | undefined {
  if (pod.status.phase === 'Succeeded') return 'succeeded';
  if (pod.status.phase === 'Failed') return 'failed';
  return pod.metadata.deletionTimestamp !== undefined && job.spec.podReplacementPolicy !== 'Failed' ? 'failed' : undefined;
}

export function isActive({ status, metadata }: Pod_): boolean {
  return status.phase !== 'Succeeded' && status.phase !== 'Failed' && metadata.deletionTimestamp === undefined;
}

export function isTerminating({ status, metadata }: Pod_): boolean {
  return status.phase !== 'Succeeded' && status.phase !== 'Failed' && metadata.deletionTimestamp !== undefined;
}

/** The completion index of a pod of an indexed Job; undefined for one that has none. */
export function indexOf({ metadata }: Pod_): number | undefined {
  const text = metadata.annotations?.[INDEX_KEY];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export interface FailureVerdict {
  readonly action: string;
  readonly message: string;
}

/** The first rule of the Job's pod failure policy that a failed pod matches. Source: pkg/controller/job/pod_failure_policy.go, KEP-3329. */
export function failureVerdict(job: Job_, pod: Pod_): FailureVerdict | undefined {
  if (pod.status.phase !== 'Failed') return undefined;
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = rule.onExitCodes ? exitCodeMatch(rule, pod) : conditionMatch(rule, pod);
    if (why) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` };
  }
  return undefined;
}

function exitCodeMatch({ onExitCodes }: DeepReadonly<PodFailurePolicyRule>, pod: Pod_): string | undefined {
  if (!onExitCodes) return undefined;
  const statuses: readonly DeepReadonly<ContainerStatus>[] = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const exitCode = state?.terminated?.exitCode;
    if (exitCode === undefined || exitCode === 0 || (onExitCodes.containerName !== undefined && onExitCodes.containerName !== name)) continue;
    if (onExitCodes.values.includes(exitCode) === (onExitCodes.operator === 'In')) return `Container ${name} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${exitCode}`;
  }
  return undefined;
}

function conditionMatch({ onPodConditions }: DeepReadonly<PodFailurePolicyRule>, pod: Pod_): string | undefined {
  for (const pattern of onPodConditions ?? []) {
    const wanted = pattern.status ?? 'True';
    if (pod.status.conditions?.some(({ type, status }) => type === pattern.type && status === wanted)) return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${pattern.type}`;
  }
  return undefined;
}

/**
 * When the pod ended, in ms since 1970: with its last container, or when it was no longer ready, or when its deletion was asked for.
 * Source: pkg/controller/job/backoff_utils.go, getFinishedTime.
 */
export function endOf({ status, metadata }: Pod_): number {
  const ends = (status.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''));
  if (ends.length > 0 && !ends.some(Number.isNaN)) return Math.max(...ends);
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  if (metadata.deletionTimestamp) return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return Date.parse(metadata.creationTimestamp);
}
