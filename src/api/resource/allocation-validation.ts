/** What a claim got. Source: pkg/apis/resource/validation, validateResourceClaimStatusUpdate. */
import { validateConditions } from '../../apimachinery/validation/conditions.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual, validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { canonicalIP, parseCidr } from '../../apimachinery/validation/ip.ts';
import { validateLabelName as validateQualifiedName } from '../../apimachinery/validation/labels.ts';
import { validateNodeSelector } from '../core/node-selector.ts';
import type { AllocatedDeviceStatus, AllocationResult, DeviceAllocationConfiguration, DeviceRequestAllocationResult, NetworkDeviceData, ResourceClaim, ResourceClaimConsumerReference } from '../generated/resource-v1.ts';
import { validateDriverName } from '../storage/validation.ts';
import { MAX_CONFIG, requestNames, validateConfiguration, validateRawObject, validateReference, validateReferences } from './claim-validation.ts';
import { validateList, validateSet } from './lists.ts';
import { validateLabelName, validatePoolName } from './names.ts';
import { goForm } from '../go-form.ts';

const STATUS = FieldPath.of('status');
const MAX_RESERVED = 256;
const MAX_RESULTS = 32;
const MAX_DATA = 10 * 1024;
const MAX_CONDITIONS = 8;
const MAX_IPS = 16;
const MAX_INTERFACE_NAME = 256;
const MAX_HARDWARE_ADDRESS = 128;
const MAX_BINDING = 4;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Go cannot print what it keeps of a device's names. */
const SHOWN_ID = { Driver: {}, Pool: {}, Device: {}, ShareID: {} };

function validateUid(uid: string, path: FieldPath, errors: FieldErrors): void {
  if (UUID.test(uid)) return;
  const bare = uid.replace(/^urn:uuid:|[{}]/gi, '');
  const isAny = UUID.test(bare.toLowerCase()) || /^[0-9a-f]{32}$/i.test(uid);
  errors.invalid(path, uid, isAny
    ? 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters'
    : `error validating uid: ${[32, 36, 38, 45].includes(uid.length) ? 'invalid UUID format' : `invalid UUID length: ${uid.length}`}`);
}

/** The conditions that must hold before a pod is bound, and those that say it never will be. */
export function validateBinding({ bindingConditions, bindingFailureConditions }: { readonly bindingConditions?: readonly string[]; readonly bindingFailureConditions?: readonly string[] }, path: FieldPath, errors: FieldErrors): void {
  const [wanted, failures] = [bindingConditions ?? [], bindingFailureConditions ?? []];
  const [wantedPath, failuresPath] = [path.child('bindingConditions'), path.child('bindingFailureConditions')];
  validateList(wanted, MAX_BINDING, validateQualifiedName, wantedPath, errors);
  validateList(failures, MAX_BINDING, validateQualifiedName, failuresPath, errors);
  wanted.forEach((one, i) => {
    if (wanted.indexOf(one) < i) errors.duplicate(wantedPath.index(i), one);
  });
  failures.forEach((one, i) => {
    if (failures.indexOf(one) < i) errors.duplicate(failuresPath.index(i), one);
    if (wanted.includes(one)) errors.invalid(failuresPath.index(i), one, 'bindingFailureConditions must not overlap with bindingConditions');
  });
  if (wanted.length === 0 && failures.length > 0) errors.invalid(wantedPath, bindingConditions ?? null, 'bindingConditions are required to use bindingFailureConditions');
  if (failures.length === 0 && wanted.length > 0) errors.invalid(failuresPath, bindingFailureConditions ?? null, 'bindingFailureConditions are required to use bindingConditions');
}

function validateResult(result: DeepReadonly<DeviceRequestAllocationResult>, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateReference(result.request, known, path.child('request'), errors);
  validateDriverName(result.driver, path.child('driver'), errors);
  validatePoolName(result.pool, path.child('pool'), errors);
  validateLabelName(result.device, path.child('device'), errors);
  validateBinding(result, path, errors);
  if (result.shareID !== undefined) validateUid(result.shareID, path.child('shareID'), errors);
}

function validateAllocatedConfig(config: DeepReadonly<DeviceAllocationConfiguration>, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (config.source === '') errors.required(path.child('source'));
  else if (config.source !== 'FromClaim' && config.source !== 'FromClass') errors.notSupported(path.child('source'), config.source, ['FromClaim', 'FromClass']);
  validateReferences(config.requests, known, path.child('requests'), errors);
  validateConfiguration(config.opaque, path, errors);
}

