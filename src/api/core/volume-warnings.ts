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

type Paths = readonly { readonly path: string }[] | undefined;

/** Files that hide each other: one path twice, or one below another. */
export function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: DeepReadonly<Volume>): string[] {
  const volume = `volume ${JSON.stringify(name)}`;
  const of = (items: Paths, what: string): string[] => overlaps((items ?? []).map(({ path }) => path), `${volume} (${what}): overlapping paths`);
  const texts = [
    ...of(configMap?.items, `ConfigMap ${JSON.stringify(configMap?.name ?? '')}`),
    ...of(secret?.items, `Secret ${JSON.stringify(secret?.secretName ?? '')}`),
    ...of(downwardAPI?.items, 'DownwardAPI'),
  ];
  const seen = new Set<string>();
  for (const source of projected?.sources ?? []) {
    const found = projectedPaths(source);
    if (!found) texts.push(`${volume} (Projected) has no sources provided`);
    if (!found || found.paths.length === 0) continue;
    const prefix = `${volume} (Projected ${found.what}): overlapping paths`;
    texts.push(...overlaps(found.paths, prefix), ...overlaps([...new Set(found.paths), ...seen].sort(), prefix));
    for (const path of found.paths) seen.add(path);
  }
  return texts;
}

/** Undefined for a source that says nothing. */
function projectedPaths(source: DeepReadonly<VolumeProjection>): { what: string; paths: readonly string[] } | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  if (Object.keys(source).length === 0) return undefined;
  const paths = (items: Paths): string[] => (items ?? []).map(({ path }) => path);
  if (configMap?.items) return { what: `ConfigMap ${JSON.stringify(configMap.name ?? '')}`, paths: paths(configMap.items) };
  if (secret?.items) return { what: `Secret ${JSON.stringify(secret.name ?? '')}`, paths: paths(secret.items) };
  if (downwardAPI?.items) return { what: 'DownwardAPI', paths: paths(downwardAPI.items) };
  if (serviceAccountToken) return { what: 'ServiceAccountToken', paths: [serviceAccountToken.path] };
  if (clusterTrustBundle) return { what: `ClusterTrustBundle ${JSON.stringify(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}`, paths: [clusterTrustBundle.path] };
  return { what: '', paths: [] };
}

function overlaps(paths: readonly string[], prefix: string): string[] {
  const seen = new Set<string>();
  return paths.flatMap((given) => {
    const path = given.replace(/\/+$/, '');
    const other = [...seen].find((one) => one !== '' && path !== '' && (`${one}/`.startsWith(path) || `${path}/`.startsWith(one)));
    seen.add(path);
    return other === undefined ? [] : [`${prefix}: ${JSON.stringify(path)} with ${JSON.stringify(other)}`];
  });
}
