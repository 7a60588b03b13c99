import { createHash } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PersistentVolume, Pod, SecretReference, Volume } from '../../api/generated/core-v1.ts';
import type { CSIDriver } from '../../api/generated/storage-v1.ts';
import type { AccessMode, VolumeCapability } from './csi-client.ts';

/** What a driver is to mount for a pod: a persistent volume, or one that lives with the pod. */
export interface CsiVolume {
  readonly driver: string;
  readonly handle: string;
  readonly isReadonly: boolean;
  readonly fsType: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly accessModes: readonly string[];
  readonly mountOptions: readonly string[];
  readonly isBlock: boolean;
  readonly isEphemeral: boolean;
  readonly stageSecret: DeepReadonly<SecretReference> | undefined;
  readonly publishSecret: DeepReadonly<SecretReference> | undefined;
  readonly expandSecret?: DeepReadonly<SecretReference> | undefined;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Where a volume is mounted once for all pods of a node, under the kubelet's folder. */
export function stagingFolder(rootDir: string, driver: string, handle: string): string {
  return `${rootDir}/plugins/kubernetes.io/csi/${driver}/${sha256(handle)}`;
}

export function persistentCsiVolume({ spec }: DeepReadonly<PersistentVolume>, isReadonly: boolean): CsiVolume | undefined {
  const { csi } = spec;
  return csi && {
    driver: csi.driver, handle: csi.volumeHandle, isReadonly: isReadonly || csi.readOnly === true, fsType: csi.fsType ?? '', attributes: csi.volumeAttributes ?? {},
    accessModes: spec.accessModes ?? [], mountOptions: spec.mountOptions ?? [], isBlock: spec.volumeMode === 'Block', isEphemeral: false,
    stageSecret: csi.nodeStageSecretRef, publishSecret: csi.nodePublishSecretRef, expandSecret: csi.nodeExpandSecretRef,
  };
}

export function ephemeralCsiVolume({ metadata }: DeepReadonly<Pod>, { name, csi }: DeepReadonly<Volume>): CsiVolume | undefined {
  return csi && {
    driver: csi.driver, handle: `csi-${sha256(`${metadata.uid}${name}`)}`, isReadonly: csi.readOnly === true, fsType: csi.fsType ?? '', attributes: csi.volumeAttributes ?? {},
    accessModes: ['ReadWriteOnce'], mountOptions: [], isBlock: false, isEphemeral: true,
    stageSecret: undefined, publishSecret: csi.nodePublishSecretRef && { name: csi.nodePublishSecretRef.name ?? '', namespace: metadata.namespace ?? '' },
  };
}

function modeOf(accessModes: readonly string[], capabilities: ReadonlySet<string>): AccessMode {
  const tellsWriters = capabilities.has('SINGLE_NODE_MULTI_WRITER');
  switch (accessModes[0]) {
    case 'ReadWriteMany': return 'MULTI_NODE_MULTI_WRITER';
    case 'ReadOnlyMany': return 'MULTI_NODE_READER_ONLY';
    case 'ReadWriteOncePod': return tellsWriters ? 'SINGLE_NODE_SINGLE_WRITER' : 'SINGLE_NODE_WRITER';
    default: return tellsWriters ? 'SINGLE_NODE_MULTI_WRITER' : 'SINGLE_NODE_WRITER';
  }
}

/** `group`: the group that the driver is to give the files, where it can. */
export function capabilityOf(volume: CsiVolume, capabilities: ReadonlySet<string>, group: number | undefined): VolumeCapability {
  const accessMode = { mode: modeOf(volume.accessModes, capabilities) };
  if (volume.isBlock) return { block: {}, accessMode };
  const volumeMountGroup = group !== undefined && capabilities.has('VOLUME_MOUNT_GROUP') ? String(group) : '';
  return { mount: { fsType: volume.fsType, mountFlags: volume.mountOptions, volumeMountGroup }, accessMode };
}

/** Whether the kubelet gives the files to the pod's group. Source: "CSIDriver", fsGroupPolicy. */
export function isGroupOurs(volume: CsiVolume, driver: DeepReadonly<CSIDriver> | undefined, capabilities: ReadonlySet<string>): boolean {
  if (volume.isBlock || volume.isReadonly || capabilities.has('VOLUME_MOUNT_GROUP')) return false;
  switch (driver?.spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType') {
    case 'File': return true;
    case 'None': return false;
    default: return volume.fsType !== '' && volume.accessModes.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
  }
}

/** What `podInfoOnMount` tells the driver. */
export function podContext({ metadata, spec }: DeepReadonly<Pod>, isEphemeral: boolean): Record<string, string> {
  return {
    'csi.storage.k8s.io/pod.name': metadata.name, 'csi.storage.k8s.io/pod.namespace': metadata.namespace ?? '', 'csi.storage.k8s.io/pod.uid': metadata.uid,
    'csi.storage.k8s.io/serviceAccount.name': spec.serviceAccountName ?? '', 'csi.storage.k8s.io/ephemeral': String(isEphemeral),
  };
}
