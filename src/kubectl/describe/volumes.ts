import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { at, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import { annotationLines, labelLines } from './text.ts';

export function volumeLines(volumes: readonly JsonObject[], space: string): string[] {
  if (volumes.length === 0) return [`${space}Volumes:\t<none>`];
  const indent = space === '' ? '' : ' ';
  return [`${space}Volumes:`, ...volumes.flatMap((volume) => [`  ${indent}${textAt(volume, 'name')}:`, ...sourceLines(volume).map((line) => `    ${line}`)])];
}

const bool = (value: unknown): string => String(value === true);
const optional = (source: unknown): string => `Optional:\t${bool(at(source, 'optional'))}`;

/** Kinds of volumes, with what is told of each. Source: kubectl pkg/describe, describeVolumes. */
const SOURCES: Readonly<Record<string, (source: unknown) => string[]>> = {
  hostPath: (one) => ['Type:\tHostPath (bare host directory volume)', `Path:\t${textAt(one, 'path')}`, `HostPathType:\t${textAt(one, 'type')}`],
  emptyDir: (one) => ["Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)", `Medium:\t${textAt(one, 'medium')}`, `SizeLimit:\t${textAt(one, 'sizeLimit') || '<unset>'}`],
  secret: (one) => ['Type:\tSecret (a volume populated by a Secret)', `SecretName:\t${textAt(one, 'secretName')}`, optional(one)],
  configMap: (one) => ['Type:\tConfigMap (a volume populated by a ConfigMap)', `Name:\t${textAt(one, 'name')}`, optional(one)],
  persistentVolumeClaim: (one) => ['Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', `ClaimName:\t${textAt(one, 'claimName')}`, `ReadOnly:\t${bool(at(one, 'readOnly'))}`],
  nfs: (one) => ['Type:\tNFS (an NFS mount that lasts the lifetime of a pod)', `Server:\t${textAt(one, 'server')}`, `Path:\t${textAt(one, 'path')}`, `ReadOnly:\t${bool(at(one, 'readOnly'))}`],
  downwardAPI: (one) => ['Type:\tDownwardAPI (a volume populated by information about the pod)', 'Items:', ...itemLines(one)],
  projected: (one) => ['Type:\tProjected (a volume that contains injected data from multiple sources)', ...listAt(one, 'sources').flatMap(projectedLines)],
  csi: (one) => csiLines(one, []),
  image: (one) => ['Type:\tImage (a container image or OCI artifact)', `Reference:\t${textAt(one, 'reference')}`, `PullPolicy:\t${textAt(one, 'pullPolicy')}`],
  local: (one) => ['Type:\tLocalVolume (a persistent volume backed by local storage on a node)', `Path:\t${textAt(one, 'path')}`],
  iscsi: (one) => ['Type:\tISCSI (an ISCSI Disk resource that is attached to a kubelet\'s host machine and then exposed to the pod)', `TargetPortal:\t${textAt(one, 'targetPortal')}`, `IQN:\t${textAt(one, 'iqn')}`, `Lun:\t${numberAt(one, 'lun')}`, `ISCSIInterface\t${textAt(one, 'iscsiInterface')}`,
    `FSType:\t${textAt(one, 'fsType')}`, `ReadOnly:\t${bool(at(one, 'readOnly'))}`, `Portals:\t[${(listAt(one, 'portals') as unknown as string[]).join(' ')}]`, `DiscoveryCHAPAuth:\t${bool(at(one, 'chapAuthDiscovery'))}`, `SessionCHAPAuth:\t${bool(at(one, 'chapAuthSession'))}`,
    `SecretRef:\t${referenceText(at(one, 'secretRef'))}`, `InitiatorName:\t${textAt(one, 'initiatorName') || '<none>'}`],
  fc: (one) => ['Type:\tFC (a Fibre Channel disk)', `TargetWWNs:\t${(listAt(one, 'targetWWNs') as unknown as string[]).join(', ')}`, `LUN:\t${textAt(one, 'lun') || '<none>'}`, `FSType:\t${textAt(one, 'fsType')}`, `ReadOnly:\t${bool(at(one, 'readOnly'))}`],
};

/** `of`: a PersistentVolume tells more of some kinds than a pod does. */
export function sourceLines(volume: JsonObject, of: 'pod' | 'volume' = 'pod'): string[] {
  if (volume['ephemeral']) return ['Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)', ...claimLines(at(volume, 'ephemeral', 'volumeClaimTemplate'))];
  if (volume['csi'] && of === 'volume') return csiLines(volume['csi'], [`VolumeHandle:\t${textAt(volume, 'csi', 'volumeHandle')}`]);
  for (const [field, lines] of Object.entries(SOURCES)) if (volume[field]) return lines(volume[field]);
  return ['<unknown>'];
}

function itemLines(source: unknown): string[] {
  return listAt(source, 'items').map((item) => `  ${textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource')} -> ${textAt(item, 'path')}`);
}

function projectedLines(source: JsonObject): string[] {
  if (source['secret']) return [`SecretName:\t${textAt(source, 'secret', 'name')}`, optional(source['secret'])];
  if (source['configMap']) return [`ConfigMapName:\t${textAt(source, 'configMap', 'name')}`, optional(source['configMap'])];
  if (source['downwardAPI']) return ['DownwardAPI:\ttrue'];
  if (source['serviceAccountToken']) return [`TokenExpirationSeconds:\t${numberAt(source, 'serviceAccountToken', 'expirationSeconds')}`];
  return [];
}

function attributeLines(source: unknown): string[] {
  const attributes = at(source, 'volumeAttributes');
  const entries = Object.entries((attributes ?? {}) as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? ['VolumeAttributes:\t<none>'] : entries.map(([key, value], index) => `${index === 0 ? 'VolumeAttributes:' : ''}\t${key}=${value}`);
}

function csiLines(one: unknown, more: readonly string[]): string[] {
  return ['Type:\tCSI (a Container Storage Interface (CSI) volume source)', `Driver:\t${textAt(one, 'driver')}`, `FSType:\t${textAt(one, 'fsType')}`, ...more, `ReadOnly:\t${bool(at(one, 'readOnly'))}`, ...attributeLines(one)];
}

/** A reference to a Secret as Go prints it. */
function referenceText(reference: unknown): string {
  return reference === undefined ? 'nil' : `&LocalObjectReference{Name:${textAt(reference, 'name')},}`;
}

/** A claim that is not there yet. */
function claimLines(template: unknown): string[] {
  const spec = at(template, 'spec');
  return [
    `StorageClass:\t${textAt(spec, 'storageClassName')}`, `Volume:\t${textAt(spec, 'volumeName')}`, ...labelLines('Labels', mapAt(template, 'metadata', 'labels')), ...annotationLines('Annotations', mapAt(template, 'metadata', 'annotations')),
    'Capacity:\t', 'Access Modes:\t', ...(textAt(spec, 'volumeMode') ? [`VolumeMode:\t${textAt(spec, 'volumeMode')}`] : []),
  ];
}
