/** Persistent volumes. Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeSpec and ValidatePersistentVolumeUpdate. */
import { isDeepStrictEqual } from 'node:util';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import { formatQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { addInvalid, POSITIVE_TEXT } from '../../apimachinery/validation/values.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validateAccessModes, volumeModes } from './claim-validation.ts';
import { validateNodeSelector } from './node-selector.ts';
import { validateNoBacksteps } from './pod-spec/paths.ts';
import {
  requireFields, validateAzureDisk, validateCsiDriver, validateFc, validateFlex, validateFlocker, validateHostPath, validateIscsi, validateNfs, type SourceCheck,
} from './pod-spec/volume-sources.ts';

const SPEC = FieldPath.of('spec');
const reclaimPolicies: ReadonlySet<string> = new Set(['Delete', 'Recycle', 'Retain']);

function requires(...names: string[]): SourceCheck<object> {
  return (source, path, errors) => {
    requireFields(source, path, errors, ...names);
  };
}

const csi: SourceCheck<NonNullable<PersistentVolumeSpec['csi']>> = ({ driver, volumeHandle }, path, errors) => {
  validateCsiDriver(driver, path.child('driver'), errors);
  if (!volumeHandle) errors.required(path.child('volumeHandle'));
};

const local: SourceCheck<NonNullable<PersistentVolumeSpec['local']>> = ({ path: target }, path, errors) => {
  if (!target) return errors.required(path.child('path'));
  validateNoBacksteps(target, path.child('path'), errors);
};

/** In the order in which they are looked at. */
const sources: Readonly<Record<string, SourceCheck<never>>> = {
  hostPath: validateHostPath, gcePersistentDisk: requires('pdName'), awsElasticBlockStore: requires('volumeID'), glusterfs: requires('endpoints', 'path'),
  flocker: validateFlocker, nfs: validateNfs, rbd: requires('monitors', 'image'), quobyte: requires('registry', 'volume'), cephfs: requires('monitors'),
  iscsi: validateIscsi, cinder: requires('volumeID'), fc: validateFc, flexVolume: validateFlex, azureFile: requires('secretName', 'shareName'),
  vsphereVolume: requires('volumePath'), photonPersistentDisk: requires('pdID'), portworxVolume: requires('volumeID'), azureDisk: validateAzureDisk,
  scaleIO: requires('gateway', 'system', 'volumeName'), local, storageos: requires('volumeName'), csi,
};

/** The same in the order of the server's memory, for messages. */
const SOURCE_ORDER = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'hostPath', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'flexVolume', 'cinder', 'cephfs', 'fc', 'flocker',
  'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'local', 'storageos', 'csi',
];

