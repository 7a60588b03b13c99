import type { Pod } from '../api/generated/core-v1.ts';
import { pods } from '../api/refs.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import { timeOf } from './times.ts';

/**
 * Deletes a pod for a reason that is not its own, and says so in its condition DisruptionTarget first. `force`: nobody is left to end it on its
 * node, so it is Failed and goes at once; of one that is over nothing more is said. Source: KEP-3329; pkg/controller/podgc, markFailedAndDeletePodWithCondition.
 */
export async function disruptPod(
  client: Client,
  pod: DeepReadonly<Pod>,
  cause: { readonly reason: string; readonly message: string } | undefined,
  options: { readonly force?: boolean; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const { signal, nowMs, force } = options;
  const conditions = cause && [{ type: 'DisruptionTarget', status: 'True', ...cause, lastTransitionTime: timeOf(nowMs), observedGeneration: pod.metadata.generation }];
  const isEnded = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
  const status = force && isEnded ? {} : { ...(conditions && { conditions }), ...(force && { phase: 'Failed' }) };
  try {
    if (Object.keys(status).length > 0) await client.resource(pods, namespace).patchStatus(name, { type: 'strategic', patch: { metadata: { uid }, status } }, { signal });
    await client.resource(pods, namespace).delete(name, { preconditions: { uid }, ...(force && { gracePeriodSeconds: 0 }), signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
