/** What a volume may be. Source: kubernetes pkg/apis/core/validation, validateVolumeSource. */
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import { addInvalid, betweenText } from '../../../apimachinery/validation/values.ts';
import type { AzureDiskVolumeSource, CSIVolumeSource, FCVolumeSource, FlexVolumeSource, ISCSIVolumeSource, KeyToPath, Volume } from '../../generated/core-v1.ts';
import { validateDescendingPath, validateFileMode, validateNoBacksteps } from './paths.ts';
import { validateDownwardFile, validateKeyToPath, validateProjected } from './projections.ts';

export type SourceCheck<T> = (source: DeepReadonly<T>, path: FieldPath, errors: FieldErrors) => void;
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

function validatePartition(partition: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (partition !== undefined && (partition < 0 || partition > 255)) errors.invalid(path.child('partition'), partition, betweenText(0, 255));
}

export const validateHostPath: SourceCheck<NonNullable<Volume['hostPath']>> = ({ path: target, type }, path, errors) => {
  if (!target) return errors.required(path.child('path'));
  validateNoBacksteps(target, path.child('path'), errors);
  if (type !== undefined && !hostPathTypes.has(type)) errors.notSupported(path.child('type'), type, hostPathTypes);
};

export const validateIscsi: SourceCheck<Pick<ISCSIVolumeSource, 'targetPortal' | 'iqn' | 'lun' | 'chapAuthDiscovery' | 'chapAuthSession' | 'initiatorName'> & { secretRef?: object }> = (source, path, errors) => {
  const { targetPortal, iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
  if (!targetPortal) errors.required(path.child('targetPortal'));
  if (!iqn) errors.required(path.child('iqn'));
  else if (!/^(iqn|eui|naa)/.test(iqn)) errors.invalid(path.child('iqn'), iqn, 'must be valid format starting with iqn, eui, or naa');
  else if (!isIqn(iqn)) errors.invalid(path.child('iqn'), iqn, 'must be valid format');
  if (lun < 0 || lun > 255) errors.invalid(path.child('lun'), lun, betweenText(0, 255));
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) errors.required(path.child('secretRef'));
  if (initiatorName !== undefined && !isIqn(initiatorName)) errors.invalid(path.child('initiatorname'), initiatorName, 'must be valid format');
};

function isIqn(name: string): boolean {
  return /^iqn\.\d{4}-\d{2}\.([a-z0-9-_.]+)(:.*)?$/i.test(name) || /^eui\.[0-9a-f]{16}$/i.test(name) || /^naa\.[0-9a-f]{32}$/i.test(name);
}

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

export const validateAzureDisk: SourceCheck<AzureDiskVolumeSource> = (source, path, errors) => {
  requireFields(source, path, errors, 'diskName', 'diskURI');
  const { cachingMode, kind } = source;
  const modes: ReadonlySet<string> = new Set(['None', 'ReadOnly', 'ReadWrite']);
  const kinds: ReadonlySet<string> = new Set(['Dedicated', 'Managed', 'Shared']);
  if (cachingMode !== undefined && !modes.has(cachingMode)) errors.notSupported(path.child('cachingMode'), cachingMode, modes);
  if (kind !== undefined && !kinds.has(kind)) errors.notSupported(path.child('kind'), kind, kinds);
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
  if (!name) errors.required(path.child('nodePublishSecretRef').child('name'));
  else addInvalid(errors, path.child('nodePublishSecretRef').child('name'), name, isDns1123Subdomain(name));
};

export const validateFlocker: SourceCheck<NonNullable<Volume['flocker']>> = ({ datasetName, datasetUUID }, path, errors) => {
  if (!datasetName && !datasetUUID) errors.required(path, 'one of datasetName and datasetUUID is required');
  if (datasetName && datasetUUID) errors.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  if (datasetName?.includes('/')) errors.invalid(path.child('datasetName'), datasetName, "must not contain '/'");
};

/** In the order in which they are looked at; the claim of an ephemeral volume is checked with its volume. */
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
  gcePersistentDisk: (source, path, errors) => {
    requireFields(source, path, errors, 'pdName');
    validatePartition(source.partition, path, errors);
  },
  awsElasticBlockStore: (source, path, errors) => {
    requireFields(source, path, errors, 'volumeID');
    validatePartition(source.partition, path, errors);
  },
  secret: (source, path, errors) => {
    requireFields(source, path, errors, 'secretName');
    validateFiles(source, path, errors);
  },
  nfs: validateNfs,
  iscsi: validateIscsi,
  glusterfs: requires('endpoints', 'path'),
  flocker: validateFlocker,
  persistentVolumeClaim: requires('claimName'),
  rbd: requires('monitors', 'image'),
  cinder: requires('volumeID'),
  cephfs: requires('monitors'),
  quobyte: requires('registry', 'volume'),
  downwardAPI: ({ defaultMode, items }, path, errors) => {
    validateFileMode(defaultMode, path.child('defaultMode'), errors);
    items?.forEach((item, i) => {
      validateDownwardFile(item, path.child('items').index(i), errors);
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
  storageos: requires('volumeName'),
  projected: validateProjected,
  scaleIO: requires('gateway', 'system', 'volumeName'),
  csi: validateCsi,
  ephemeral: requires('volumeClaimTemplate'),
  image: ({ reference, pullPolicy }, path, errors) => {
    if (!reference) errors.required(path.child('reference'));
    if (pullPolicy && !pullPolicies.has(pullPolicy)) errors.notSupported(path.child('pullPolicy'), pullPolicy, pullPolicies);
  },
};
