/** Devices that a driver offers. Source: pkg/apis/resource/validation, validateResourceSliceSpec. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual, validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { validateNodeSelector } from '../core/node-selector.ts';
import type { Counter, CounterSet, Device, DeviceAttribute, DeviceCounterConsumption, DeviceTaint, ResourceSlice } from '../generated/resource-v1.ts';
import { goForm } from '../go-form.ts';
import { addInvalid } from '../path-segment.ts';
import { validateDriverName } from '../storage/validation.ts';
import { validateBinding } from './allocation-validation.ts';
import { validateSharedCapacity, validateSingleCapacity } from './capacity-validation.ts';
import { validateTaint } from './claim-validation.ts';
import { validateList, validateMap, validateSet } from './lists.ts';
import { shownKey, validateAttributeName, validateLabelName, validatePoolName } from './names.ts';

const SPEC = FieldPath.of('spec');
const MAX_DEVICES = 128;
const MAX_COMPLEX_DEVICES = 64;
const MAX_COUNTER_SETS = 8;
const MAX_COUNTERS = 32;
const MAX_CONSUMPTIONS = 2;
const MAX_ATTRIBUTES = 32;
const MAX_TAINTS = 16;
const MAX_ATTRIBUTE_VALUE = 64;
const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;
const ATTRIBUTE_TYPES = ['int', 'bool', 'string', 'version'] as const;

function validateAttribute(attribute: DeepReadonly<DeviceAttribute>, path: FieldPath, errors: FieldErrors): void {
  const { string: text, version } = attribute;
  if (text !== undefined && Buffer.byteLength(text) > MAX_ATTRIBUTE_VALUE) errors.tooLong(path.child('string'), MAX_ATTRIBUTE_VALUE);
  if (version !== undefined) {
    if (!SEMVER.test(version)) errors.invalid(path.child('version'), version, 'must be a string compatible with semver.org spec 2.0.0');
    if (version.length > MAX_ATTRIBUTE_VALUE) errors.tooLong(path.child('version'), MAX_ATTRIBUTE_VALUE);
  }
  const given = ATTRIBUTE_TYPES.filter((type) => attribute[type] !== undefined);
  if (given.length !== 1) errors.invalid(path, given.length === 0 ? '' : shownAttribute(attribute), 'exactly one value must be specified');
}

function shownAttribute(attribute: DeepReadonly<DeviceAttribute>): unknown {
  const fields = goForm('resource.v1.DeviceAttribute', attribute) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${name}Value`.replace('sValue', 'Values'), value]));
}

function validateCounters(counters: DeepReadonly<Record<string, Counter>> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (Object.keys(counters ?? {}).length === 0) errors.required(path);
  else validateMap(counters, MAX_COUNTERS, { key: validateLabelName, shownKey: (key) => shownKey(key, 63) }, path, errors);
}

function validateRequiredLabel(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else validateLabelName(name, path, errors);
}

function validateConsumption({ counterSet, counters }: DeepReadonly<DeviceCounterConsumption>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredLabel(counterSet, path.child('counterSet'), errors);
  validateCounters(counters, path.child('counters'), errors);
}

function validateCounterSet({ name, counters }: DeepReadonly<CounterSet>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredLabel(name, path.child('name'), errors);
  validateCounters(counters, path.child('counters'), errors);
}

interface Place {
  readonly nodeName?: string;
  readonly nodeSelector?: DeepReadonly<ResourceSlice['spec']['nodeSelector']>;
  readonly allNodes?: boolean;
  readonly perDeviceNodeSelection?: boolean;
}

/** Each of them that says something; `unnamed` is what is wrong with a name of nothing. */
function validatePlace(place: Place, unnamed: string, path: FieldPath, errors: FieldErrors): string[] {
  const given: string[] = [];
  const { nodeName, nodeSelector } = place;
  if (nodeName === '') errors.invalid(path.child('nodeName'), nodeName, unnamed);
  else if (nodeName !== undefined) {
    given.push('`nodeName`');
    addInvalid(isDns1123Subdomain(nodeName), nodeName, path.child('nodeName'), errors);
  }
  if (nodeSelector) {
    given.push('`nodeSelector`');
    validateNodeSelector(nodeSelector, path.child('nodeSelector'), errors);
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (place[name]) given.push(`\`${name}\``);
    else if (place[name] === false) errors.invalid(path.child(name), false, 'must be either unset or set to true');
  }
  return given;
}

