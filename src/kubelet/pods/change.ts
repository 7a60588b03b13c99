import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';

/** Whether a new state of a pod asks for work on the node. The kubelet's own writes of the status come back as changes that do not. */
export function needsLook(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>): boolean {
  const { metadata: old } = before;
  const { metadata } = after;
  if (old.generation !== metadata.generation || old.deletionTimestamp !== metadata.deletionTimestamp) return true;
  if (old.deletionGracePeriodSeconds !== metadata.deletionGracePeriodSeconds) return true;
  if (!isDeepStrictEqual(old.labels, metadata.labels) || !isDeepStrictEqual(old.annotations, metadata.annotations)) return true;
  if (before.status?.phase !== after.status?.phase && (after.status?.phase === 'Failed' || after.status?.phase === 'Succeeded')) return true;
  // Others write the conditions that readiness gates name.
  if (after.spec.readinessGates?.length && !isDeepStrictEqual(before.status?.conditions, after.status?.conditions)) return true;
  return metadata.generation === undefined && !isDeepStrictEqual(before.spec, after.spec);
}
