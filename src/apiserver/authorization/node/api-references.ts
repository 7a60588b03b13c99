import type { Pod, Volume } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { podReferences } from './pod-references.ts';

/** The kind of object in the API that a pod needs, by its resource; undefined: none, as it must be for pods that a node makes. Source: kubernetes pkg/api/pod, HasAPIObjectReference. */
export function apiReferenceIn({ metadata, spec }: DeepReadonly<Pod>): string | undefined {
  if (spec.serviceAccountName) return 'serviceaccounts';
  const { secrets, configMaps } = podReferences(metadata.name, spec);
  if (secrets.size > 0) return 'secrets';
  if (configMaps.size > 0) return 'configmaps';
  if ((spec.resourceClaims ?? []).length > 0) return 'resourceclaims';
  return spec.volumes?.map(referenceOf).find((one) => one !== undefined);
}

function referenceOf(volume: DeepReadonly<Volume>): string | undefined {
  if (volume.csi) return 'csidrivers (via CSI volumes)';
  if (volume.glusterfs) return 'endpoints (via glusterFS volumes)';
  if (volume.persistentVolumeClaim) return 'persistentvolumeclaims';
  if (volume.ephemeral) return 'persistentvolumeclaims (via ephemeral volumes)';
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) return 'serviceaccounts (via projected volumes)';
    if (source.clusterTrustBundle) return 'clustertrustbundles';
    if (source.podCertificate) return 'podcertificates';
  }
  return undefined;
}
