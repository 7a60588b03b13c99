import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod, PodCondition } from '../api/generated/core-v1.ts';

export function podCondition(pod: DeepReadonly<Pod>, type: string): DeepReadonly<PodCondition> | undefined {
  return pod.status.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: DeepReadonly<Pod>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Ready for at least `minReadySeconds`, at `nowMs` since 1970. Source: Deployment, "Min Ready Seconds". */
export function isPodAvailable(pod: DeepReadonly<Pod>, minReadySeconds: number, nowMs: number): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  return ready.lastTransitionTime !== undefined && Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= nowMs;
}

/** Succeeded or Failed: its containers have ended and will not start again. */
export function isPodTerminal(pod: DeepReadonly<Pod>): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Neither ended nor being deleted: what controllers count. */
export function isPodActive(pod: DeepReadonly<Pod>): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}
