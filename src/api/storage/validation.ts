/** Source: pkg/apis/storage/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual, validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isQualifiedName, validateLabelName, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { validateNonNegativeQuantity } from '../../apimachinery/validation/quantities.ts';
import type { CSIDriver, CSINode, CSINodeDriver, CSIStorageCapacity, StorageClass, TokenRequest, VolumeAttachment, VolumeAttributesClass } from '../generated/storage-v1.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_DRIVER_NAME = 63;
const MAX_NODE_ID = 192;
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
  if (entries.length > MAX_PARAMETERS) errors.tooMany(path, entries.length, MAX_PARAMETERS);
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.invalid(path, key, 'field can not be empty.');
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_PARAMETERS_BYTES) errors.tooLong(path, MAX_PARAMETERS_BYTES);
  if (!mayBeEmpty && entries.length === 0) errors.required(path, 'must contain at least one key/value pair');
}

export function validateStorageClass(object: DeepReadonly<StorageClass>, errors: FieldErrors): void {
  const provisioner = object.provisioner.toLowerCase();
  if (provisioner === '') errors.required(FieldPath.of('provisioner'));
  else addInvalid(isQualifiedName(provisioner), provisioner, FieldPath.of('provisioner'), errors);
  validateParameters(object.parameters, true, errors);
  const policies = new Set(['Delete', 'Retain']);
  if (object.reclaimPolicy && !policies.has(object.reclaimPolicy)) errors.notSupported(FieldPath.of('reclaimPolicy'), object.reclaimPolicy, policies);
  const modes = new Set(['Immediate', 'WaitForFirstConsumer']);
  if (object.volumeBindingMode === undefined) errors.required(FieldPath.of('volumeBindingMode'));
  else if (!modes.has(object.volumeBindingMode)) errors.notSupported(FieldPath.of('volumeBindingMode'), object.volumeBindingMode, modes);
  object.allowedTopologies?.forEach((term, i) => {
    const keys = new Set<string>();
    term.matchLabelExpressions?.forEach((one, j) => {
      const path = FieldPath.of('allowedTopologies').index(i).child('matchLabelExpressions').index(j);
      if ((one.values ?? []).length === 0) errors.required(path.child('values'));
      one.values.forEach((value, k) => {
        if (one.values.indexOf(value) < k) errors.duplicate(path.child('values').index(k), value);
      });
      validateLabelName(one.key, path.child('key'), errors);
      if (keys.has(one.key)) errors.duplicate(path.child('key'), one.key);
      keys.add(one.key);
    });
  });
}

export function validateStorageClassUpdate(object: DeepReadonly<StorageClass>, old: DeepReadonly<StorageClass>, errors: FieldErrors): void {
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) validateImmutable(object[name], old[name], FieldPath.of(name), errors);
}

function validateTokenRequests(requests: DeepReadonly<TokenRequest[]>, errors: FieldErrors): void {
  const path = SPEC.child('tokenRequests');
  requests.forEach(({ audience, expirationSeconds }, i) => {
    if (requests.findIndex((one) => one.audience === audience) < i) errors.duplicate(path.index(i).child('audience'), audience);
    if (expirationSeconds === undefined) return;
    const secondsPath = path.index(i).child('expirationSeconds');
    if (expirationSeconds < MIN_TOKEN_SECONDS) errors.invalid(secondsPath, expirationSeconds, 'may not specify a duration less than 10 minutes');
    if (expirationSeconds > MAX_TOKEN_SECONDS) errors.invalid(secondsPath, expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  });
}

export function validateCSIDriver({ metadata, spec }: DeepReadonly<CSIDriver>, errors: FieldErrors): void {
  validateDriverName(metadata.name, FieldPath.of('metadata.name'), errors);
  if (spec.attachRequired === undefined) errors.required(SPEC.child('attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.required(SPEC.child('podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.required(SPEC.child('storageCapacity'));
  const policies = new Set(['File', 'None', 'ReadWriteOnceWithFSType']);
  if (spec.fsGroupPolicy !== undefined && !policies.has(spec.fsGroupPolicy)) errors.notSupported(SPEC.child('fsGroupPolicy'), spec.fsGroupPolicy, policies);
  validateTokenRequests(spec.tokenRequests ?? [], errors);
  const modes = new Set(['Ephemeral', 'Persistent']);
  spec.volumeLifecycleModes?.forEach((mode) => {
    if (!modes.has(mode)) errors.notSupported(SPEC.child('volumeLifecycleModes'), mode, modes);
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

function validateNodeDriver(driver: DeepReadonly<CSINodeDriver>, path: FieldPath, errors: FieldErrors): void {
  validateDriverName(driver.name, path.child('name'), errors);
  if (driver.nodeID === '') errors.required(path.child('nodeID'));
  else if (driver.nodeID.length > MAX_NODE_ID) errors.invalid(path.child('nodeID'), driver.nodeID, `must be ${MAX_NODE_ID} characters or less`);
  validateNonNegative(driver.allocatable?.count, path.child('allocatable', 'count'), errors);
  const keys = driver.topologyKeys ?? [];
  keys.forEach((key, i) => {
    if (keys.indexOf(key) < i) errors.duplicate(path, key);
    addInvalid(isQualifiedName(key), key, path, errors);
  });
}

export function validateCSINode({ spec }: DeepReadonly<CSINode>, errors: FieldErrors): void {
  const drivers = spec.drivers ?? [];
  drivers.forEach((driver, i) => {
    const path = SPEC.child('drivers').index(i);
    validateNodeDriver(driver, path, errors);
    if (drivers.findIndex((one) => one.name === driver.name) < i) errors.duplicate(path.child('name'), driver.name);
  });
}

/** A driver may come and go, and change how many volumes it takes; the rest of what it said stays. */
export function validateCSINodeUpdate(object: DeepReadonly<CSINode>, old: DeepReadonly<CSINode>, errors: FieldErrors): void {
  for (const before of old.spec.drivers) {
    const after = object.spec.drivers.find((driver) => driver.name === before.name);
    if (after && !semanticallyEqual({ ...after, allocatable: null }, { ...before, allocatable: null })) errors.invalid(FieldPath.of('CSINodeDriver'), after, 'field is immutable');
  }
}

