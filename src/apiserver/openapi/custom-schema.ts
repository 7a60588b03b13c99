/**
 * The definition of a custom kind as each version of OpenAPI shows it; it is given in that of version 3.
 * Source: apiextensions-apiserver pkg/controller/openapi/builder and v2/conversion.go.
 */
import { isDeepStrictEqual } from 'node:util';
import { V3, type Dialect, type Json } from './definitions.ts';
import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const GVK = 'x-kubernetes-group-version-kind';
const SELECTABLE = 'x-kubernetes-selectable-fields';
const PRESERVES = 'x-kubernetes-preserve-unknown-fields';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const CONVENTIONS = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const EMBEDDED: Readonly<Record<string, Json>> = {
  apiVersion: { description: `apiVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${CONVENTIONS}#resources`, type: 'string' },
  kind: { description: `kind is a string value representing the type of this object. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${CONVENTIONS}#types-kinds`, type: 'string' },
};
const METADATA_TEXT = `Standard object's metadata. More info: ${CONVENTIONS}#metadata`;

export function customSchemaIn(given: Json, dialect: Dialect): Json {
  const schema = mapped(given, published);
  if (dialect.isV3) return withEmbedded(schema, dialect);
  // Clients of version 2 take fields that are not named for unknown: a kind that keeps any names none.
  if (schema[PRESERVES] === true) return { type: 'object', [GVK]: schema[GVK], ...(SELECTABLE in schema && { [SELECTABLE]: schema[SELECTABLE] }) };
  return withEmbedded(looser(parseWhole(stringifyWhole(schema).replaceAll(V3.refPrefix, dialect.refPrefix)) as Json), dialect);
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema with `change` made to all that are in it, the inner ones first. */
function mapped(schema: Json, change: (schema: Json) => Json): Json {
  const { properties, items, additionalProperties } = schema;
  return change({
    ...schema,
    ...(isJson(properties) && { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, isJson(one) ? mapped(one, change) : one])) }),
    ...(isJson(items) && { items: mapped(items, change) }),
    ...(isJson(additionalProperties) && { additionalProperties: mapped(additionalProperties, change) }),
  });
}

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

function isIntOrString(schemas: unknown): boolean {
  return isDeepStrictEqual(schemas, INT_OR_STRING);
}

/** Examples and links are for readers of the definition only; what may be a number or a text says so in words of OpenAPI too. Source: apiextensions-apiserver pkg/apiserver/schema, convert.go and unfold.go. */
function published(schema: Json): Json {
  const { example: _, externalDocs: __, ...rest } = schema;
  if (rest['x-kubernetes-int-or-string'] !== true) return rest;
  const { anyOf, allOf } = rest;
  const [first] = Array.isArray(allOf) ? (allOf as unknown[]) : [];
  if (isIntOrString(anyOf) || (isJson(first) && isIntOrString(first['anyOf']))) return rest;
  return Array.isArray(anyOf) && anyOf.length > 0 ? { ...rest, allOf: [{ anyOf: INT_OR_STRING }, ...(Array.isArray(allOf) ? (allOf as unknown[]) : [])] } : { ...rest, anyOf: INT_OR_STRING };
}

/** Version 2 has neither junctors nor null, and kubectl does not cope with what is half said. */
function looser(schema: Json): Json {
  const isBare = schema['nullable'] === true || schema[PRESERVES] === true;
  const required = requiredOf(isBare ? { ...schema, properties: undefined } : schema);
  const { allOf, oneOf: _, anyOf: __, not: ___, nullable, properties, items, type, required: ____, additionalProperties, ...rest } = schema;
  // The one junctor of our own: a reference with a description beside it.
  if (Array.isArray(allOf) && isJson(allOf[0]) && '$ref' in allOf[0]) return { ...rest, ...allOf[0] };
  const hasItems = items !== undefined && !isBare;
  const inner = isJson(properties) && !isBare ? Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, isJson(one) ? looser(one) : one])) : undefined;
  return {
    ...rest,
    ...(type !== undefined && nullable !== true && !(type === 'array' && !hasItems) && !(type === 'object' && schema[PRESERVES] === true) && { type }),
    ...(required.length > 0 && { required }),
    ...(inner && { properties: inner }),
    ...(hasItems && { items: isJson(items) ? looser(items) : items }),
    ...(additionalProperties !== undefined && { additionalProperties: isJson(additionalProperties) ? looser(additionalProperties) : additionalProperties }),
  };
}

/** Fields that may be null need not be there. */
function requiredOf({ required, properties, additionalProperties }: Json): readonly unknown[] {
  if (!Array.isArray(required) || (isJson(additionalProperties) && additionalProperties['nullable'] === true)) return [];
  const mayBeNull = (name: unknown): boolean => {
    const property = isJson(properties) && typeof name === 'string' ? properties[name] : undefined;
    return isJson(property) && property['nullable'] === true;
  };
  return required.filter((name) => !mayBeNull(name));
}

/** Objects within objects have apiVersion, kind and metadata. */
function withEmbedded(schema: Json, { isV3, refPrefix }: Dialect): Json {
  const reference = { $ref: `${refPrefix}${OBJECT_META}` };
  return mapped(schema, (one) => {
    if (one['x-kubernetes-embedded-resource'] !== true || (!isV3 && one[PRESERVES] === true)) return one;
    const required = new Set([...(Array.isArray(one['required']) ? one['required'] : []), 'kind', 'apiVersion']);
    const metadata = { description: METADATA_TEXT, ...(isV3 ? { allOf: [reference] } : reference) };
    return { ...one, required: [...required], properties: { ...(isJson(one['properties']) && one['properties']), ...EMBEDDED, metadata } };
  });
}
