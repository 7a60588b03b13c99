/** Source: pkg/apis/storage/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isQualifiedName, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { validateNonNegativeQuantity } from '../../apimachinery/validation/quantities.ts';
import type { CSIDriver, CSINode, CSINodeDriver, CSIStorageCapacity, StorageClass, TokenRequest, VolumeAttributesClass } from '../generated/storage-v1.ts';
import { goForm } from '../go-form.ts';
import { addInvalid } from '../path-segment.ts';
import { validateAllowedTopologies } from './topologies.ts';

const SPEC = FieldPath.of('spec');
const MAX_DRIVER_NAME = 63;
const MAX_NODE_ID = 256;
const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

export function validateDriverName(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (name.length > MAX_DRIVER_NAME) errors.tooLong(path, MAX_DRIVER_NAME);
  addInvalid(isDns1123Subdomain(name.toLowerCase()), name, path, errors);
}

function validateParameters(parameters: DeepReadonly<Record<string, string>> | undefined, mayBeEmpty: boolean, errors: FieldErrors): void {
  const path = FieldPath.of('parameters');
  const entries = Object.entries(parameters ?? {});
  if (entries.length > MAX_PARAMETERS) {
    errors.tooLong(path, MAX_PARAMETERS);
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.invalid(path, key, 'field can not be empty.');
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_PARAMETERS_BYTES) errors.tooLong(path, MAX_PARAMETERS_BYTES);
  if (!mayBeEmpty && entries.length === 0) errors.required(path, 'must contain at least one key/value pair');
}

function validateProvisioner(name: string, path: FieldPath, errors: FieldErrors): void {
  const provisioner = name.toLowerCase();
  if (provisioner === '') errors.required(path);
  else addInvalid(isQualifiedName(provisioner), provisioner, path, errors);
}

export function validateStorageClass(object: DeepReadonly<StorageClass>, errors: FieldErrors): void {
  validateProvisioner(object.provisioner, FieldPath.of('provisioner'), errors);
  validateParameters(object.parameters, true, errors);
  const policies = new Set(['Delete', 'Retain']);
  if (object.reclaimPolicy && !policies.has(object.reclaimPolicy)) errors.notSupported(FieldPath.of('reclaimPolicy'), object.reclaimPolicy, policies);
  const modes = new Set(['Immediate', 'WaitForFirstConsumer']);
  if (object.volumeBindingMode === undefined) errors.required(FieldPath.of('volumeBindingMode'));
  else if (!modes.has(object.volumeBindingMode)) errors.notSupported(FieldPath.of('volumeBindingMode'), object.volumeBindingMode, modes);
  validateAllowedTopologies(object.allowedTopologies ?? [], FieldPath.of('allowedTopologies'), errors);
}

export function validateStorageClassUpdate(object: DeepReadonly<StorageClass>, old: DeepReadonly<StorageClass>, errors: FieldErrors): void {
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) validateImmutable(object[name], old[name], FieldPath.of(name), errors);
}

function validateTokenRequests(requests: DeepReadonly<TokenRequest[]>, errors: FieldErrors): void {
  const path = SPEC.child('tokenRequests');
  requests.forEach(({ audience, expirationSeconds }, i) => {
    if (requests.findIndex((one) => one.audience === audience) < i) {
      errors.duplicate(path.index(i).child('audience'), audience);
      return;
    }
    if (expirationSeconds === undefined) return;
    const secondsPath = path.index(i).child('expirationSeconds');
    if (expirationSeconds < MIN_TOKEN_SECONDS) errors.invalid(secondsPath, expirationSeconds, 'may not specify a duration less than 10 minutes');
    if (expirationSeconds > MAX_TOKEN_SECONDS) errors.invalid(secondsPath, expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  });
}

export function validateCSIDriver({ spec }: DeepReadonly<CSIDriver>, errors: FieldErrors): void {
  if (spec.attachRequired === undefined) errors.required(SPEC.child('attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.required(SPEC.child('podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.required(SPEC.child('storageCapacity'));
  const policies = new Set(['File', 'None', 'ReadWriteOnceWithFSType']);
  if (spec.fsGroupPolicy !== undefined && !policies.has(spec.fsGroupPolicy)) errors.notSupported(SPEC.child('fsGroupPolicy'), spec.fsGroupPolicy, policies);
  validateTokenRequests(spec.tokenRequests ?? [], errors);
  const modes = ['Persistent', 'Ephemeral'];
  spec.volumeLifecycleModes?.forEach((mode) => {
    if (!modes.includes(mode)) errors.notSupported(SPEC.child('volumeLifecycleModes'), mode, modes);
  });
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) errors.invalid(SPEC.child('nodeAllocatableUpdatePeriodSeconds'), period, 'must be greater than or equal to 10 seconds');
  if (spec.serviceAccountTokenInSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    errors.invalid(SPEC.child('serviceAccountTokenInSecrets'), spec.serviceAccountTokenInSecrets, 'must be unset when tokenRequests is empty');
  }
}

export function validateCSIDriverUpdate(object: DeepReadonly<CSIDriver>, old: DeepReadonly<CSIDriver>, errors: FieldErrors): void {
  validateImmutable(object.spec.attachRequired, old.spec.attachRequired, SPEC.child('attachedRequired'), errors);
  validateImmutable(object.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, SPEC.child('volumeLifecycleModes'), errors);
}

function validateNodeDriver(driver: DeepReadonly<CSINodeDriver>, isRepeated: boolean, path: FieldPath, errors: FieldErrors): void {
  validateDriverName(driver.name, path.child('name'), errors);
  if (driver.nodeID === '') errors.required(path.child('nodeID'));
  else if (driver.nodeID.length > MAX_NODE_ID) errors.invalid(path.child('nodeID'), driver.nodeID, `must be ${MAX_NODE_ID} characters or less`);
  validateNonNegative(driver.allocatable?.count, path.child('allocatable', 'count'), errors);
  if (isRepeated) errors.duplicate(path.child('name'), driver.name);
  const keys = driver.topologyKeys ?? [];
  keys.forEach((key, i) => {
    if (key === '') errors.required(path);
    if (keys.indexOf(key) < i) errors.duplicate(path, key);
    addInvalid(isQualifiedName(key), key, path, errors);
  });
}

export function validateCSINode({ spec }: DeepReadonly<CSINode>, errors: FieldErrors): void {
  const drivers = spec.drivers ?? [];
  drivers.forEach((driver, i) => {
    const isRepeated = drivers.findIndex((one) => one.name === driver.name) < i;
    validateNodeDriver(driver, isRepeated, SPEC.child('drivers').index(i), errors);
  });
}

/** A driver may come and go, and change how many volumes it takes; the rest of what it said stays. */
export function validateCSINodeUpdate(object: DeepReadonly<CSINode>, old: DeepReadonly<CSINode>, errors: FieldErrors): void {
  const drivers = (object.spec.drivers as CSINodeDriver[] | null) ?? [];
  for (const before of (old.spec.drivers as CSINodeDriver[] | null) ?? []) {
    const after = drivers.find((driver) => driver.name === before.name);
    if (after) validateImmutable({ ...after, allocatable: null }, { ...before, allocatable: null }, SPEC.child('drivers'), errors, goForm('storage.v1.CSINodeDriver', { ...after, allocatable: undefined }));
  }
}

