import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { schemas } from '../schemas.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { validateSchema } from './schema-validation.ts';

const decoder = new ObjectDecoder(schemas);
const request = { group: 'apiextensions.k8s.io', version: 'v1' };
const object: JSONSchemaProps = { type: 'object' };
const v1 = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object } };

function definition(spec: object, metadata: object = {}): CustomResourceDefinition {
  const fields = { metadata: { name: 'widgets.a.example', ...metadata }, spec: { group: 'a.example', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [v1], ...spec } };
  const { object: decoded } = decoder.decode<CustomResourceDefinition>('apiextensions.v1.CustomResourceDefinition', fields);
  customResourceDefinition.default?.(decoded);
  customResourceDefinition.prepareForCreate?.(decoded, { nowMs: 0, version: 'v1', userName: '', userUid: '', userGroups: [], userExtra: {} });
  return decoded;
}

function faults(spec: object, metadata?: object): string[] {
  const errors = new FieldErrors();
  customResourceDefinition.validateCreate?.(definition(spec, metadata), errors, request);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

function updateFaults(now: CustomResourceDefinition, old: CustomResourceDefinition): string[] {
  const errors = new FieldErrors();
  customResourceDefinition.validateUpdate?.(now, old, errors, request);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

function schemaFaults(schema: JSONSchemaProps): string[] {
  const errors = new FieldErrors();
  validateSchema(schema, FieldPath.of('s'), errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

const shown = (name: string, storage: boolean, schema: unknown = null): string => JSON.stringify({
  Name: name, Served: true, Storage: storage, Deprecated: false, DeprecationWarning: null, Schema: schema, Subresources: null, AdditionalPrinterColumns: null, SelectableFields: null,
});
const LABEL = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

describe('a definition', () => {
  for (const { name, spec, metadata, expected } of [
    { name: 'is fine', spec: {}, expected: [] },
    { name: 'stores one version', spec: { versions: [{ ...v1, storage: false }] }, expected: [
      `spec.versions: Invalid value: [${shown('v1', false)}]: must have exactly one version marked as storage version`, 'status.storedVersions: Invalid value: null: must have at least one stored version',
    ] },
    { name: 'names each version once, in a way that fits', spec: { versions: [v1, { ...v1, storage: false }, { ...v1, name: 'V2', storage: false }] }, expected: [
      `spec.versions[2].name: Invalid value: "V2": ${LABEL}`, `spec.versions: Invalid value: [${shown('v1', true)},${shown('v1', false)},${shown('V2', false)}]: must contain unique version names`,
    ] },
    { name: 'has a schema for each version', spec: { versions: [{ name: 'v1', served: true, storage: true }] }, expected: ['spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'] },
    { name: 'says what is wrong with a version where the versions differ', spec: { versions: [v1, { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: { type: 'array', items: { type: 'string' } } }, additionalPrinterColumns: [{ name: '', type: 'odd', jsonPath: 'a' }] }] }, expected: [
      'spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "array": must be object at the root',
      'spec.versions[1].additionalPrinterColumns[0].name: Required value',
      'spec.versions[1].additionalPrinterColumns[0].type: Invalid value: "odd": must be one of boolean,date,integer,number,string',
      'spec.versions[1].additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
    ] },
    { name: 'tells of its first version twice', spec: { versions: [{ ...v1, name: 'V1' }] }, expected: [`spec.versions[0].name: Invalid value: "V1": ${LABEL}`, `spec.version: Invalid value: "V1": ${LABEL}`] },
    { name: 'selects by fields of a schema', spec: { versions: [{ ...v1, schema: undefined, selectableFields: [{ jsonPath: '.spec.a' }] }] }, expected: [
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required', 'spec.selectableFields: Invalid value: "": selectableFields may only be set when validations.schema is included',
    ] },
    { name: 'selects in each version where the schemas differ', spec: { versions: [{ ...v1, selectableFields: [{ jsonPath: '.spec.a' }] }, { ...v1, name: 'v2', storage: false, schema: undefined, selectableFields: [{ jsonPath: '.spec.a' }] }] }, expected: [
      'spec.versions[1].schema.openAPIV3Schema: Required value: schemas are required', 'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.a": is an invalid path: does not refer to a valid field',
      'spec.versions[1].selectableFields: Invalid value: "": selectableFields may only be set when version.schema.openAPIV3Schema is not included',
    ] },
    { name: 'neither fills in nor converts what it keeps unknown', spec: {
      preserveUnknownFields: true, conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'https://a.example/c' }, conversionReviewVersions: ['v1'] } },
      versions: [{ ...v1, schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'string', default: 'x' } } } } }],
    }, expected: [
      'spec.preserveUnknownFields: Invalid value: true: must be false in order to use defaults in the schema', 'spec.conversion.strategy: Invalid value: "Webhook": must be None if spec.preserveUnknownFields is true',
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ] },
    { name: 'warns in words that can be printed', spec: { versions: [{ ...v1, deprecated: true, deprecationWarning: 'a\nb' }] }, expected: [
      'spec.versions[0].deprecationWarning: Invalid value: "a\\nb": must only contain printable UTF-8 characters; non-printable character found at index 1',
    ] },
    { name: 'needs names', spec: { names: { plural: '', kind: '' }, scope: '' }, metadata: { name: '.a.example' }, expected: [
      'spec.scope: Required value', 'spec.names.plural: Required value', 'spec.names.singular: Required value', 'spec.names.kind: Required value', 'spec.names.listKind: Required value',
    ] },
    { name: 'scales what is in spec and status', spec: { versions: [{ ...v1, subresources: { scale: { specReplicasPath: 'x', statusReplicasPath: '.spec.n', labelSelectorPath: '.a' } } }] }, expected: [
      'spec.subresources.scale.specReplicasPath: Invalid value: "x": must be a simple json path starting with .',
      'spec.subresources.scale.statusReplicasPath: Invalid value: ".spec.n": should be a json path under .status',
      'spec.subresources.scale.labelSelectorPath: Invalid value: ".a": should be a json path under either .spec or .status',
    ] },
    { name: 'converts with a webhook that can be called', spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'http://a' }, conversionReviewVersions: ['v9'] } } }, expected: [
      "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
    ] },
    { name: 'selects by fields that are there', spec: { versions: [{ ...v1, schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'object' }, b: { type: 'string' } } } }, selectableFields: [{ jsonPath: 'b' }, { jsonPath: '.a' }, { jsonPath: ".['b']" }, { jsonPath: '.b' }, { jsonPath: '.b' }] }] }, expected: [
      'spec.selectableFields[0].jsonPath: Invalid value: "b": is an invalid path: expected [ or . but got: b',
      'spec.selectableFields[1].jsonPath: Invalid value: ".a": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      "spec.selectableFields[2].jsonPath: Invalid value: \".['b']\": is an invalid path: does not refer to a valid field", 'spec.selectableFields[4].jsonPath: Duplicate value: ".b"',
    ] },
    { name: 'of a group of Kubernetes is approved', spec: { group: 'a.k8s.io' }, metadata: { name: 'widgets.a.k8s.io' }, expected: [`metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", ${SEE}`] },
    { name: 'may say that it is not', spec: { group: 'a.k8s.io' }, metadata: { name: 'widgets.a.k8s.io', annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' } }, expected: [] },
  ]) test(name, () => assert.deepEqual(faults(spec, metadata), expected));

  test('forgets no version that objects may be stored in', () => {
    const old = definition({ versions: [v1] });
    const now = definition({ versions: [{ ...v1, name: 'v2' }] });
    customResourceDefinition.prepareForUpdate?.(now, old, { nowMs: 0, version: 'v1', userName: '', userUid: '', userGroups: [], userExtra: {} });
    assert.deepEqual(updateFaults(now, old), [
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ]);
  });

  test('is told what may not change between what is wrong with its spec and the rest, and of its name no more', () => {
    const old = definition({}, { annotations: { 'api-approved.kubernetes.io': 'unapproved' } });
    old.status.conditions = [{ type: 'Established', status: 'True' }];
    const now = definition({ group: 'a.k8s.io', scope: 'Odd', names: { plural: 'gadgets', kind: 'Gadget' }, preserveUnknownFields: true });
    now.status = { acceptedNames: { plural: 'A', kind: 'Widget' }, storedVersions: ['v1'] };
    assert.deepEqual(updateFaults(now, old), [
      'spec.scope: Unsupported value: "Odd": supported values: "Cluster", "Namespaced"',
      'spec.scope: Invalid value: "Odd": field is immutable', 'spec.names.kind: Invalid value: "Gadget": field is immutable',
      'spec.group: Invalid value: "a.k8s.io": field is immutable', 'spec.names.plural: Invalid value: "gadgets": field is immutable',
      `status.acceptedNames.plural: Invalid value: "A": ${LABEL}`,
      `metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", ${SEE}`,
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ]);
  });
});

