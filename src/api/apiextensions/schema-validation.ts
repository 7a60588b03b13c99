/** The schemas of custom resource definitions: structural, with sound defaults. Source: apiextensions-apiserver pkg/apis/apiextensions/validation and pkg/apiserver/schema. */
import { compilePattern, PatternError } from '../../apimachinery/pattern.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldErrors, type FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateExpressions, validateTotalCost, type CostTotal, type RulePlace } from './rule-expressions.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';

type Schema = DeepReadonly<JSONSchemaProps>;

const TYPES = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string']);
const REASONS = new Set(['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']);
const FORBIDDEN = ['definitions', 'dependencies', 'id', '$ref', 'patternProperties', '$schema'] as const;

function itemsOf(schema: Schema): Schema | undefined {
  const { items } = schema;
  return Array.isArray(items) ? (items[0] as Schema | undefined) : (items as Schema | undefined);
}

function additionalOf(schema: Schema): Schema | undefined {
  const { additionalProperties } = schema;
  return typeof additionalProperties === 'object' ? (additionalProperties as Schema) : undefined;
}

/** The schema that a path such as `.spec.color` leads to. */
export function fieldAtPath(schema: Schema, jsonPath: string): Schema | undefined {
  let current: Schema | undefined = schema;
  for (const name of jsonPath.replace(/^\./, '').split('.')) {
    current = current.properties && Object.hasOwn(current.properties, name) ? (current.properties[name] as Schema) : undefined;
    if (!current) return undefined;
  }
  return current;
}

