/** What a claim asks for. Source: pkg/apis/resource/validation, validateResourceClaimSpec. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isLabelValue, validateAnnotations, validateLabelName as validateQualifiedName, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { DeviceClaim, DeviceConstraint, DeviceRequest, DeviceSelector, DeviceSubRequest, DeviceToleration, ExactDeviceRequest, ResourceClaim, ResourceClaimTemplate } from '../generated/resource-v1.ts';
import { addInvalid } from '../path-segment.ts';
import { validateDriverName } from '../storage/validation.ts';
import { validateDeviceExpression } from './device-expressions.ts';
import { validateList, validateSet } from './lists.ts';
import { validateFullAttributeName, validateLabelName } from './names.ts';
import { goForm } from '../go-form.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const SPEC = FieldPath.of('spec');
export const MAX_REQUESTS = 32;
const MAX_CONSTRAINTS = 32;
export const MAX_CONFIG = 32;
const MAX_SELECTORS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_PARAMETERS = 10 * 1024;
const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const REFERENCE_TEXT = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

export function validateSelectors(selectors: DeepReadonly<DeviceSelector[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  validateList(selectors, MAX_SELECTORS, ({ cel }, at) => {
    if (cel) validateDeviceExpression(cel.expression, at.child('cel', 'expression'), errors);
    else errors.required(at.child('cel'));
  }, path, errors);
}

function validateLabelValue(value: string, path: FieldPath, errors: FieldErrors): void {
  addInvalid(isLabelValue(value), value, path, errors);
}

export function validateTaint({ key, value, effect }: { readonly key: string; readonly value?: string; readonly effect: string }, path: FieldPath, errors: FieldErrors): void {
  validateQualifiedName(key, path.child('key'), errors);
  if (value) validateLabelValue(value, path.child('value'), errors);
  if (effect === '') errors.required(path.child('effect'));
  else if (!EFFECTS.includes(effect)) errors.notSupported(path.child('effect'), effect, EFFECTS);
}

function validateToleration({ key, operator, value = '', effect }: DeepReadonly<DeviceToleration>, path: FieldPath, errors: FieldErrors): void {
  if (key) validateQualifiedName(key, path.child('key'), errors);
  if (operator === 'Exists') {
    if (value !== '') errors.invalid(path.child('value'), value, 'must be empty for operator `Exists`');
  } else if (operator === 'Equal') validateLabelValue(value, path.child('value'), errors);
  else if (!operator) errors.required(path.child('operator'));
  else errors.notSupported(path.child('operator'), operator, ['Equal', 'Exists']);
  if (effect && !EFFECTS.includes(effect)) errors.notSupported(path.child('effect'), effect, EFFECTS);
}

function validateMode({ allocationMode = '', count = 0 }: DeepReadonly<ExactDeviceRequest | DeviceSubRequest>, path: FieldPath, errors: FieldErrors): void {
  if (allocationMode === 'All') {
    if (count !== 0) errors.invalid(path.child('count'), count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.invalid(path.child('count'), count, 'must be greater than zero');
  } else errors.notSupported(path.child('allocationMode'), allocationMode, ['All', 'ExactCount']);
}

function validateWanted(request: DeepReadonly<ExactDeviceRequest | DeviceSubRequest>, path: FieldPath, errors: FieldErrors): void {
  if (request.deviceClassName === '') errors.required(path.child('deviceClassName'));
  else addInvalid(isDns1123Subdomain(request.deviceClassName), request.deviceClassName, path.child('deviceClassName'), errors);
  validateSelectors(request.selectors, path.child('selectors'), errors);
  validateMode(request, path, errors);
  request.tolerations?.forEach((toleration, i) => validateToleration(toleration, path.child('tolerations').index(i), errors));
}

function validateRequest(request: DeepReadonly<DeviceRequest>, path: FieldPath, errors: FieldErrors): void {
  const alternatives = request.firstAvailable ?? [];
  validateLabelName(request.name, path.child('name'), errors);
  if (request.exactly && alternatives.length > 0) errors.invalid(path, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set');
  else if (request.exactly) validateWanted(request.exactly, path.child('exactly'), errors);
  else if (alternatives.length === 0) errors.required(path, 'exactly one of `exactly` or `firstAvailable` is required');
  else {
    const check = (one: DeepReadonly<DeviceSubRequest>, at: FieldPath): void => {
      validateLabelName(one.name, at.child('name'), errors);
      validateWanted(one, at, errors);
    };
    validateSet(alternatives, MAX_ALTERNATIVES, { check, keyOf: ({ name }) => name }, path.child('firstAvailable'), errors);
  }
}

/** The requests of a claim, and each of a request's alternatives as `request/alternative`. */
export function requestNames(claim: DeepReadonly<DeviceClaim> | undefined): ReadonlySet<string> {
  return new Set((claim?.requests ?? []).flatMap((request) => [request.name, ...(request.firstAvailable ?? []).map((one) => `${request.name}/${one.name}`)]));
}

