/** Persistent volumes. Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeSpec and ValidatePersistentVolumeUpdate. */
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import { formatQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { IMMUTABLE, semanticallyEqual } from '../../apimachinery/validation/immutable.ts';
import { addInvalid, POSITIVE_TEXT } from '../../apimachinery/validation/values.ts';
import type { PersistentVolume, PersistentVolumeSpec, SecretReference, VolumeNodeAffinity } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validateAccessModes, volumeModes } from './claim-validation.ts';
import { validateNodeSelector } from './node-selector.ts';
import { validateIscsi } from './pod-spec/iscsi.ts';
import { validateNoBacksteps } from './pod-spec/paths.ts';
import {
  requireFields, validateAzureDisk, validateCsiDriver, validateDisk, validateFc, validateFlex, validateFlocker, validateHostPath, validateNfs,
  validateQuobyte, validateStorageOs, type SourceCheck,
} from './pod-spec/volume-sources.ts';
import { validateOneSource } from './pod-spec/volumes.ts';
import { validateBasicResource } from './storage-rules.ts';

const SPEC = FieldPath.of('spec');
const reclaimPolicies: ReadonlySet<string> = new Set(['Delete', 'Recycle', 'Retain']);

type Source<K extends keyof PersistentVolumeSpec> = SourceCheck<NonNullable<PersistentVolumeSpec[K]>>;

function requires(...names: string[]): SourceCheck<object> {
  return (source, path, errors) => {
    requireFields(source, path, errors, ...names);
  };
}

/** Unlike a pod, a volume names the namespace of its secrets too. */
function validateSecretRef({ name, namespace }: DeepReadonly<SecretReference>, path: FieldPath, errors: FieldErrors): void {
  if (!name) errors.required(path.child('name'));
  else addInvalid(errors, path.child('name'), name, isDns1123Subdomain(name));
  if (!namespace) errors.required(path.child('namespace'));
  else addInvalid(errors, path.child('namespace'), namespace, isDns1123Label(namespace));
}

const csi: Source<'csi'> = (source, path, errors) => {
  validateCsiDriver(source.driver, path.child('driver'), errors);
  if (!source.volumeHandle) errors.required(path.child('volumeHandle'));
  for (const name of ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const) {
    const secret = source[name];
    if (secret) validateSecretRef(secret, path.child(name), errors);
  }
};

/** Without the affinity to its node, which the volume as a whole has. */
const local: Source<'local'> = ({ path: target }, path, errors) => {
  if (!target) return errors.required(path.child('path'));
  validateNoBacksteps(target, path.child('path'), errors);
};

const glusterfs: Source<'glusterfs'> = (source, path, errors) => {
  requireFields(source, path, errors, 'endpoints', 'path');
  const { endpointsNamespace } = source;
  const at = path.child('endpointsNamespace');
  if (endpointsNamespace === '') errors.invalid(at, '', 'if the endpointnamespace is set, it must be a valid namespace name');
  else if (endpointsNamespace !== undefined) addInvalid(errors, at, endpointsNamespace, isDns1123Label(endpointsNamespace));
};

const iscsi: Source<'iscsi'> = (source, path, errors, { name }) => {
  validateIscsi(source, name, path, errors);
};

const cinder: Source<'cinder'> = (source, path, errors) => {
  requireFields(source, path, errors, 'volumeID');
  if (source.secretRef) requireFields(source.secretRef, path.child('secretRef'), errors, 'name', 'namespace');
};

const azureFile: Source<'azureFile'> = (source, path, errors) => {
  requireFields(source, path, errors, 'secretName', 'shareName');
  if (source.secretNamespace === '') errors.required(path.child('secretNamespace'));
};

const storageos: Source<'storageos'> = (source, path, errors, holder) => {
  validateStorageOs(source, path, errors, holder);
  if (source.secretRef) requireFields(source.secretRef, path.child('secretRef'), errors, 'name', 'namespace');
};

/** In the order in which they are looked at. */
const sources: Readonly<Record<string, SourceCheck<never>>> = {
  hostPath: validateHostPath, gcePersistentDisk: validateDisk('pdName'), awsElasticBlockStore: validateDisk('volumeID'), glusterfs,
  flocker: validateFlocker, nfs: validateNfs, rbd: requires('monitors', 'image'), quobyte: validateQuobyte, cephfs: requires('monitors'),
  iscsi, cinder, fc: validateFc, flexVolume: validateFlex, azureFile, vsphereVolume: requires('volumePath'), photonPersistentDisk: requires('pdID'),
  portworxVolume: requires('volumeID'), azureDisk: validateAzureDisk, scaleIO: requires('gateway', 'system', 'volumeName'), local, storageos, csi,
};

/** For volumes that no node is said to have. */
const sourcesWithoutNode: typeof sources = {
  ...sources,
  local: ((source, path, errors, holder) => {
    local(source, path, errors, holder);
    errors.required(holder.at.child('nodeAffinity'), 'Local volume requires node affinity');
  }) satisfies Source<'local'>,
};

/** Looked into even beside another source, and no fault there. */
const UNCOUNTED = 'flexVolume';

