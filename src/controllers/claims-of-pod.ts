import type { Pod } from '../api/generated/core-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';

const NONE: readonly string[] = Object.freeze([]);

/** The keys of the claims that the pod names, those of its ephemeral volumes too. */
export function claimsOfPod({ spec, metadata }: DeepReadonly<Pod>): readonly string[] {
  // Most pods have none, and three controllers ask this of each that changes.
  if (!spec.volumes?.length) return NONE;
  const names = spec.volumes.map(({ name, persistentVolumeClaim, ephemeral }) => persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined));
  return names.filter((name) => name !== undefined).map((name) => `${metadata.namespace}/${name}`);
}