export function validateReference(name: string, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  const parts = name.split('/');
  if (parts.length <= 2) for (const part of parts) validateLabelName(part, path, errors);
  if (!known.has(name)) errors.invalid(path, name, REFERENCE_TEXT);
}

export function validateReferences(names: readonly string[] | undefined, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateSet(names, MAX_REQUESTS, { check: (name, at) => validateReference(name, known, at, errors), keyOf: (name) => name }, path, errors);
}

function validateConstraint(constraint: DeepReadonly<DeviceConstraint>, known: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateReferences(constraint.requests, known, path.child('requests'), errors);
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined) validateFullAttributeName(matchAttribute, path.child('matchAttribute'), errors);
  else if (distinctAttribute !== undefined) validateFullAttributeName(distinctAttribute, path.child('distinctAttribute'), errors);
  else errors.required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set');
}

/** An object of JSON, of this many bytes at most. */
export function validateRawObject(value: unknown, max: number, path: FieldPath, errors: FieldErrors): void {
  if (value === undefined || value === null) errors.required(path);
  else if (Buffer.byteLength(stringifyWhole(value)) > max) errors.tooLong(path, max);
  else if (typeof value !== 'object' || Array.isArray(value)) errors.invalid(path, '<value omitted>', 'must be a valid JSON object');
}

export function validateConfiguration(opaque: { readonly driver: string; readonly parameters?: unknown } | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!opaque) {
    errors.required(path.child('opaque'));
    return;
  }
  validateDriverName(opaque.driver, path.child('opaque', 'driver'), errors);
  validateRawObject(opaque.parameters, MAX_PARAMETERS, path.child('opaque', 'parameters'), errors);
}

function validateClaim(claim: DeepReadonly<DeviceClaim>, path: FieldPath, errors: FieldErrors): void {
  const known = requestNames(claim);
  validateSet(claim.requests, MAX_REQUESTS, { check: validateRequest, keyOf: ({ name }) => name }, path.child('requests'), errors);
  validateList(claim.constraints, MAX_CONSTRAINTS, (one, at) => validateConstraint(one, known, at, errors), path.child('constraints'), errors);
  validateList(claim.config, MAX_CONFIG, (config, at) => {
    validateReferences(config.requests, known, at.child('requests'), errors);
    validateConfiguration(config.opaque, at, errors);
  }, path.child('config'), errors);
}

export function validateNewResourceClaim({ spec }: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  validateClaim(spec.devices, SPEC.child('devices'), errors);
}

export function validateResourceClaimUpdate(object: DeepReadonly<ResourceClaim>, old: DeepReadonly<ResourceClaim>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors, goForm('resource.v1.ResourceClaimSpec', object.spec));
}

export function validateNewResourceClaimTemplate({ spec }: DeepReadonly<ResourceClaimTemplate>, errors: FieldErrors): void {
  const path = SPEC.child('metadata');
  const { labels, annotations, ...others } = spec.metadata ?? {};
  validateAnnotations(annotations, path.child('annotations'), errors);
  validateLabels(labels, path.child('labels'), errors);
  for (const name of Object.keys(others)) errors.forbidden(path.child(name), 'cannot be set');
  validateClaim(spec.spec.devices, SPEC.child('spec', 'devices'), errors);
}

export function validateResourceClaimTemplateUpdate(object: DeepReadonly<ResourceClaimTemplate>, old: DeepReadonly<ResourceClaimTemplate>, errors: FieldErrors): void {
  validateImmutable(object.spec, old.spec, SPEC, errors, goForm('resource.v1.ResourceClaimTemplateSpec', object.spec));
}
