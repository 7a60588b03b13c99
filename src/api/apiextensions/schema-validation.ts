/** The schemas of custom resource definitions: what OpenAPI has and Kubernetes allows of it, rules, and what they cost. Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import { FieldErrors, type FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateDefaults } from './default-validation.ts';
import { findField } from './field-path.ts';
import { isMapType, validateMergeTypes } from './list-validation.ts';
import { validateExpressions, validateTotalCost, type CostTotal, type RulePlace } from './rule-expressions.ts';
import { additionalOf, hasProperties, itemsOf, schemasOf, type Schema } from './schema-parts.ts';
import { structuralFault, validateStructural } from './structural-validation.ts';

const TYPES = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string']);
const REASONS = new Set(['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']);
const META = ['metadata', 'kind', 'apiVersion'];
const LINE_BREAK = /[\n\r]/;
const RULES = 'x-kubernetes-validations';

/** Where a schema stands among others. */
interface Place {
  readonly isRoot: boolean;
  /** Within what every object has. */
  readonly isMeta: boolean;
  /** Why there may be no defaults. */
  readonly noDefaults: string | undefined;
  /** Undefined where rules are not compiled: under junctors, and in schemas that are not structural. */
  readonly rules: RulePlace | undefined;
  /** What is wrong with expressions is told after what is wrong with schemas. */
  readonly expressions: FieldErrors;
}

function validateRules(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  schema[RULES]?.forEach((rule, i) => {
    const at = path.child(RULES).index(i);
    const [text, message] = [rule.rule.trim(), (rule.message ?? '').trim()];
    if (text === '') errors.required(at.child('rule'), 'rule is not specified');
    else if (rule.message && message === '') errors.invalid(at.child('message'), rule.message, 'must be non-empty if specified');
    else if (LINE_BREAK.test(message)) errors.invalid(at.child('message'), rule.message, 'must not contain line breaks');
    else if (LINE_BREAK.test(text) && message === '') errors.required(at.child('message'), 'must be specified if rule contains line breaks');
    if (rule.messageExpression && rule.messageExpression.trim() === '') errors.required(at.child('messageExpression'), 'must be non-empty if specified');
    if (rule.reason !== undefined && !REASONS.has(rule.reason)) errors.notSupported(at.child('reason'), rule.reason, REASONS);
    const { fieldPath } = rule;
    if (!fieldPath) return;
    if (fieldPath.trim() === '') errors.invalid(at.child('fieldPath'), fieldPath, 'must be non-empty if specified');
    if (LINE_BREAK.test(fieldPath)) errors.invalid(at.child('fieldPath'), fieldPath, 'must not contain line breaks');
    if (structuralFault(schema) === undefined && typeof findField(fieldPath, schema, { allowBrackets: true }) === 'string') errors.invalid(at.child('fieldPath'), fieldPath, 'must be a valid path');
  });
}

/** What OpenAPI has and Kubernetes does not. */
function validateStandard(schema: Schema, path: FieldPath, { noDefaults, isMeta }: Place, errors: FieldErrors): void {
  if (schema.type && !TYPES.has(schema.type)) errors.notSupported(path.child('type'), schema.type, TYPES);
  if (schema.default !== undefined && noDefaults !== undefined) errors.forbidden(path.child('default'), `must not be set ${noDefaults}`);
  const isSet = {
    id: Boolean(schema.id), additionalItems: schema.additionalItems !== undefined, patternProperties: Object.keys(schema.patternProperties ?? {}).length > 0,
    definitions: Object.keys(schema.definitions ?? {}).length > 0, dependencies: schema.dependencies !== undefined, $ref: schema.$ref !== undefined,
  };
  for (const [name, is] of Object.entries(isSet)) if (is) errors.forbidden(path.child(name), `${name} is not supported`);
  if (schema.type === 'null') errors.forbidden(path.child('type'), 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items) && schema.items.length > 0) errors.forbidden(path.child('items'), 'items must be a schema object and not an array');
  if (isMeta && schema['x-kubernetes-embedded-resource']) errors.forbidden(path.child('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta');
}