function validateSlicePlace(spec: DeepReadonly<ResourceSlice['spec']>, errors: FieldErrors): void {
  const rule = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  const terms = spec.nodeSelector?.nodeSelectorTerms;
  // One term, for those of several slices are merged.
  const several = (): void => {
    if (spec.nodeSelector && terms?.length !== 1) errors.invalid(SPEC.child('nodeSelector', 'nodeSelectorTerms'), terms?.map((term) => goForm('core.v1.NodeSelectorTerm', term)) ?? null, 'must have exactly one node selector term');
  };
  const given = validatePlace({ nodeName: spec.nodeName, nodeSelector: spec.nodeSelector }, 'must be either unset or set to a non-empty string', SPEC, errors);
  several();
  given.push(...validatePlace({ allNodes: spec.allNodes, perDeviceNodeSelection: spec.perDeviceNodeSelection }, '', SPEC, errors));
  if (given.length === 0) errors.required(SPEC, rule);
  else if (given.length > 1) errors.invalid(SPEC, `{${given.join(', ')}}`, `${rule}, but multiple fields are set`);
}

function validateDevicePlace({ nodeName, nodeSelector, allNodes }: DeepReadonly<Device>, perDevice: boolean, path: FieldPath, errors: FieldErrors): void {
  if (!perDevice) {
    if (nodeName !== undefined || nodeSelector || allNodes !== undefined) errors.invalid(path, null, '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec');
    return;
  }
  const rule = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  const given = validatePlace({ nodeName, nodeSelector, allNodes }, 'must not be empty', path, errors);
  if (given.length === 0) errors.required(path, rule);
  else if (given.length > 1) errors.invalid(path, `{${given.join(', ')}}`, rule);
}

interface DeviceContext {
  readonly perDevice: boolean;
  readonly oldTaints: DeepReadonly<DeviceTaint[]> | undefined;
}

function validateDevice(device: DeepReadonly<Device>, { perDevice, oldTaints }: DeviceContext, path: FieldPath, errors: FieldErrors): void {
  validateLabelName(device.name, path.child('name'), errors);
  const count = Object.keys(device.attributes ?? {}).length + Object.keys(device.capacity ?? {}).length;
  if (count > MAX_ATTRIBUTES) errors.invalid(path, count, `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES}`);
  const any = Number.POSITIVE_INFINITY;
  validateMap(device.attributes, any, { key: validateAttributeName, value: validateAttribute, shownKey }, path.child('attributes'), errors);
  validateMap(device.capacity, any, { key: validateAttributeName, value: device.allowMultipleAllocations ? validateSharedCapacity : validateSingleCapacity, shownKey }, path.child('capacity'), errors);
  if (!semanticallyEqual(device.taints, oldTaints)) validateList(device.taints, MAX_TAINTS, validateTaint, path.child('taints'), errors);
  validateSet(device.consumesCounters, MAX_CONSUMPTIONS, { check: validateConsumption, keyOf: ({ counterSet }) => counterSet }, path.child('consumesCounters'), errors);
  validateDevicePlace(device, perDevice, path, errors);
  validateBinding(device, path, errors);
}

function validateSlice({ spec }: DeepReadonly<ResourceSlice>, old: DeepReadonly<ResourceSlice> | undefined, errors: FieldErrors): void {
  const { pool } = spec;
  validateDriverName(spec.driver, SPEC.child('driver'), errors);
  validatePoolName(pool.name, SPEC.child('pool', 'name'), errors);
  if (pool.resourceSliceCount <= 0) errors.invalid(SPEC.child('pool', 'resourceSliceCount'), pool.resourceSliceCount, 'must be greater than zero');
  if (pool.generation < 0) errors.invalid(SPEC.child('pool', 'generation'), pool.generation, 'must be greater than or equal to zero');
  if (old) {
    validateImmutable(pool.name, old.spec.pool.name, SPEC.child('pool', 'name'), errors);
    for (const name of ['driver', 'nodeName'] as const) validateImmutable(spec[name], old.spec[name], SPEC.child(name), errors);
  }
  validateSlicePlace(spec, errors);
  if (spec.sharedCounters && spec.devices) errors.invalid(SPEC, '', 'only one of `sharedCounters` or `devices` is allowed');
  const isComplex = (spec.devices ?? []).some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length);
  const check = (device: DeepReadonly<Device>, path: FieldPath): void => {
    const oldTaints = old?.spec.devices?.find(({ name }) => name === device.name)?.taints;
    validateDevice(device, { perDevice: spec.perDeviceNodeSelection ?? false, oldTaints }, path, errors);
  };
  validateSet(spec.devices, isComplex ? MAX_COMPLEX_DEVICES : MAX_DEVICES, { check, keyOf: ({ name }) => name }, SPEC.child('devices'), errors);
  validateSet(spec.sharedCounters, MAX_COUNTER_SETS, { check: validateCounterSet, keyOf: ({ name }) => name }, SPEC.child('sharedCounters'), errors);
}

export function validateNewResourceSlice(object: DeepReadonly<ResourceSlice>, errors: FieldErrors): void {
  validateSlice(object, undefined, errors);
}

export const validateResourceSliceUpdate: (object: DeepReadonly<ResourceSlice>, old: DeepReadonly<ResourceSlice>, errors: FieldErrors) => void = validateSlice;