export function validateCSIStorageCapacity(object: DeepReadonly<CSIStorageCapacity>, errors: FieldErrors): void {
  validateLabelSelector(object.nodeTopology, FieldPath.of('nodeTopology'), errors);
  addInvalid(isDns1123Subdomain(object.storageClassName), object.storageClassName, FieldPath.of('storageClassName'), errors);
  validateNonNegativeQuantity(object.capacity, FieldPath.of('capacity'), errors);
}

export function validateCSIStorageCapacityUpdate(object: DeepReadonly<CSIStorageCapacity>, old: DeepReadonly<CSIStorageCapacity>, errors: FieldErrors): void {
  validateImmutable(object.nodeTopology, old.nodeTopology, FieldPath.of('nodeTopology'), errors);
  validateImmutable(object.storageClassName, old.storageClassName, FieldPath.of('storageClassName'), errors);
}

export function validateVolumeAttributesClass(object: DeepReadonly<VolumeAttributesClass>, errors: FieldErrors): void {
  validateProvisioner(object.driverName, FieldPath.of('driverName'), errors);
  validateParameters(object.parameters, false, errors);
}

export function validateVolumeAttributesClassUpdate(object: DeepReadonly<VolumeAttributesClass>, old: DeepReadonly<VolumeAttributesClass>, errors: FieldErrors): void {
  for (const name of ['driverName', 'parameters'] as const) validateImmutable(object[name], old[name], FieldPath.of(name), errors);
}