/** The form that messages show: Kubernetes' own inside. */
function shownAttachment({ attacher, source, nodeName }: DeepReadonly<VolumeAttachment['spec']>): object {
  return { Attacher: attacher, Source: { PersistentVolumeName: source.persistentVolumeName ?? null, InlineVolumeSpec: source.inlineVolumeSpec ?? null }, NodeName: nodeName };
}

export function validateVolumeAttachment({ spec }: DeepReadonly<VolumeAttachment>, errors: FieldErrors): void {
  validateDriverName(spec.attacher, SPEC.child('attacher'), errors);
  const { persistentVolumeName, inlineVolumeSpec } = spec.source;
  const path = SPEC.child('source');
  if (persistentVolumeName === undefined && !inlineVolumeSpec) errors.required(path, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
  if (persistentVolumeName !== undefined && inlineVolumeSpec) errors.forbidden(path, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
  if (persistentVolumeName !== undefined) addInvalid(isDns1123Subdomain(persistentVolumeName), persistentVolumeName, path.child('persistentVolumeName'), errors);
  addInvalid(isDns1123Subdomain(spec.nodeName), spec.nodeName, SPEC.child('nodeName'), errors);
}

export function validateVolumeAttachmentUpdate(object: DeepReadonly<VolumeAttachment>, old: DeepReadonly<VolumeAttachment>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors, shownAttachment(object.spec));
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
  validateDriverName(object.driverName, FieldPath.of('driverName'), errors);
  validateParameters(object.parameters, false, errors);
}

export function validateVolumeAttributesClassUpdate(object: DeepReadonly<VolumeAttributesClass>, old: DeepReadonly<VolumeAttributesClass>, errors: FieldErrors): void {
  for (const name of ['driverName', 'parameters'] as const) validateImmutable(object[name], old[name], FieldPath.of(name), errors);
}
