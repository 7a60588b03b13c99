/** What absent fields of volumes mean. Source: kubernetes pkg/apis/core/v1/defaults.go and the `+default` marks of k8s.io/api. */
import type { DownwardAPIVolumeFile, PersistentVolumeClaimSpec, Volume, VolumeProjection } from '../../generated/core-v1.ts';
import { defaultPullPolicy } from './image.ts';

/** Octal 0644. */
const FILE_MODE = 420;

export function defaultVolume(volume: Volume): void {
  const { name, ...sources } = volume;
  if (name !== undefined && Object.keys(sources).length === 0) volume.emptyDir = {};
  const { secret, configMap, downwardAPI, projected, hostPath, iscsi, image, ephemeral } = volume;
  if (secret) secret.defaultMode ??= FILE_MODE;
  if (configMap) configMap.defaultMode ??= FILE_MODE;
  if (downwardAPI) {
    downwardAPI.defaultMode ??= FILE_MODE;
    defaultFiles(downwardAPI.items);
  }
  if (projected) {
    projected.defaultMode ??= FILE_MODE;
    for (const source of projected.sources ?? []) defaultProjection(source);
  }
  if (hostPath) hostPath.type ??= '';
  if (iscsi) iscsi.iscsiInterface ??= 'default';
  if (image) image.pullPolicy ??= defaultPullPolicy(image.reference);
  const template = ephemeral?.volumeClaimTemplate;
  if (template) {
    template.metadata ??= {};
    defaultClaimSpec(template.spec);
  }
  defaultDiskSource(volume);
}

/** Sources that exist both in pods and in persistent volumes. */
export function defaultDiskSource(source: Pick<Volume, 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  const { rbd, azureDisk, scaleIO } = source;
  if (rbd) {
    rbd.pool ??= 'rbd';
    rbd.user ??= 'admin';
    rbd.keyring ??= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ??= 'ThinProvisioned';
    scaleIO.fsType ??= 'xfs';
  }
}

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec) spec.volumeMode ??= 'Filesystem';
}

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  defaultFiles(source.downwardAPI?.items);
}

function defaultFiles(files: DownwardAPIVolumeFile[] | undefined): void {
  for (const file of files ?? []) {
    if (file.fieldRef) file.fieldRef.apiVersion ??= 'v1';
    if (file.resourceFieldRef) file.resourceFieldRef.divisor ??= '0';
  }
}
