/**
 * Warnings of volumes, in pods, in objects of their own and in claims. Source: kubernetes pkg/api/pod/warnings.go,
 * pkg/api/persistentvolume/util.go, pkg/api/persistentvolumeclaim/util.go.
 */
import { formatQuantity, milliValue, parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, Volume, VolumeProjection } from '../generated/core-v1.ts';
import { nodeTermWarnings } from './node-selector-warnings.ts';
import { CLASS_ANNOTATION } from './storage-rules.ts';

/** In the order in which they are looked at; one is called by another name. */
const sourceMessages: readonly (readonly [source: string, message: string, shown?: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];
const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const CLASS_TEXT = 'deprecated since v1.8; use "storageClassName" attribute instead';
const METADATA = FieldPath.of('metadata.annotations');
const SPEC = FieldPath.of('spec');

export function volumeSourceWarnings(holder: object, path: FieldPath): string[] {
  return sourceMessages.filter(([source]) => Object.hasOwn(holder, source)).map(([source, message, shown]) => `${path.child(shown ?? source).toString()}: ${message}`);
}

export function isFraction(value: string | number): boolean {
  return milliValue(parseQuantity(value)) % 1000 !== 0;
}

/** Bytes are whole. */
export function fractionWarnings(value: string | number, path: FieldPath): string[] {
  const quantity = parseQuantity(value);
  return !isFraction(value) ? [] : [`${path.toString()}: fractional byte value ${JSON.stringify(formatQuantity(quantity))} is invalid, must be an integer`];
}

export function claimSpecWarnings({ resources }: DeepReadonly<PersistentVolumeClaimSpec>, path: FieldPath): string[] {
  return (['requests', 'limits'] as const).flatMap((list) => fractionWarnings(resources?.[list]?.['storage'] ?? '0', path.child('resources', list).key('storage')));
}

export function claimWarnings({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): string[] {
  return [...classWarnings(metadata.annotations), ...claimSpecWarnings(spec, SPEC)];
}

export function persistentVolumeWarnings({ metadata, spec }: DeepReadonly<PersistentVolume>): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const at = SPEC.child('nodeAffinity', 'required', 'nodeSelectorTerms');
  return [
    ...classWarnings(metadata.annotations),
    ...(metadata.annotations?.[MOUNT_OPTIONS] === undefined ? [] : [`${METADATA.key(MOUNT_OPTIONS).toString()}: deprecated since v1.31; use "mountOptions" attribute instead`]),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? ['spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'] : []),
    ...terms.flatMap((term, i) => nodeTermWarnings(term, false, at.index(i))),
    ...volumeSourceWarnings(spec, SPEC),
  ];
}

function classWarnings(annotations: Readonly<Record<string, string>> | undefined): string[] {
  return annotations?.[CLASS_ANNOTATION] === undefined ? [] : [`${METADATA.key(CLASS_ANNOTATION).toString()}: ${CLASS_TEXT}`];
}

type Items = readonly { readonly path: string }[] | undefined;
/** What its source is called; in a volume of one source it goes without. */
interface PlacedFile {
  readonly path: string;
  readonly source?: string;
}

/** Files that hide each other: one path twice, or one below another. */
export function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: DeepReadonly<Volume>): string[] {
  const volume = `volume ${JSON.stringify(name)}`;
  const sources = projected?.sources ?? [];
  return [
    ...overlaps(configMap?.items, `${volume} (ConfigMap ${JSON.stringify(configMap?.name ?? '')})`),
    ...overlaps(secret?.items, `${volume} (Secret ${JSON.stringify(secret?.secretName ?? '')})`),
    ...overlaps(downwardAPI?.items, `${volume} (DownwardAPI)`),
    ...sources.flatMap((source, i) => Object.keys(source).length === 0
      ? [`${volume} (Projected) has no sources provided`]
      : overlaps(projectedFiles(source), `${volume} (Projected)`, sources.slice(0, i).flatMap(projectedFiles))),
  ];
}

function projectedFiles({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle }: DeepReadonly<VolumeProjection>): PlacedFile[] {
  const files = (items: Items, source: string): PlacedFile[] => (items ?? []).map(({ path }) => ({ path, source }));
  if (configMap?.items) return files(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items) return files(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items) return files(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return files([serviceAccountToken], 'ServiceAccountToken');
  if (clusterTrustBundle) return files([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}`);
  return [];
}

/** Each file is told of with each of those before it that it meets. */
function overlaps(files: readonly PlacedFile[] | undefined, volume: string, before: readonly PlacedFile[] = []): string[] {
  const placed = [...before];
  return (files ?? []).flatMap((file) => {
    const met = placed.filter((other) => isBelow(file, other) || isBelow(other, file));
    placed.push(file);
    return met.map((other) => `${volume}: overlapping paths: ${shown(file)} with ${shown(other)}`);
  });
}

function isBelow({ path }: PlacedFile, other: PlacedFile): boolean {
  const [below, above] = [bare(path), bare(other.path)];
  return below !== '' && above !== '' && `${below}/`.startsWith(`${above}/`);
}

function bare(path: string): string {
  return path.replace(/\/+$/, '');
}

function shown({ path, source }: PlacedFile): string {
  const quoted = JSON.stringify(bare(path));
  return source === undefined ? quoted : `${quoted} (${source})`;
}
