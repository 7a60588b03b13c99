import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { isPodTerminal, podCondition } from '../../component-helpers/pod-state.ts';
import { timeOf } from '../times.ts';

/** So long a pod may say that it is about to be disrupted, and not be deleted. */
const STALE_MS = 120_000;

/**
 * In how many ms what a pod says of its disruption is out of date: its deletion, which was to follow, did not. Undefined: it says nothing, or what it says stays true
 * (the kubelet may take as long as it likes). Source: KEP-3329; nonTerminatingPodHasStaleDisruptionCondition.
 */
export function staleInMs(pod: DeepReadonly<Pod>, nowMs: number): number | undefined {
  if (!pod.status.conditions || pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return undefined;
  const told = podCondition(pod, 'DisruptionTarget');
  if (told?.status !== 'True' || told.reason === 'TerminationByKubelet') return undefined;
  return Math.max(Date.parse(told.lastTransitionTime ?? '') + STALE_MS - nowMs, 0) || 0;
}

/** Lets the pod say that it is not disrupted after all. */
export async function takeBackDisruption(client: Client, { metadata: { name, namespace, uid } }: DeepReadonly<Pod>, nowMs: number, signal: AbortSignal): Promise<void> {
  const condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: timeOf(nowMs), reason: null, message: null, observedGeneration: null };
  try {
    await client.resource(pods, namespace).patchStatus(name, { type: 'strategic', patch: { metadata: { uid }, status: { conditions: [condition] } } }, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
