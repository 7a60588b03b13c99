/** What a volume may be. Source: kubernetes pkg/apis/core/validation, validateVolumeSource. */
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import { addInvalid, betweenText } from '../../../apimachinery/validation/values.ts';
import type { AzureDiskVolumeSource, CSIVolumeSource, FCVolumeSource, FlexVolumeSource, KeyToPath, Volume } from '../../generated/core-v1.ts';
import { validateClaimTemplate } from '../claim-validation.ts';
import { validateDescendingPath, validateFileMode, validateNoBacksteps } from './paths.ts';
import { initiatorLengthFault, validateIscsi } from './iscsi.ts';
import { validateDownwardFile, validateKeyToPath, validateProjected } from './projections.ts';

/** What holds a source: a volume of a pod, or a persistent volume. */
export interface VolumeHolder {
  readonly name: string;
  /** The place of the volume itself. */
  readonly at: FieldPath;
  /** Undefined in templates, and for persistent volumes. */
  readonly podName?: string | undefined;
}

export type SourceCheck<T> = (source: DeepReadonly<T>, path: FieldPath, errors: FieldErrors, holder: VolumeHolder) => void;
type Checks = { readonly [K in Exclude<keyof Volume, 'name'>]-?: SourceCheck<NonNullable<Volume[K]>> };

const hostPathTypes: ReadonlySet<string> = new Set(['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']);
const pullPolicies: ReadonlySet<string> = new Set(['Always', 'IfNotPresent', 'Never']);
const MAX_DRIVER_NAME = 63;

/** Requires fields, each named. */
export function requireFields(source: object, path: FieldPath, errors: FieldErrors, ...names: string[]): void {
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) errors.required(path.child(name));
  }
}

function requires(...names: string[]): (source: object, path: FieldPath, errors: FieldErrors) => void {
  return (source, path, errors) => {
    requireFields(source, path, errors, ...names);
  };
}

function validateFiles(source: { readonly items?: DeepReadonly<KeyToPath[]>; readonly defaultMode?: number }, path: FieldPath, errors: FieldErrors): void {
  validateFileMode(source.defaultMode, path.child('defaultMode'), errors);
  source.items?.forEach((item, i) => {
    validateKeyToPath(item, path.child('items').index(i), errors);
  });
}

/** The message speaks of 1, and yet 0, which is the default, passes. */
function validatePartition(partition: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (partition !== undefined && (partition < 0 || partition > 255)) errors.invalid(path.child('partition'), partition, betweenText(1, 255));
}

/** A disk by one name, in one of its partitions. */
export function validateDisk(nameField: string): (source: { readonly partition?: number }, path: FieldPath, errors: FieldErrors) => void {
  return (source, path, errors) => {
    requireFields(source, path, errors, nameField);
    validatePartition(source.partition, path, errors);
  };
}

export const validateHostPath: SourceCheck<NonNullable<Volume['hostPath']>> = ({ path: target, type }, path, errors) => {
  if (!target) return errors.required(path.child('path'));
  validateNoBacksteps(target, path.child('path'), errors);
  if (type !== undefined && !hostPathTypes.has(type)) errors.notSupported(path.child('type'), type, hostPathTypes);
};

export const validateNfs: SourceCheck<NonNullable<Volume['nfs']>> = ({ server, path: target }, path, errors) => {
  if (!server) errors.required(path.child('server'));
  if (!target) errors.required(path.child('path'));
  if (!target.startsWith('/')) errors.invalid(path.child('path'), target, 'must be an absolute path');
};

export const validateFc: SourceCheck<FCVolumeSource> = ({ targetWWNs = [], wwids = [], lun }, path, errors) => {
  if (targetWWNs.length === 0 && wwids.length === 0) errors.required(path.child('targetWWNs'), 'must specify either targetWWNs or wwids, but not both');
  if (targetWWNs.length > 0 && wwids.length > 0) errors.invalid(path.child('targetWWNs'), targetWWNs, 'targetWWNs and wwids can not be specified simultaneously');
  if (targetWWNs.length === 0) return;
  if (lun === undefined) errors.required(path.child('lun'), 'lun is required if targetWWNs is specified');
  else if (lun < 0 || lun > 255) errors.invalid(path.child('lun'), lun, betweenText(0, 255));
};

