/** The annotation by which a kubelet knows how long it may keep what it has read of Secrets and ConfigMaps, in seconds. */
export const TTL = 'node.alpha.kubernetes.io/ttl';

/** Seconds by the number of nodes. Steps overlap, so that a cluster at the edge of one does not go back and forth. Source: pkg/controller/ttl. */
const STEPS: readonly { readonly min: number; readonly max: number; readonly seconds: number }[] = [
  { min: 0, max: 100, seconds: 0 },
  { min: 90, max: 500, seconds: 15 },
  { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 },
  { min: 1800, max: Infinity, seconds: 300 },
];

/** The step for so many nodes, starting from the present one. */
export function ttlStep(present: number, nodes: number): number {
  let step = present;
  while (nodes > (STEPS[step]?.max ?? Infinity)) step++;
  while (nodes < (STEPS[step]?.min ?? 0)) step--;
  return step;
}

export function secondsOf(step: number): number {
  return STEPS[step]?.seconds ?? 0;
}
