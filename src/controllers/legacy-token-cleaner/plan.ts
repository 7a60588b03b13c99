import type { Pod, Secret, ServiceAccount } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { dayOf, dayStart, INVALID_SINCE, LAST_USED } from '../../component-helpers/legacy-tokens.ts';

const DAY_MS = 24 * 3_600_000;

export interface TokenView {
  readonly secret: DeepReadonly<Secret>;
  readonly account: DeepReadonly<ServiceAccount> | undefined;
  /** Those of the Secret's namespace. */
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly nowMs: number;
  readonly periodMs: number;
}

/** Whether use has been noted for so long that a token without a note was not used. `since`: the day on which that began. */
export function isTrackedLongEnough(since: string | undefined, nowMs: number, periodMs: number): boolean {
  const startMs = dayStart(since);
  return startMs !== undefined && nowMs >= startMs + DAY_MS + periodMs;
}

/**
 * What becomes of a Secret with a token that was made by itself for a service account: left alone while it is used, marked invalid after `periodMs` without use,
 * deleted after `periodMs` more. Source: pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
 */
export function planLegacyToken({ secret, account, pods, nowMs, periodMs }: TokenView): 'keep' | 'invalidate' | 'delete' {
  const { metadata, type } = secret;
  const limitMs = nowMs - periodMs;
  if (type !== 'kubernetes.io/service-account-token' || metadata.deletionTimestamp !== undefined || Date.parse(metadata.creationTimestamp) >= limitMs) return 'keep';
  const lastUsed = metadata.labels?.[LAST_USED];
  if (lastUsed !== undefined && (dayStart(lastUsed) === undefined || lastUsed >= dayOf(limitMs))) return 'keep';
  // One that somebody made by hand is theirs.
  if (!account?.secrets?.some(({ name }) => name === metadata.name)) return 'keep';
  if (pods.some((pod) => pod.spec.volumes?.some((volume) => volume.secret?.secretName === metadata.name))) return 'keep';
  const invalidSince = metadata.labels?.[INVALID_SINCE];
  if (dayStart(invalidSince) === undefined) return 'invalidate';
  return (invalidSince ?? '') >= dayOf(limitMs) ? 'keep' : 'delete';
}
