/** Files that volumes project: keys of config maps and secrets, fields of the pod, tokens. Source: kubernetes pkg/apis/core/validation. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { validateLabelSelector } from '../../../apimachinery/validation/labels.ts';
import type { ClusterTrustBundleProjection, DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '../../generated/core-v1.ts';
import { validateFieldRef, validateResourceFieldRef, volumeFieldPaths } from './downward-api.ts';
import { validateFileMode, validateNonReservedPath } from './paths.ts';

const SEVERAL_TEXT = 'may not specify more than 1 volume type per source';
const CONFLICT_TEXT = 'conflicting duplicate paths';
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

export function validateKeyToPath({ key, path: file, mode }: DeepReadonly<KeyToPath>, path: FieldPath, errors: FieldErrors): void {
  if (!key) errors.required(path.child('key'));
  if (!file) errors.required(path.child('path'));
  else validateNonReservedPath(file, path.child('path'), errors);
  validateFileMode(mode, path.child('mode'), errors);
}

export function validateDownwardFile(file: DeepReadonly<DownwardAPIVolumeFile>, path: FieldPath, errors: FieldErrors): void {
  const { fieldRef, resourceFieldRef } = file;
  if (!file.path) errors.required(path.child('path'));
  else validateNonReservedPath(file.path, path.child('path'), errors);
  if (fieldRef) {
    validateFieldRef(fieldRef, volumeFieldPaths, path.child('fieldRef'), errors);
    if (resourceFieldRef) errors.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
  } else if (resourceFieldRef) validateResourceFieldRef(resourceFieldRef, true, path.child('resourceFieldRef'), errors);
  else errors.required(path, 'one of fieldRef and resourceFieldRef is required');
  validateFileMode(file.mode, path.child('mode'), errors);
}

export function validateProjected(source: DeepReadonly<ProjectedVolumeSource>, path: FieldPath, errors: FieldErrors): void {
  validateFileMode(source.defaultMode, path.child('defaultMode'), errors);
  const taken = new Set<string>();
  source.sources?.forEach((one, i) => {
    validateSource(one, { path, at: path.child('sources').index(i), taken }, errors);
  });
}

interface Place {
  /** Of the volume: where conflicts are told. */
  readonly path: FieldPath;
  readonly at: FieldPath;
  readonly taken: Set<string>;
}

function claimPath(file: string | undefined, value: string, { path, taken }: Place, errors: FieldErrors): void {
  if (!file) return;
  if (taken.has(file)) errors.invalid(path, value, CONFLICT_TEXT);
  taken.add(file);
}

/** Messages on tokens name the volume's path, not that of their source; those on fields of the pod, the list's. */
function validateSource(source: DeepReadonly<VolumeProjection>, place: Place, errors: FieldErrors): void {
  const { secret, downwardAPI, configMap, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  const { path, at } = place;
  if (secret) validateKeys(secret, at.child('secret'), place, errors);
  if (configMap) validateKeys(configMap, at.child('configMap'), place, errors);
  for (const item of downwardAPI?.items ?? []) {
    validateDownwardFile(item, at.child('downwardAPI'), errors);
    claimPath(item.path, item.path, place, errors);
  }
  if (serviceAccountToken) validateToken(serviceAccountToken, at.child('serviceAccountToken'), path, errors);
  if (clusterTrustBundle) {
    validateTrustBundle(clusterTrustBundle, at.child('clusterTrustBundle'), errors);
    claimPath(clusterTrustBundle.path, clusterTrustBundle.path, place, errors);
  }
  if (podCertificate) validateCertificate(podCertificate, place, errors);
  const count = [secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate].filter(Boolean).length;
  if (count > 1) errors.forbidden(at, SEVERAL_TEXT);
}

const KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];

function validateCertificate(source: NonNullable<DeepReadonly<VolumeProjection>['podCertificate']>, place: Place, errors: FieldErrors): void {
  const path = place.at.child('podCertificate');
  if (!source.signerName) errors.required(path.child('signerName'));
  if (!KEY_TYPES.includes(source.keyType)) errors.notSupported(path.child('keyType'), source.keyType, KEY_TYPES);
  for (const name of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const file = source[name];
    if (file) validateNonReservedPath(file, path.child(name), errors);
    claimPath(file, file ?? '', place, errors);
  }
}

function validateKeys(source: { readonly name?: string; readonly items?: DeepReadonly<KeyToPath[]> }, path: FieldPath, place: Place, errors: FieldErrors): void {
  if (!source.name) errors.required(path.child('name'));
  source.items?.forEach((item, i) => {
    validateKeyToPath(item, path.child('items').index(i), errors);
    claimPath(item.path, source.name ?? '', place, errors);
  });
}

function validateToken({ expirationSeconds, path: file }: DeepReadonly<ServiceAccountTokenProjection>, path: FieldPath, volume: FieldPath, errors: FieldErrors): void {
  if (expirationSeconds !== undefined && expirationSeconds < MIN_TOKEN_SECONDS) {
    errors.invalid(path.child('expirationSeconds'), expirationSeconds, 'may not specify a duration less than 10 minutes');
  }
  if (expirationSeconds !== undefined && expirationSeconds > MAX_TOKEN_SECONDS) {
    errors.invalid(path.child('expirationSeconds'), expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  }
  if (!file) errors.required(volume.child('path'));
  else validateNonReservedPath(file, volume.child('path'), errors);
}

function validateTrustBundle(source: DeepReadonly<ClusterTrustBundleProjection>, path: FieldPath, errors: FieldErrors): void {
  const { name, signerName, labelSelector } = source;
  if (name !== undefined && signerName !== undefined) errors.invalid(path, source, 'only one of name and signerName may be used');
  else if (name === undefined && signerName === undefined) errors.required(path, 'either name or signerName must be specified');
  if (name !== undefined && labelSelector) errors.invalid(path.child('labelSelector'), labelSelector, 'labelSelector can only be used with signerName');
  validateLabelSelector(labelSelector, path.child('labelSelector'), errors);
  if (!source.path) errors.required(path.child('path'));
  else validateNonReservedPath(source.path, path.child('path'), errors);
}