function validatePattern(pattern: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (pattern === undefined || pattern === '') return;
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    errors.invalid(path.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${error.message}`);
  }
}

function validateRules(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  schema['x-kubernetes-validations']?.forEach((rule, i) => {
    const at = path.child('x-kubernetes-validations').index(i);
    if (rule.rule.trim() === '') errors.required(at.child('rule'), 'rule is not specified');
    if (rule.message && rule.message.trim() === '') errors.invalid(at.child('message'), rule.message, 'message must be non-empty if specified');
    else if (/[\r\n]/.test(rule.message ?? '')) errors.invalid(at.child('message'), rule.message, 'message must not contain line breaks');
    if (rule.fieldPath) {
      const steps = rule.fieldPath.replace(/\[[^\]]*\]/g, '');
      if (!rule.fieldPath.startsWith('.') || !fieldAtPath(schema, steps)) errors.invalid(at.child('fieldPath'), rule.fieldPath, 'must be a valid path');
    }
    if (rule.reason !== undefined && !REASONS.has(rule.reason)) errors.notSupported(at.child('reason'), rule.reason, REASONS);
  });
}

function validateExtensions(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== undefined) {
    if (schema.type !== 'array') errors.invalid(path.child('type'), schema.type === undefined ? 'undefined' : schema.type, "must be array if x-kubernetes-list-type is specified");
    if (!['atomic', 'map', 'set'].includes(listType)) errors.notSupported(path.child('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']);
  }
  if (listType === 'map') {
    if (keys.length === 0) errors.required(path.child('x-kubernetes-list-map-keys'), 'must not be empty if x-kubernetes-list-type is map');
    const items = itemsOf(schema);
    if (items && items.type !== 'object') errors.invalid(path.child('items', 'type'), items.type ?? '', 'must be object if parent array\'s x-kubernetes-list-type is map');
    keys.forEach((key, i) => {
      if (items && !items.properties?.[key]) errors.invalid(path.child('x-kubernetes-list-map-keys').index(i), key, 'entries must all be names of item properties');
    });
  } else if (keys.length > 0) {
    errors.invalid(path.child('x-kubernetes-list-type'), listType ?? null, 'must be map if x-kubernetes-list-map-keys is non-empty');
  }
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined && !['granular', 'atomic'].includes(mapType)) errors.notSupported(path.child('x-kubernetes-map-type'), mapType, ['granular', 'atomic']);
  if (schema['x-kubernetes-embedded-resource'] && schema.type !== 'object') errors.invalid(path.child('type'), schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true');
}

interface Place {
  readonly isRoot: boolean;
  /** What holds this one: `object fields` or `array items`. */
  readonly what: string;
  /** What is wrong with expressions: told after what is wrong with schemas. */
  readonly expressions: FieldErrors;
  readonly rules: RulePlace;
}

function validateType(schema: Schema, path: FieldPath, { isRoot, what }: Place, errors: FieldErrors): void {
  const isFree = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (!schema.type) {
    if (isRoot) errors.required(path.child('type'), 'must not be empty at the root');
    else if (!isFree) errors.required(path.child('type'), `must not be empty for specified ${what}`);
  } else if (!TYPES.has(schema.type)) errors.notSupported(path.child('type'), schema.type, TYPES);
  if (schema.type === 'array' && !itemsOf(schema)) errors.required(path.child('items'), 'must be specified');
  if (isRoot && schema.type && schema.type !== 'object') errors.invalid(path.child('type'), schema.type, 'must be object at the root');
}

function validateMetadata(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const metadata = schema.properties?.['metadata'] as Schema | undefined;
  if (!metadata) return;
  const onlyNames = Object.keys(metadata.properties ?? {}).every((name) => name === 'name' || name === 'generateName');
  if (!onlyNames) errors.forbidden(path.child('properties').key('metadata'), 'must not specify anything other than name and generateName, but metadata is implicitly specified');
}

function times(cardinality: number | undefined, most: number | undefined): number | undefined {
  return cardinality === undefined || most === undefined ? undefined : cardinality * most;
}

function ofItems(schema: Schema, path: FieldPath, rules: RulePlace): RulePlace {
  const uncorrelatable = rules.uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
  return { ...rules, isRoot: false, cardinality: times(rules.cardinality, schema.maxItems), uncorrelatable };
}

function validateNode(schema: Schema, path: FieldPath, place: Place, errors: FieldErrors): void {
  const before = errors.causes.length;
  const { expressions, rules } = place;
  for (const name of FORBIDDEN) {
    const value = schema[name];
    if (value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0)) errors.forbidden(path.child(name), `${name} is not supported`);
  }
  if (schema.uniqueItems) errors.forbidden(path.child('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  validatePattern(schema.pattern, path, errors);
  validateExtensions(schema, path, errors);
  validateType(schema, path, place, errors);
  validateRules(schema, path, errors);
  if (place.isRoot || schema['x-kubernetes-embedded-resource']) validateMetadata(schema, path, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (place.isRoot && name === 'metadata') continue;
    validateNode(property, path.child('properties').key(name), { isRoot: false, what: 'object fields', expressions, rules: { ...rules, isRoot: false } }, errors);
  }
  const additional = additionalOf(schema);
  if (additional) validateNode(additional, path.child('additionalProperties'), { isRoot: false, what: 'object fields', expressions, rules: { ...rules, isRoot: false, cardinality: times(rules.cardinality, schema.maxProperties) } }, errors);
  const items = itemsOf(schema);
  if (items) validateNode(items, path.child('items'), { isRoot: false, what: 'array items', expressions, rules: ofItems(schema, path, rules) }, errors);
  // A schema with mistakes gives no types to check expressions by.
  if (errors.causes.length > before) return;
  schema['x-kubernetes-validations']?.forEach((rule, i) => validateExpressions(schema, rule, path.child('x-kubernetes-validations').index(i), rules, expressions));
}

export function validateSchema(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const expressions = new FieldErrors();
  const total: CostTotal = { cost: 0, rules: [] };
  validateNode(schema, path, { isRoot: true, what: '', expressions, rules: { isRoot: true, cardinality: 1, uncorrelatable: undefined, total } }, errors);
  validateTotalCost(total, path, expressions);
  errors.causes.push(...expressions.causes);
}
