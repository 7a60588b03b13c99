/** Source: pkg/apis/resource/validation, without what CEL would find. */
import { validateDeviceExpression } from './device-expressions.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { Device, DeviceClaim, DeviceClass, DeviceConstraint, DeviceRequest, DeviceSelector, DeviceSubRequest, ExactDeviceRequest, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../generated/resource-v1.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_REQUESTS = 32;
const MAX_CONSTRAINTS = 32;
const MAX_CONFIG = 32;
const MAX_SELECTORS = 32;
const MAX_DEVICES = 128;
const MAX_POOL_NAME = 253;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

function validateRequiredLabel(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else addInvalid(isDns1123Label(name), name, path, errors);
}

function validateRequiredSubdomain(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else addInvalid(isDns1123Subdomain(name), name, path, errors);
}

/** `domain/identifier` */
function validateFullyQualifiedName(name: string, path: FieldPath, errors: FieldErrors): void {
  const slash = name.indexOf('/');
  if (slash < 0) {
    errors.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash');
    return;
  }
  const [domain, identifier] = [name.slice(0, slash), name.slice(slash + 1)];
  if (domain === '') errors.required(path, 'the domain must not be empty');
  else addInvalid(isDns1123Subdomain(domain), domain, path, errors);
  if (identifier === '') errors.required(path, 'the name must not be empty');
  else if (!IDENTIFIER.test(identifier)) errors.invalid(path, identifier, "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')");
}

function validateSelectors(selectors: DeepReadonly<DeviceSelector[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  const list = selectors ?? [];
  if (list.length > MAX_SELECTORS) errors.tooMany(path, list.length, MAX_SELECTORS);
  list.forEach(({ cel }, i) => {
    if (!cel) errors.required(path.index(i).child('cel'));
    else if (cel.expression === '') errors.required(path.index(i).child('cel', 'expression'));
    else validateDeviceExpression(cel.expression, path.index(i).child('cel', 'expression'), errors);
  });
}

function validateAllocation(request: DeepReadonly<ExactDeviceRequest | DeviceSubRequest>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredSubdomain(request.deviceClassName, path.child('deviceClassName'), errors);
  validateSelectors(request.selectors, path.child('selectors'), errors);
  const { allocationMode = '', count = 0 } = request;
  if (allocationMode === 'All') {
    if (count !== 0) errors.invalid(path.child('count'), count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.invalid(path.child('count'), count, 'must be greater than zero');
  } else errors.notSupported(path.child('allocationMode'), allocationMode, ['All', 'ExactCount']);
}

function validateRequest(request: DeepReadonly<DeviceRequest>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredLabel(request.name, path.child('name'), errors);
  const alternatives = request.firstAvailable ?? [];
  if (request.exactly && alternatives.length > 0) errors.invalid(path, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set');
  else if (!request.exactly && alternatives.length === 0) errors.required(path, 'exactly one of `exactly` or `firstAvailable` is required');
  if (request.exactly) validateAllocation(request.exactly, path.child('exactly'), errors);
  alternatives.forEach((one, i) => {
    const at = path.child('firstAvailable').index(i);
    validateRequiredLabel(one.name, at.child('name'), errors);
    if (alternatives.findIndex((other) => other.name === one.name) < i) errors.duplicate(at, one.name);
    validateAllocation(one, at, errors);
  });
}

function requestNames(claim: DeepReadonly<DeviceClaim>): ReadonlySet<string> {
  return new Set((claim.requests ?? []).flatMap((request) => [request.name, ...(request.firstAvailable ?? []).map((one) => `${request.name}/${one.name}`)]));
}

function validateReferences(names: readonly string[] | undefined, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  names?.forEach((name, i) => {
    if (names.indexOf(name) < i) errors.duplicate(path.index(i), name);
    if (!known.has(name)) errors.invalid(path.index(i), name, "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'");
  });
}

function validateConstraint(constraint: DeepReadonly<DeviceConstraint>, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateReferences(constraint.requests, known, path.child('requests'), errors);
  if (constraint.matchAttribute !== undefined) validateFullyQualifiedName(constraint.matchAttribute, path.child('matchAttribute'), errors);
  else if (constraint.distinctAttribute !== undefined) validateFullyQualifiedName(constraint.distinctAttribute, path.child('distinctAttribute'), errors);
  else errors.required(path.child('matchAttribute'));
}

function validateClaim(claim: DeepReadonly<DeviceClaim>, path: FieldPath, errors: FieldErrors): void {
  const requests = claim.requests ?? [];
  if (requests.length > MAX_REQUESTS) errors.tooMany(path.child('requests'), requests.length, MAX_REQUESTS);
  requests.forEach((request, i) => {
    const at = path.child('requests').index(i);
    validateRequest(request, at, errors);
    if (requests.findIndex((one) => one.name === request.name) < i) errors.duplicate(at, request.name);
  });
  const known = requestNames(claim);
  const constraints = claim.constraints ?? [];
  if (constraints.length > MAX_CONSTRAINTS) errors.tooMany(path.child('constraints'), constraints.length, MAX_CONSTRAINTS);
  constraints.forEach((one, i) => validateConstraint(one, known, path.child('constraints').index(i), errors));
  const configs = claim.config ?? [];
  if (configs.length > MAX_CONFIG) errors.tooMany(path.child('config'), configs.length, MAX_CONFIG);
  configs.forEach((config, i) => {
    const at = path.child('config').index(i);
    validateReferences(config.requests, known, at.child('requests'), errors);
    validateOpaque(config.opaque, at, errors);
  });
}

function validateOpaque(opaque: { readonly driver: string; readonly parameters?: unknown } | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!opaque) {
    errors.required(path.child('opaque'));
    return;
  }
  validateRequiredSubdomain(opaque.driver, path.child('opaque', 'driver'), errors);
  if (opaque.parameters === undefined || opaque.parameters === null) errors.required(path.child('opaque', 'parameters'));
}

export function validateResourceClaim({ spec }: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  validateClaim(spec.devices, SPEC.child('devices'), errors);
}

export function validateResourceClaimUpdate(object: DeepReadonly<ResourceClaim>, old: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors);
}

export function validateResourceClaimTemplate({ spec }: DeepReadonly<ResourceClaimTemplate>, errors: FieldErrors): void {
  validateClaim(spec.spec.devices, SPEC.child('spec', 'devices'), errors);
}

export function validateResourceClaimTemplateUpdate(object: DeepReadonly<ResourceClaimTemplate>, old: DeepReadonly<ResourceClaimTemplate>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors);
}

