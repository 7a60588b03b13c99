/** Whether a schema is structural: what describes the shape of objects is apart from what restricts values. Source: apiextensions-apiserver pkg/apiserver/schema/validation.go and convert.go. */
import { isDeepStrictEqual } from 'node:util';
import { compilePattern, PatternError } from '../../apimachinery/pattern.ts';
import { FieldErrors, type FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { additionalOf, hasProperties, itemsOf, preservesUnknown, propertyOf, schemasOf, type Schema } from './schema-parts.ts';

type Level = 'root' | 'item' | 'field';

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const NO_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root', item: 'must not be empty for specified array items', field: 'must not be empty for specified object fields',
};
/** Fields that structural schemas do not have at all, by the names that messages give them. */
const UNSUPPORTED: readonly (readonly [string, (schema: Schema) => boolean])[] = [
  ['id', ({ id }) => Boolean(id)], ['schema', ({ $schema }) => Boolean($schema)], ['$ref', ({ $ref }) => Boolean($ref)],
  ['patternProperties', ({ patternProperties }) => Object.keys(patternProperties ?? {}).length > 0],
  ['dependencies', ({ dependencies }) => Object.keys(dependencies ?? {}).length > 0], ['additionalItems', ({ additionalItems }) => additionalItems !== undefined],
  ['definitions', ({ definitions }) => Object.keys(definitions ?? {}).length > 0],
];

/** Why a schema cannot even be read as a structural one; undefined if it can. */
export function structuralFault(root: Schema): string | undefined {
  for (const schema of schemasOf(root)) {
    const unsupported = UNSUPPORTED.find(([, has]) => has(schema));
    if (unsupported) return `OpenAPIV3Schema '${unsupported[0]}' is not supported`;
    if (schema['x-kubernetes-preserve-unknown-fields'] === false) return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
    if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  }
  return undefined;
}

function isIntOrString(schemas: readonly Schema[] | undefined): boolean {
  return isDeepStrictEqual(schemas, INT_OR_STRING);
}

