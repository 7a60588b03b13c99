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

/**
 * Why a released volume that is to be deleted cannot be; undefined: it is kept, or its provisioner deletes it. What a provisioner has made bears its name; of all others kube-controller-manager
 * could delete paths under /tmp of its own machine only, and kubets deletes none. Source: pkg/controller/volume/persistentvolume, findDeletablePlugin; pkg/volume/hostpath.
 */
export function deletionProblem({ spec, metadata }: Volume): string | undefined {
  if (spec.persistentVolumeReclaimPolicy !== 'Delete' || metadata.annotations?.['pv.kubernetes.io/provisioned-by']) return undefined;
  if (spec.hostPath) return /^\/tmp\/.+/.test(spec.hostPath.path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${spec.hostPath.path}`;
  return `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: ${spec.nfs ? 'no deletable volume plugin matched' : 'no volume plugin matched'}`;
}