export function validateDeviceClass({ spec }: DeepReadonly<DeviceClass>, errors: FieldErrors): void {
  validateSelectors(spec.selectors, SPEC.child('selectors'), errors);
  const configs = spec.config ?? [];
  if (configs.length > MAX_CONFIG) errors.tooMany(SPEC.child('config'), configs.length, MAX_CONFIG);
  configs.forEach((config, i) => validateOpaque(config.opaque, SPEC.child('config').index(i), errors));
}

function validatePoolName(name: string, errors: FieldErrors): void {
  const path = SPEC.child('pool', 'name');
  if (name === '') {
    errors.required(path);
    return;
  }
  if (name.length > MAX_POOL_NAME) errors.tooLong(path, MAX_POOL_NAME);
  for (const part of name.split('/')) addInvalid(isDns1123Subdomain(part), part, path, errors);
}

function validateDevice(device: DeepReadonly<Device>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredLabel(device.name, path.child('name'), errors);
  for (const [name, attribute] of Object.entries(device.attributes ?? {})) {
    const set = Object.values(attribute).filter((value) => value !== undefined).length;
    if (set === 0) errors.required(path.child('attributes').key(name), 'exactly one value must be specified');
    else if (set > 1) errors.invalid(path.child('attributes').key(name), attribute, 'exactly one value must be specified');
  }
}

const NODE_SELECTION = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

function validateNodeSelection(spec: DeepReadonly<ResourceSlice['spec']>, errors: FieldErrors): void {
  const rule = `exactly one of ${NODE_SELECTION.map((name) => `\`${name}\``).join(', ')} is required`;
  const set = NODE_SELECTION.filter((name) => spec[name] !== undefined && spec[name] !== false && spec[name] !== '');
  if (set.length === 0) errors.required(SPEC, rule);
  else if (set.length > 1) errors.invalid(SPEC, `{${set.map((name) => `\`${name}\``).join(', ')}}`, `${rule}, but multiple fields are set`);
}

export function validateResourceSlice({ spec }: DeepReadonly<ResourceSlice>, errors: FieldErrors): void {
  validateRequiredSubdomain(spec.driver, SPEC.child('driver'), errors);
  validatePoolName(spec.pool.name, errors);
  if (spec.pool.resourceSliceCount <= 0) errors.invalid(SPEC.child('pool', 'resourceSliceCount'), spec.pool.resourceSliceCount, 'must be greater than zero');
  if (spec.pool.generation < 0) errors.invalid(SPEC.child('pool', 'generation'), spec.pool.generation, 'must be greater than or equal to zero');
  validateNodeSelection(spec, errors);
  const devices = spec.devices ?? [];
  if (devices.length > MAX_DEVICES) errors.tooMany(SPEC.child('devices'), devices.length, MAX_DEVICES);
  devices.forEach((device, i) => {
    const path = SPEC.child('devices').index(i);
    validateDevice(device, path, errors);
    if (devices.findIndex((one) => one.name === device.name) < i) errors.duplicate(path, device.name);
  });
}

export function validateResourceSliceUpdate(object: DeepReadonly<ResourceSlice>, old: DeepReadonly<ResourceSlice>, errors: FieldErrors): void {
  for (const name of ['driver', 'nodeName'] as const) validateImmutable(object.spec[name], old.spec[name], SPEC.child(name), errors);
  validateImmutable(object.spec.pool.name, old.spec.pool.name, SPEC.child('pool', 'name'), errors);
}