function validatePattern(pattern: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!pattern) return;
  try {
    compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    errors.invalid(path.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${error.message}`);
  }
}

interface Skips {
  readonly anyOf?: boolean;
  readonly firstAllOf?: boolean;
}

function validateValues(schema: Schema, { anyOf, firstAllOf }: Skips, path: FieldPath, errors: FieldErrors): void {
  if (!anyOf) schema.anyOf?.forEach((one, i) => validateNested(one, {}, path.child('anyOf').index(i), errors));
  schema.allOf?.forEach((one, i) => validateNested(one, { anyOf: firstAllOf === true && i === 0 }, path.child('allOf').index(i), errors));
  schema.oneOf?.forEach((one, i) => validateNested(one, {}, path.child('oneOf').index(i), errors));
  if (schema.not) validateNested(schema.not, {}, path.child('not'), errors);
  validatePattern(schema.pattern, path, errors);
}

/** What a schema under `allOf`, `anyOf`, `oneOf` or `not` must leave to the schema around it. */
const NESTED: readonly (readonly [string, (schema: Schema) => boolean, string])[] = [
  ['type', ({ type }) => Boolean(type), 'empty'], ['additionalProperties', ({ additionalProperties }) => additionalProperties !== undefined, 'undefined'],
  ['default', (schema) => schema.default !== undefined, 'undefined'], ['title', ({ title }) => Boolean(title), 'empty'], ['description', ({ description }) => Boolean(description), 'empty'],
  ['nullable', ({ nullable }) => nullable === true, 'false'], ['x-kubernetes-preserve-unknown-fields', preservesUnknown, 'false'],
  ['x-kubernetes-embedded-resource', (schema) => schema['x-kubernetes-embedded-resource'] === true, 'false'], ['x-kubernetes-int-or-string', (schema) => schema['x-kubernetes-int-or-string'] === true, 'false'],
  ['x-kubernetes-list-map-keys', (schema) => (schema['x-kubernetes-list-map-keys'] ?? []).length > 0, 'empty'], ['x-kubernetes-list-type', (schema) => schema['x-kubernetes-list-type'] !== undefined, 'undefined'],
  ['x-kubernetes-map-type', (schema) => schema['x-kubernetes-map-type'] !== undefined, 'undefined'], ['x-kubernetes-validations', (schema) => (schema['x-kubernetes-validations'] ?? []).length > 0, 'empty'],
];

function validateNested(schema: Schema, skips: Skips, path: FieldPath, errors: FieldErrors): void {
  validateValues(schema, skips, path, errors);
  const items = itemsOf(schema);
  if (items) validateNested(items, {}, path.child('items'), errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) validateNested(property, {}, path.child('properties').key(name), errors);
  for (const [name, isSet, wanted] of NESTED) if (isSet(schema)) errors.forbidden(path.child(name), `must be ${wanted} to be structural`);
  if (propertyOf(schema, 'metadata')) errors.forbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context');
}

function validateType(schema: Schema, level: Level, path: FieldPath, errors: FieldErrors): void {
  const { type } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (isEmbedded && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    if (type) errors.invalid(path.child('type'), type, text);
    else errors.required(path.child('type'), text);
  } else if (!type && !schema['x-kubernetes-int-or-string'] && !preservesUnknown(schema)) errors.required(path.child('type'), NO_TYPE[level]);
  if (isEmbedded && schema.additionalProperties !== undefined) errors.forbidden(path.child('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set');
  if (level === 'root' && type && type !== 'object') errors.invalid(path.child('type'), type, 'must be object at the root');
}

/** Of an object of its own: what every object has is known without a schema. */
function validateMeta(schema: Schema, level: Level, path: FieldPath, errors: FieldErrors): void {
  const isResource = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  const properties = path.child('properties');
  for (const name of isResource ? ['kind', 'apiVersion'] : []) {
    const property = propertyOf(schema, name);
    if (property && property.type !== 'string') errors.invalid(properties.key(name).child('type'), property.type ?? '', 'must be string');
  }
  const metadata = propertyOf(schema, 'metadata');
  if (!metadata) return;
  if (isResource && metadata.type !== 'object') errors.invalid(properties.key('metadata').child('type'), metadata.type ?? '', 'must be object');
  if (level !== 'root') return;
  const { properties: named = {}, type: _type, default: _default, externalDocs: _docs, example: _example, ...others } = metadata;
  const names = Object.keys(named);
  const onlyNames = names.every((name) => name === 'name' || name === 'generateName');
  const isBare = Object.values(others).every((value) => value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0));
  if (!onlyNames || !isBare) errors.forbidden(properties.key('metadata'), 'must not specify anything other than name and generateName, but metadata is implicitly specified');
}

function validateInvariants(schema: Schema, level: Level, path: FieldPath, errors: FieldErrors): void {
  const items = itemsOf(schema);
  if (schema.type === 'array' && !items) errors.required(path.child('items'), 'must be specified');
  if (items) validateInvariants(items, 'item', path.child('items'), errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) validateInvariants(property, 'field', path.child('properties').key(name), errors);
  if (schema.additionalProperties !== undefined && level === 'root') errors.forbidden(path.child('additionalProperties'), 'must not be used at the root');
  const additional = additionalOf(schema);
  if (additional) validateInvariants(additional, 'field', path.child('additionalProperties'), errors);
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (intOrString && preservesUnknown(schema)) errors.invalid(path.child('x-kubernetes-preserve-unknown-fields'), true, 'must be false if x-kubernetes-int-or-string is true');
  if (intOrString && isEmbedded) errors.invalid(path.child('x-kubernetes-embedded-resource'), true, 'must be false if x-kubernetes-int-or-string is true');
  validateValues(schema, { anyOf: isIntOrString(schema.anyOf), firstAllOf: isIntOrString(schema.allOf?.[0]?.anyOf) }, path, errors);
  validateType(schema, level, path, errors);
  validateMeta(schema, level, path, errors);
  if (isEmbedded && !preservesUnknown(schema) && !hasProperties(schema)) {
    errors.required(path.child('properties'), 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields');
  }
}

/** Whether what is restricted is also described: fields that only junctors name are nobody's. */
function validateComplete(schema: Schema, nested: Schema, path: FieldPath, at: FieldPath, errors: FieldErrors): void {
  const items = itemsOf(nested);
  const described = itemsOf(schema);
  if (items && !described) errors.required(path.child('items'), `because it is defined in ${at.child('items').toString()}`);
  else if (items && described) validateComplete(described, items, path.child('items'), at.child('items'), errors);
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const known = propertyOf(schema, name);
    if (known) validateComplete(known, property, path.child('properties').key(name), at.child('properties').key(name), errors);
    else errors.required(path.child('properties').key(name), `because it is defined in ${at.child('properties').key(name).toString()}`);
  }
  forJunctors(nested, at, (one, oneAt) => validateComplete(schema, one, path, oneAt, errors));
}

function forJunctors(schema: Schema, path: FieldPath, visit: (one: Schema, path: FieldPath) => void): void {
  for (const name of ['anyOf', 'allOf', 'oneOf'] as const) schema[name]?.forEach((one, i) => visit(one, path.child(name).index(i)));
  if (schema.not) visit(schema.not, path.child('not'));
}

export function validateStructural(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const found = new FieldErrors();
  validateInvariants(schema, 'root', path, found);
  // Only what the root's junctors name.
  forJunctors(schema, path, (one, at) => validateComplete(schema, one, path, at, found));
  const text = ({ field, message }: { field: string; message: string }): string => `${field}: ${message}`;
  errors.causes.push(...found.causes.sort((a, b) => (text(a) < text(b) ? -1 : 1)));
}