function times(cardinality: number | undefined, most: number | undefined): number | undefined {
  return cardinality === undefined || most === undefined ? undefined : cardinality * most;
}

function within(rules: RulePlace | undefined, change: Partial<RulePlace>): RulePlace | undefined {
  return rules && { ...rules, isRoot: false, ...change };
}

function validateProperties(schema: Schema, path: FieldPath, place: Place, errors: FieldErrors): void {
  const isResource = place.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  // What a map of a type that nobody knows does with its members cannot be told.
  const uncorrelatable = place.rules?.uncorrelatable ?? (isMapType(schema['x-kubernetes-map-type']) ? undefined : path);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isMeta = isResource && META.includes(name);
    const noDefaults = isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults;
    validateNode(property, path.child('properties').key(name), { ...place, isRoot: false, isMeta: isMeta || place.isMeta, noDefaults, rules: within(place.rules, { uncorrelatable }) }, errors);
  }
}

function validateAdditional(schema: Schema, path: FieldPath, place: Place, errors: FieldErrors): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined) return;
  if (hasProperties(schema) && (additionalProperties as unknown) !== true) errors.forbidden(path.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive');
  const additional = additionalOf(schema);
  if (!additional) return;
  const noDefaults = place.isMeta ? 'inside additionalProperties applying to object metadata' : place.noDefaults;
  const rules = within(place.rules, { cardinality: times(place.rules?.cardinality, schema.maxProperties) });
  validateNode(additional, path.child('additionalProperties'), { ...place, isRoot: false, noDefaults, rules }, errors);
}

function validateInner(schema: Schema, path: FieldPath, place: Place, errors: FieldErrors): void {
  validateAdditional(schema, path, place, errors);
  validateProperties(schema, path, place, errors);
  const junctor: Place = { ...place, isRoot: false, rules: undefined };
  if (schema.not) validateNode(schema.not, path.child('not'), junctor, errors);
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) schema[name]?.forEach((one, i) => validateNode(one, path.child(name).index(i), junctor, errors));
  const items = itemsOf(schema);
  if (!items) return;
  const uncorrelatable = place.rules?.uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
  validateNode(items, path.child('items'), { ...place, isRoot: false, rules: within(place.rules, { uncorrelatable, cardinality: times(place.rules?.cardinality, schema.maxItems) }) }, errors);
}

function validateNode(schema: Schema, path: FieldPath, place: Place, errors: FieldErrors): void {
  const before = errors.causes.length;
  validateStandard(schema, path, place, errors);
  if (schema.uniqueItems) errors.forbidden(path.child('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  validateInner(schema, path, place, errors);
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) errors.invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined');
  validateMergeTypes(schema, path, errors);
  validateRules(schema, path, errors);
  const { rules, expressions } = place;
  // A schema with mistakes gives no types to check expressions by.
  if (errors.causes.length > before || !rules) return;
  schema[RULES]?.forEach((rule, i) => validateExpressions(schema, rule, path.child(RULES).index(i), rules, expressions));
}

/** Checks the schema of one version; `path` is that of its root. */
export function validateSchema(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const before = errors.causes.length;
  if (schema.nullable) errors.forbidden(path.child('nullable'), 'nullable cannot be true at the root');
  const fault = structuralFault(schema);
  if (fault === undefined) {
    validateStructural(schema, path, errors);
    if (errors.causes.length === before && [...schemasOf(schema)].some((one) => one.default !== undefined)) validateDefaults(schema, path, errors);
  }
  const isSound = fault === undefined && errors.causes.length === before;
  const expressions = new FieldErrors();
  const total: CostTotal = { cost: 0, rules: [] };
  const rules = isSound ? { isRoot: true, cardinality: 1, uncorrelatable: undefined, total } : undefined;
  validateNode(schema, path, { isRoot: true, isMeta: false, noDefaults: undefined, rules, expressions }, errors);
  validateTotalCost(total, path, expressions);
  errors.causes.push(...expressions.causes);
  // It says what was said of the schema already, unless nothing was.
  if (fault !== undefined && errors.causes.length === before) errors.invalid(path, '', fault);
}