export function validatePersistentVolume({ spec }: DeepReadonly<PersistentVolume>, errors: FieldErrors): void {
  validateCommon(spec, SPEC, errors);
  validateAffinity(spec, errors);
  validateSources(spec, SPEC, errors);
  const { persistentVolumeReclaimPolicy: reclaim, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  if (spec.hostPath?.path === '/' && reclaim === 'Recycle') {
    errors.forbidden(SPEC.child('persistentVolumeReclaimPolicy'), "may not be 'recycle' for a hostPath mount of '/'");
  }
  if (storageClassName) addInvalid(errors, SPEC.child('storageClassName'), storageClassName, isDns1123Subdomain(storageClassName));
  if (volumeMode !== undefined && !volumeModes.has(volumeMode)) errors.notSupported(SPEC.child('volumeMode'), volumeMode, volumeModes);
  if (volumeAttributesClassName === undefined) return;
  if (volumeAttributesClassName === '') errors.required(SPEC.child('volumeAttributesClassName'), 'an empty string is disallowed');
  else addInvalid(errors, SPEC.child('volumeAttributesClassName'), volumeAttributesClassName, isDns1123Subdomain(volumeAttributesClassName));
  if (!spec.csi) errors.required(SPEC.child('csi'), 'has to be specified when using volumeAttributesClassName');
}

function validateCommon(spec: DeepReadonly<PersistentVolumeSpec>, path: FieldPath, errors: FieldErrors): void {
  if ((spec.accessModes ?? []).length === 0) errors.required(path.child('accessModes'));
  validateAccessModes(spec.accessModes, path.child('accessModes'), errors);
  validateCapacity(spec.capacity ?? {}, path.child('capacity'), errors);
  const reclaim = spec.persistentVolumeReclaimPolicy;
  if (reclaim && !reclaimPolicies.has(reclaim)) errors.notSupported(path.child('persistentVolumeReclaimPolicy'), reclaim, reclaimPolicies);
}

/** A volume that is written out in a VolumeAttachment: of a CSI driver, and nobody's claim. */
export function validateInlineVolume(spec: DeepReadonly<PersistentVolumeSpec>, path: FieldPath, errors: FieldErrors): void {
  const where = 'in the context of inline volumes';
  if (spec.claimRef) errors.forbidden(path.child('claimRef'), `may not be specified ${where}`);
  if (Object.keys(spec.capacity ?? {}).length > 0) errors.forbidden(path.child('capacity'), `may not be specified ${where}`);
  if (!spec.csi) errors.required(path.child('csi'), `has to be specified ${where}`);
  if ((spec.accessModes ?? []).length === 0) errors.required(path.child('accessModes'));
  validateAccessModes(spec.accessModes, path.child('accessModes'), errors);
  const reclaim = spec.persistentVolumeReclaimPolicy;
  if (reclaim && reclaim !== 'Retain') errors.forbidden(path.child('persistentVolumeReclaimPolicy'), `may only be Retain ${where}`);
  if (spec.nodeAffinity) errors.forbidden(path.child('nodeAffinity'), `may not be specified ${where}`);
  validateSources(spec, path, errors);
  if (spec.storageClassName) errors.forbidden(path.child('storageClassName'), `may not be specified ${where}`);
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') errors.forbidden(path.child('volumeMode'), `may not specify volumeMode other than Filesystem ${where}`);
  if (spec.volumeAttributesClassName) errors.forbidden(path.child('volumeAttributesClassName'), `may not be specified ${where}`);
}

function validateCapacity(capacity: Readonly<Record<string, string | number>>, path: FieldPath, errors: FieldErrors): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.required(path);
  if (!names.includes('storage') || names.length > 1) errors.notSupported(path, capacity, ['storage']);
  for (const [name, value] of Object.entries(capacity)) {
    const quantity = parseQuantity(value);
    if (quantity.nanos <= 0n) errors.invalid(path.key(name), formatQuantity(quantity), POSITIVE_TEXT);
  }
}

function validateAffinity({ nodeAffinity, local: own }: DeepReadonly<PersistentVolumeSpec>, errors: FieldErrors): void {
  const path = SPEC.child('nodeAffinity');
  if (nodeAffinity?.required) validateNodeSelector(nodeAffinity.required, path.child('required'), errors);
  else if (nodeAffinity) errors.required(path.child('required'), 'must specify required node constraints');
  if (own && !nodeAffinity?.required) errors.required(path, 'Local volume requires node affinity');
}

function validateSources(spec: DeepReadonly<PersistentVolumeSpec>, path: FieldPath, errors: FieldErrors): void {
  let count = 0;
  for (const [name, check] of Object.entries(sources)) {
    const source = spec[name as keyof PersistentVolumeSpec];
    if (source === undefined) continue;
    if (count++ > 0) errors.forbidden(path.child(name), 'may not specify more than 1 volume type');
    else (check as SourceCheck<unknown>)(source, path.child(name), errors);
  }
  if (count === 0) errors.required(path, 'must specify a volume type');
}

export function validatePersistentVolumeUpdate(volume: DeepReadonly<PersistentVolume>, old: DeepReadonly<PersistentVolume>, errors: FieldErrors): void {
  const [before, after] = [old, volume].map(({ spec }) => {
    const { controllerExpandSecretRef: _, ...driver } = spec.csi ?? { driver: '', volumeHandle: '' };
    return goForm('core.v1.PersistentVolumeSpec', { ...spec, ...(spec.csi && { csi: old.spec.csi?.controllerExpandSecretRef ? spec.csi : driver }) }, SOURCE_ORDER);
  });
  if (!isDeepStrictEqual(before, after)) {
    errors.forbidden(SPEC.child('persistentvolumesource'), `spec.persistentvolumesource is immutable after creation\n${jsonDiff(before, after)}`);
  }
  if (volume.spec.volumeMode !== old.spec.volumeMode) errors.invalid(FieldPath.of('volumeMode'), volume.spec.volumeMode ?? null, IMMUTABLE);
  if (old.spec.nodeAffinity && !isDeepStrictEqual(volume.spec.nodeAffinity, old.spec.nodeAffinity)) {
    errors.invalid(SPEC.child('nodeAffinity'), goForm('core.v1.VolumeNodeAffinity', volume.spec.nodeAffinity), IMMUTABLE);
  }
}