const of = (a: unknown, more: object = {}): JSONSchemaProps => ({ type: 'object', properties: { a: a as JSONSchemaProps }, ...more });
const RFC1123 = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const MAP = 'this property is in x-kubernetes-list-map-keys, so it';

describe('a schema', () => {
  for (const { name, schema, expected } of [
    { name: 'has what OpenAPI and Kubernetes have', schema: of({ type: 'null', $ref: '#/x', definitions: { x: {} }, uniqueItems: true }), expected: [
      's.properties[a].type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"', 's.properties[a].definitions: Forbidden: definitions is not supported',
      's.properties[a].$ref: Forbidden: $ref is not supported', 's.properties[a].type: Forbidden: type cannot be set to null, use nullable as an alternative',
      's.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ] },
    { name: 'names no schema of its own', schema: of({ type: 'string', $schema: 'x' }), expected: ["s: Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"] },
    { name: 'is an object at the root, of named fields, never null', schema: { type: 'object', nullable: true, additionalProperties: true } as JSONSchemaProps, expected: ['s.nullable: Forbidden: nullable cannot be true at the root', 's.additionalProperties: Forbidden: must not be used at the root'] },
    { name: 'has either named fields or free ones', schema: of({ type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } }), expected: ['s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'] },
    { name: 'describes outside of junctors', schema: of({ type: 'object', properties: {}, anyOf: [{ type: 'object', description: 'x', properties: { b: { default: 1 } } }] }, { allOf: [{ properties: { z: { minimum: 1 }, metadata: {} } }] }), expected: [
      's.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context', 's.properties[a].anyOf[0].description: Forbidden: must be empty to be structural',
      's.properties[a].anyOf[0].properties[b].default: Forbidden: must be undefined to be structural', 's.properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
      's.properties[metadata]: Required value: because it is defined in s.allOf[0].properties[metadata]', 's.properties[z]: Required value: because it is defined in s.allOf[0].properties[z]',
    ] },
    { name: 'lets a number or a text be either', schema: of({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }), expected: [] },
    { name: 'holds objects of their own', schema: of({ type: 'object', 'x-kubernetes-embedded-resource': true }), expected: ['s.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'] },
    { name: 'keeps all unknown fields or says nothing of them', schema: of({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }), expected: ['s.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined'] },
    { name: 'merges lists by keys that all elements have', schema: of({ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k', 'n', 'l', 'k'], items: { type: 'object', required: ['l'], properties: { k: { type: 'string' }, l: { type: 'array', items: { type: 'string' } } } } }), expected: [
      's.properties[a].x-kubernetes-list-map-keys: Invalid value: ["k","n","l","k"]: entries must all be names of item properties', 's.properties[a].items.properties[l].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
      's.properties[a].x-kubernetes-list-map-keys: Invalid value: ["k","n","l","k"]: must not contain duplicate entries',
      `s.properties[a].items.properties[k].default: Required value: ${MAP} must have a default or be a required property`, `s.properties[a].items.properties[k].default: Required value: ${MAP} must have a default or be a required property`,
    ] },
    { name: 'has sets of what cannot be merged', schema: of({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object', nullable: true } }), expected: [
      's.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set', 's.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set',
    ] },
    { name: 'merges what can be', schema: of({ type: 'string', 'x-kubernetes-list-type': 'odd', 'x-kubernetes-map-type': 'odd' }), expected: [
      's.properties[a].type: Invalid value: "string": must be object if x-kubernetes-map-type is specified', 's.properties[a].x-kubernetes-map-type: Unsupported value: "odd": supported values: "atomic", "granular"',
      's.properties[a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified', 's.properties[a].x-kubernetes-list-type: Unsupported value: "odd": supported values: "atomic", "set", "map"',
    ] },
    { name: 'has defaults that fit', schema: of({ type: 'object', default: { b: 1, z: 2 }, properties: { b: { type: 'string' }, c: { type: 'integer', default: 'x' } } }), expected: [
      's.properties[a].default: Invalid value: {"b":1,"z":2}: must not have unknown fields', 's.properties[a].default.b: Invalid value: "integer": b in body must be of type string: "integer"',
      's.properties[a].properties[c].default: Invalid value: "string":  in body must be of type integer: "string"',
    ] },
    { name: 'has defaults that keep its rules', schema: of({ type: 'object', default: { b: 1 }, properties: { b: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 1' }] } }, 'x-kubernetes-validations': [{ rule: 'self.b > oldSelf.b' }] }), expected: [
      's.properties[a].default: Invalid value: failed rule: self.b > oldSelf.b', 's.properties[a].default.b: Invalid value: 1: failed rule: self > 1',
    ] },
    { name: 'has defaults that keep its rules when they come', schema: of({ type: 'string', default: 'x', 'x-kubernetes-validations': [{ rule: 'oldSelf.hasValue()', optionalOldSelf: true, message: 'new' }] }), expected: ['s.properties[a].default: Invalid value: "x": new'] },
    { name: 'has defaults of metadata that fit', schema: of({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: {
      kind: { type: 'string', default: 'Pod' }, apiVersion: { type: 'string', default: 5 },
      metadata: { type: 'object', default: { name: 'a/b', namespace: 'A', odd: 1 }, properties: { name: { type: 'string', default: 'a/b' }, generateName: { type: 'string', default: 7 } } },
    } }), expected: [
      's.properties[a].properties[apiVersion].default: Invalid value: 5: must result in valid metadata: apiVersion: Invalid value: 5: must be a string',
      `s.properties[a].properties[metadata].default: Invalid value: {"name":"a/b","namespace":"A","odd":1}: must result in valid metadata: [metadata.name: Invalid value: "a/b": may not contain '/', metadata.namespace: Invalid value: "A": ${RFC1123}]`,
      "s.properties[a].properties[metadata].properties[name].default: Invalid value: \"a/b\": must result in valid metadata: metadata.name: Invalid value: \"a/b\": may not contain '/'",
      's.properties[a].properties[metadata].properties[generateName].default: Invalid value: 7: must result in valid metadata: metadata: Invalid value: {"generateName":7}: json: cannot unmarshal number into Go struct field ObjectMeta.generateName of type string',
    ] },
    { name: 'has defaults whose objects can be read', schema: of({ type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true, default: { apiVersion: 'v1', kind: 'Pod', metadata: 1 } }), expected: [
      's.properties[a].default.metadata: Invalid value: 1: json: cannot unmarshal number into Go value of type v1.ObjectMeta',
    ] },
    { name: 'has defaults of their types in metadata of objects within', schema: of({ type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true, properties: { kind: { type: 'string', default: 1 }, metadata: { type: 'object', properties: { name: { type: 'string', default: 'ok' } } } } }), expected: [
      's.properties[a].properties[kind].default: Invalid value: 1: must result in valid metadata: kind: Invalid value: 1: must be a string',
    ] },
    { name: 'has defaults that make kinds and versions of objects within', schema: of({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: { apiVersion: { type: 'string', default: 'a/b/c' }, kind: { type: 'string', default: '' } } }), expected: [
      's.properties[a].properties[apiVersion].default: Invalid value: "a/b/c": must result in valid metadata: apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      's.properties[a].properties[kind].default: Invalid value: "": must result in valid metadata: kind: Invalid value: "": must not be empty',
    ] },
    { name: 'knows nothing of the old members of maps of unknown types', schema: of({ type: 'object', 'x-kubernetes-map-type': 'odd', properties: { b: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } } }), expected: [
      's.properties[a].x-kubernetes-map-type: Unsupported value: "odd": supported values: "atomic", "granular"',
      's.properties[a].properties[b].x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[a]',
    ] },
    { name: 'names fields whose names need escapes', schema: of({ type: 'object', properties: { 'b\tc': { type: 'string' }, "d'e": { type: 'string' } }, 'x-kubernetes-validations': ["['b\\tc']", "['d\\'e']", "['b\\qc']"].map((fieldPath) => ({ rule: 'true', fieldPath })) }), expected: [
      's.properties[a].x-kubernetes-validations[2].fieldPath: Invalid value: "[\'b\\\\qc\']": must be a valid path',
    ] },
    { name: 'tells parts of atomic maps apart', schema: of({ type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { b: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } } }), expected: [] },
    { name: 'has no defaults for metadata', schema: { type: 'object', properties: { kind: { type: 'string', default: 'X' } } }, expected: ['s.properties[kind].default: Forbidden: must not be set in top-level kind'] },
    { name: 'has rules with words to go with them', schema: of({ type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >\n1' }, { rule: 'true', message: ' ' }, { rule: 'true', messageExpression: ' ', fieldPath: ' ' }] }), expected: [
      's.properties[a].x-kubernetes-validations[0].message: Required value: must be specified if rule contains line breaks', 's.properties[a].x-kubernetes-validations[1].message: Invalid value: " ": must be non-empty if specified',
      's.properties[a].x-kubernetes-validations[2].messageExpression: Required value: must be non-empty if specified', 's.properties[a].x-kubernetes-validations[2].fieldPath: Invalid value: " ": must be non-empty if specified',
      's.properties[a].x-kubernetes-validations[2].fieldPath: Invalid value: " ": must be a valid path',
    ] },
    { name: 'has rules that know the old value only if they use it', schema: of({ type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 1', optionalOldSelf: true }] }), expected: ['s.properties[a].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule'] },
  ]) test(name, () => assert.deepEqual(schemaFaults(schema), expected));
});

test('a list that is merged by keys has elements of one schema', () => {
  const [several, one = '', ...others] = schemaFaults(of({ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: [{ type: 'object' }] as never }));
  assert.equal(several, 's.properties[a].items: Forbidden: items must be a schema object and not an array');
  assert.match(one, /^s\.properties\[a\]\.items: Invalid value: \{"Schema":null,"JSONSchemas":\[\{"ID":"",.*"Type":"object",.*"XValidations":null\}\]\}: must only have a single schema if x-kubernetes-list-type is map$/);
  assert.deepEqual(others, []);
});

test('with a status subresource the root says little', () => {
  const [fault = '', ...others] = faults({ versions: [{ ...v1, schema: { openAPIV3Schema: { type: 'object', maxProperties: 3 } }, subresources: { status: {} } }] });
  assert.match(fault, /^spec\.validation\.openAPIV3Schema: Invalid value: \{"ID":"","Schema":"","Ref":null,"Description":"","Type":"object","Nullable":false,.*"MaxProperties":3,.*"XListMapKeys":null,"XListType":null,"XMapType":null,"XValidations":null\}: only \[Description Type Format Title .* XPreserveUnknownFields XValidations\] fields are allowed at the root/);
  assert.deepEqual(others, []);
});

test('formats that nothing is known of are told of once, and not again', () => {
  const properties: Record<string, JSONSchemaProps> = {
    a: { type: 'string', format: 'date-time' }, b: { type: 'array', items: { type: 'string', format: 'odd' } }, c: { type: 'integer', format: 'int32' }, d: { format: 'odd', additionalProperties: { type: 'number', format: 'int64' } }, e: { type: 'boolean', format: 'byte' },
  };
  const having = (names: readonly string[]): CustomResourceDefinition =>
    definition({ versions: [{ ...v1, schema: { openAPIV3Schema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, properties[name]])) } } }] });
  const all = having(['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(customResourceDefinition.warnings?.(all, undefined), ['odd', 'int64', 'byte'].map((format) => `unrecognized format "${format}"`));
  assert.deepEqual(customResourceDefinition.warnings?.(all, having(['b', 'e'])), ['unrecognized format "int64"']);
});