function validateAllocation({ devices, nodeSelector }: DeepReadonly<AllocationResult>, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateList(devices?.results, MAX_RESULTS, (result, at) => validateResult(result, known, at, errors), path.child('devices', 'results'), errors);
  validateList(devices?.config, 2 * MAX_CONFIG, (config, at) => validateAllocatedConfig(config, known, at, errors), path.child('devices', 'config'), errors);
  if (nodeSelector) validateNodeSelector(nodeSelector, path.child('nodeSelector'), errors);
}

interface DeviceNames {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

/** What tells one device, or share of it, from all others. */
export function deviceId({ driver, pool, device, shareID = '' }: DeviceNames): string {
  return [driver, pool, device, shareID].join('\0');
}

function validateInterfaceAddress(address: string, path: FieldPath, errors: FieldErrors): void {
  const cidr = parseCidr(address);
  if (!cidr) {
    errors.invalid(path, address, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)');
    return;
  }
  const canonical = `${canonicalIP(cidr.ip)}/${cidr.prefixLength}`;
  if (canonical !== address) errors.invalid(path, address, `must be in canonical form (${JSON.stringify(canonical)})`);
}

function validateNetworkData({ interfaceName = '', hardwareAddress = '', ips }: DeepReadonly<NetworkDeviceData>, path: FieldPath, errors: FieldErrors): void {
  if (interfaceName.length > MAX_INTERFACE_NAME) errors.tooLong(path.child('interfaceName'), MAX_INTERFACE_NAME);
  if (hardwareAddress.length > MAX_HARDWARE_ADDRESS) errors.tooLong(path.child('hardwareAddress'), MAX_HARDWARE_ADDRESS);
  validateSet(ips, MAX_IPS, { check: validateInterfaceAddress, keyOf: (ip) => ip }, path.child('ips'), errors);
}

function validateDeviceStatus(device: DeepReadonly<AllocatedDeviceStatus>, allocated: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateDriverName(device.driver, path.child('driver'), errors);
  validatePoolName(device.pool, path.child('pool'), errors);
  validateLabelName(device.device, path.child('device'), errors);
  if (device.shareID !== undefined) validateUid(device.shareID, path.child('shareID'), errors);
  if (!allocated.has(deviceId(device))) errors.invalid(path, SHOWN_ID, 'must be an allocated device in the claim');
  const conditions = device.conditions ?? [];
  if (conditions.length > MAX_CONDITIONS) errors.tooMany(path.child('conditions'), conditions.length, MAX_CONDITIONS);
  validateConditions(conditions, path.child('conditions'), errors);
  if (device.data !== undefined) validateRawObject(device.data, MAX_DATA, path.child('data'), errors);
  if (device.networkData) validateNetworkData(device.networkData, path.child('networkData'), errors);
}

function validateConsumer({ resource, name, uid }: DeepReadonly<ResourceClaimConsumerReference>, path: FieldPath, errors: FieldErrors): void {
  for (const [field, value] of Object.entries({ resource, name, uid })) if (!value) errors.required(path.child(field));
}

function validateReservations({ metadata, status }: DeepReadonly<ResourceClaim>, old: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  const path = STATUS.child('reservedFor');
  const reserved = status.reservedFor ?? [];
  if (reserved.length === 0) return;
  if (!status.allocation) errors.forbidden(path, 'may not be specified when `allocated` is not set');
  else if (metadata.deletionTimestamp && reserved.some((one) => !old.status.reservedFor?.some((other) => semanticallyEqual(one, other)))) {
    errors.forbidden(path, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set');
  }
}

export function validateClaimStatus(object: DeepReadonly<ResourceClaim>, old: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  const { spec, status } = object;
  const allocated = new Set((status.allocation?.devices?.results ?? []).map((result) => deviceId(result)));
  validateSet(status.reservedFor, MAX_RESERVED, { check: validateConsumer, keyOf: ({ uid }) => uid }, STATUS.child('reservedFor'), errors);
  validateSet(status.devices, Number.POSITIVE_INFINITY, { check: (device, at) => validateDeviceStatus(device, allocated, at, errors), keyOf: deviceId, shown: () => SHOWN_ID }, STATUS.child('devices'), errors);
  validateReservations(object, old, errors);
  if (status.allocation && old.status.allocation) validateImmutable(status.allocation, old.status.allocation, STATUS.child('allocation'), errors, goForm('resource.v1.AllocationResult', status.allocation));
  else if (status.allocation) validateAllocation(status.allocation, requestNames(spec.devices), STATUS.child('allocation'), errors);
}