export const validateFlex: SourceCheck<Pick<FlexVolumeSource, 'driver' | 'options'>> = ({ driver, options }, path, errors) => {
  if (!driver) errors.required(path.child('driver'));
  for (const key of Object.keys(options ?? {})) {
    const namespace = `.${(key.includes('/') ? key.slice(0, key.indexOf('/')) : key).toLowerCase()}`;
    if (namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io')) {
      errors.invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved');
    }
  }
};

const MANAGED_DISK = {
  start: '/subscriptions/', example: '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
};
const BLOB_DISK = { start: 'https://', example: 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd' };

export const validateAzureDisk: SourceCheck<AzureDiskVolumeSource> = (source, path, errors) => {
  requireFields(source, path, errors, 'diskName', 'diskURI');
  const { cachingMode, kind } = source;
  const modes: ReadonlySet<string> = new Set(['None', 'ReadOnly', 'ReadWrite']);
  const kinds: ReadonlySet<string> = new Set(['Dedicated', 'Managed', 'Shared']);
  if (cachingMode !== undefined && !modes.has(cachingMode)) errors.notSupported(path.child('cachingMode'), cachingMode, modes);
  if (kind !== undefined && !kinds.has(kind)) errors.notSupported(path.child('kind'), kind, kinds);
  const form = kind === 'Managed' ? MANAGED_DISK : BLOB_DISK;
  const { diskURI } = source;
  if (kind !== undefined && !diskURI.startsWith(form.start)) errors.notSupported(path.child('diskURI'), diskURI, [form.example]);
};

export function validateCsiDriver(driver: string, path: FieldPath, errors: FieldErrors): void {
  if (!driver) return errors.required(path);
  if (driver.length > MAX_DRIVER_NAME) errors.tooLong(path, MAX_DRIVER_NAME);
  addInvalid(errors, path, driver, isDns1123Subdomain(driver.toLowerCase()));
}

const validateCsi: SourceCheck<CSIVolumeSource> = ({ driver, nodePublishSecretRef }, path, errors) => {
  validateCsiDriver(driver, path.child('driver'), errors);
  if (!nodePublishSecretRef) return;
  const { name } = nodePublishSecretRef;
  if (!name) errors.required(path.child('nodePublishSecretRef', 'name'));
  else addInvalid(errors, path.child('name'), name, isDns1123Subdomain(name));
};

export const validateFlocker: SourceCheck<NonNullable<Volume['flocker']>> = ({ datasetName, datasetUUID }, path, errors) => {
  if (!datasetName && !datasetUUID) errors.required(path, 'one of datasetName and datasetUUID is required');
  if (datasetName && datasetUUID) errors.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  if (datasetName?.includes('/')) errors.invalid(path.child('datasetName'), datasetName, "must not contain '/'");
};

/** As Go splits hosts from ports: either may be empty, an IPv6 address stands in brackets. */
const HOST_PORT = /^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/;
const REGISTRY_TEXT = 'must be a host:port pair or multiple pairs separated by commas';

export const validateQuobyte: SourceCheck<NonNullable<Volume['quobyte']>> = ({ registry, volume, tenant = '' }, path, errors) => {
  if (!registry) errors.required(path.child('registry'), REGISTRY_TEXT);
  else if (tenant.length > 64) errors.required(path.child('tenant'), 'must be a UUID and may not exceed a length of 64 characters');
  else for (const pair of registry.split(',')) if (!HOST_PORT.test(pair)) errors.invalid(path.child('registry'), registry, REGISTRY_TEXT);
  if (!volume) errors.required(path.child('volume'));
};

export const validateStorageOs: SourceCheck<Pick<NonNullable<Volume['storageos']>, 'volumeName' | 'volumeNamespace'>> = ({ volumeName, volumeNamespace }, path, errors) => {
  if (!volumeName) errors.required(path.child('volumeName'));
  else addInvalid(errors, path.child('volumeName'), volumeName, isDns1123Label(volumeName));
  if (volumeNamespace) addInvalid(errors, path.child('volumeNamespace'), volumeNamespace, isDns1123Label(volumeNamespace));
};

/** In the order in which they are looked at. */
export const volumeSources: Checks = {
  emptyDir: ({ sizeLimit }, path, errors) => {
    if (sizeLimit !== undefined && parseQuantity(sizeLimit).nanos < 0n) {
      errors.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity');
    }
  },
  hostPath: validateHostPath,
  gitRepo: ({ repository, directory }, path, errors) => {
    if (!repository) errors.required(path.child('repository'));
    validateDescendingPath(directory ?? '', path.child('directory'), errors);
  },
  gcePersistentDisk: validateDisk('pdName'),
  awsElasticBlockStore: validateDisk('volumeID'),
  secret: (source, path, errors) => {
    requireFields(source, path, errors, 'secretName');
    validateFiles(source, path, errors);
  },
  nfs: validateNfs,
  iscsi: (source, path, errors, { name, at }) => {
    validateIscsi(source, undefined, path, errors);
    addInvalid(errors, at.child('name'), name, initiatorLengthFault(name, source));
  },
  glusterfs: requires('endpoints', 'path'),
  flocker: validateFlocker,
  persistentVolumeClaim: requires('claimName'),
  rbd: requires('monitors', 'image'),
  cinder: (source, path, errors) => {
    requireFields(source, path, errors, 'volumeID');
    if (source.secretRef) requireFields(source.secretRef, path.child('secretRef'), errors, 'name');
  },
  cephfs: requires('monitors'),
  quobyte: validateQuobyte,
  downwardAPI: ({ defaultMode, items }, path, errors) => {
    validateFileMode(defaultMode, path.child('defaultMode'), errors);
    items?.forEach((item) => {
      validateDownwardFile(item, path, errors);
    });
  },
  fc: validateFc,
  flexVolume: validateFlex,
  configMap: (source, path, errors) => {
    requireFields(source, path, errors, 'name');
    validateFiles(source, path, errors);
  },
  azureFile: requires('secretName', 'shareName'),
  vsphereVolume: requires('volumePath'),
  photonPersistentDisk: requires('pdID'),
  portworxVolume: requires('volumeID'),
  azureDisk: validateAzureDisk,
  storageos: (source, path, errors, holder) => {
    validateStorageOs(source, path, errors, holder);
    if (source.secretRef) requireFields(source.secretRef, path.child('secretRef'), errors, 'name');
  },
  projected: validateProjected,
  scaleIO: requires('gateway', 'system', 'volumeName'),
  csi: validateCsi,
  ephemeral: ({ volumeClaimTemplate: template }, path, errors, { name, at, podName }) => {
    if (template) validateClaimTemplate(template, path.child('volumeClaimTemplate'), errors);
    else errors.required(path.child('volumeClaimTemplate'));
    if (!podName || name === '') return;
    // Its claim is named after pod and volume together.
    const claimName = `${podName}-${name}`;
    for (const text of isDns1123Subdomain(claimName)) errors.invalid(at.child('name'), name, `PVC name ${JSON.stringify(claimName)}: ${text}`);
  },
  image: ({ reference, pullPolicy }, path, errors, { podName }) => {
    if (!reference && podName !== undefined) errors.required(path.child('reference'));
    if (!pullPolicy) errors.required(path.child('pullPolicy'));
    else if (!pullPolicies.has(pullPolicy)) errors.notSupported(path.child('pullPolicy'), pullPolicy, pullPolicies);
  },
};
