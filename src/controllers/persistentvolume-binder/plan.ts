import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

type Volume = DeepReadonly<PersistentVolume>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

/** The phase of a volume; `claim` is the one that it names. */
export function volumePhase({ spec, metadata, status }: Volume, claim: Claim | undefined): string {
  if (!spec.claimRef?.uid) return 'Available';
  if (claim?.metadata.uid !== spec.claimRef.uid) return status.phase === 'Failed' ? 'Failed' : 'Released';
  return claim.spec.volumeName === metadata.name || !claim.spec.volumeName ? 'Bound' : 'Released';
}