/** The same in the order of the server's memory, for messages. */
const SOURCE_ORDER = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'hostPath', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'flexVolume', 'cinder', 'cephfs', 'fc', 'flocker',
  'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'local', 'storageos', 'csi',
];

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
/** Of these, mount options could be told by an annotation. */
const MOUNTABLE = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk',
] as const;

export function validatePersistentVolume(volume: DeepReadonly<PersistentVolume>, errors: FieldErrors): void {
  const { metadata, spec } = volume;
  validateVolume(volume, errors);
  if (metadata.annotations?.[MOUNT_OPTIONS] !== undefined && !MOUNTABLE.some((source) => spec[source])) {
    errors.forbidden(FieldPath.of('metadata.annotations').child(MOUNT_OPTIONS), 'may not specify mount options for this volume type');
  }
}

function validateVolume({ metadata, spec }: DeepReadonly<PersistentVolume>, errors: FieldErrors): void {
  validateCommon(spec, SPEC, errors);
  validateAffinity(spec.nodeAffinity, errors);
  validateOneSource(spec, spec.nodeAffinity ? sources : sourcesWithoutNode, { name: metadata.name, at: SPEC }, errors, UNCOUNTED);
  const { persistentVolumeReclaimPolicy: reclaim, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  if (spec.hostPath && posix.normalize(spec.hostPath.path || '.').replace(/(.)\/$/, '$1') === '/' && reclaim === 'Recycle') {
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
  validateCapacity(spec.capacity, path.child('capacity'), errors);
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
  validateOneSource(spec, sourcesWithoutNode, { name: '', at: path }, errors, UNCOUNTED);
  if (spec.storageClassName) errors.forbidden(path.child('storageClassName'), `may not be specified ${where}`);
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') errors.forbidden(path.child('volumeMode'), `may not specify volumeMode other than Filesystem ${where}`);
  if (spec.volumeAttributesClassName) errors.forbidden(path.child('volumeAttributesClassName'), `may not be specified ${where}`);
}

function validateCapacity(capacity: Readonly<Record<string, string | number>> | undefined, path: FieldPath, errors: FieldErrors): void {
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) errors.required(path);
  if (!names.includes('storage') || names.length > 1) errors.notSupported(path, capacity, ['storage']);
  for (const [name, value] of Object.entries(capacity ?? {})) {
    const quantity = parseQuantity(value);
    validateBasicResource(quantity, path.key(name), errors);
    if (quantity.nanos <= 0n) errors.invalid(path.key(name), formatQuantity(quantity), POSITIVE_TEXT);
  }
}

function validateAffinity(nodeAffinity: DeepReadonly<VolumeNodeAffinity> | undefined, errors: FieldErrors): void {
  const path = SPEC.child('nodeAffinity');
  if (nodeAffinity?.required) validateNodeSelector(nodeAffinity.required, path.child('required'), errors);
  else if (nodeAffinity) errors.required(path.child('required'), 'must specify required node constraints');
}

/** The volume as it is now is judged anew, so its faults are told twice. */
export function validatePersistentVolumeUpdate(volume: DeepReadonly<PersistentVolume>, old: DeepReadonly<PersistentVolume>, errors: FieldErrors): void {
  validateVolume(volume, errors);
  const [before, after] = [old, volume].map(({ spec }) => {
    const { controllerExpandSecretRef: _, ...driver } = spec.csi ?? { driver: '', volumeHandle: '' };
    return goForm('core.v1.PersistentVolumeSpec', { ...spec, ...(spec.csi && { csi: old.spec.csi?.controllerExpandSecretRef ? spec.csi : driver }) }, SOURCE_ORDER);
  });
  if (!isDeepStrictEqual(before, after)) {
    errors.forbidden(SPEC.child('persistentvolumesource'), `spec.persistentvolumesource is immutable after creation\n${jsonDiff(before, after)}`);
  }
  if (volume.spec.volumeMode !== old.spec.volumeMode) errors.invalid(FieldPath.of('volumeMode'), volume.spec.volumeMode ?? null, IMMUTABLE);
  if (old.spec.nodeAffinity && !isSameAffinity(volume.spec.nodeAffinity, old.spec.nodeAffinity)) {
    errors.invalid(FieldPath.of('nodeAffinity'), goForm('core.v1.VolumeNodeAffinity', volume.spec.nodeAffinity), `${IMMUTABLE}, except for updating from beta label to GA`);
  }
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined) {
    errors.forbidden(SPEC.child('volumeAttributesClassName'), 'update from non-nil value to nil is forbidden');
  }
}

const stableLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os', 'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** A label's beta name may give way to its stable one. */
function isSameAffinity(now: DeepReadonly<VolumeNodeAffinity> | undefined, old: DeepReadonly<VolumeNodeAffinity>): boolean {
  const stable = copyOf(old) as VolumeNodeAffinity;
  stable.required?.nodeSelectorTerms.forEach((term, i) => {
    term.matchExpressions?.forEach((one, j) => {
      const key = now?.required?.nodeSelectorTerms[i]?.matchExpressions?.[j]?.key;
      if (key !== undefined && stableLabels[one.key] === key) one.key = key;
    });
  });
  return semanticallyEqual(now, stable);
}
