/** What schemas say of objects as a whole: objects within them, and lists without doubled elements. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { validateEmbeddedObjects } from './embedded-validation.ts';
import { validateUniqueness } from './list-uniqueness.ts';
import { readEmbeddedObjects } from './metadata.ts';

interface Case {
  readonly name: string;
  readonly schema: JSONSchemaProps;
  readonly value: unknown;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'an element that a set has thrice', schema: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }, value: ['a', 'b', 'a', 'a', 'b'], expected: ['spec.a[2]: Duplicate value: "a"', 'spec.a[4]: Duplicate value: "b"'] },
  { name: 'an embedded object without version and kind', schema: { type: 'object', 'x-kubernetes-embedded-resource': true }, value: { metadata: {} }, expected: ['spec.a.apiVersion: Required value', 'spec.a.kind: Required value'] },
  {
    name: 'an embedded object with odd ones', schema: { type: 'object', 'x-kubernetes-embedded-resource': true }, value: { apiVersion: 'a/b/c', kind: 'Two Words' },
    expected: ['spec.a.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c', "spec.a.kind: Invalid value: \"Two Words\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"],
  },
  { name: 'an embedded object with empty ones', schema: { type: 'object', 'x-kubernetes-embedded-resource': true }, value: { apiVersion: '', kind: 5 }, expected: ['spec.a.apiVersion: Invalid value: "": must not be empty', 'spec.a.kind: Invalid value: 5: must be a string'] },
  {
    name: 'metadata of an embedded object', schema: { type: 'object', 'x-kubernetes-embedded-resource': true }, value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a/b', generateName: '.', generation: -1, labels: { a: 'b c' } } },
    expected: [
      "spec.a.metadata.name: Invalid value: \"a/b\": may not contain '/'", 'spec.a.metadata.generation: Invalid value: -1: must be greater than or equal to 0',
      "spec.a.metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  },
  {
    name: 'owners, finalizers and managers of an embedded object', schema: { type: 'object', 'x-kubernetes-embedded-resource': true },
    value: {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: '', uid: 'u' }], finalizers: ['a b', 'orphan', 'foregroundDeletion'], managedFields: [{ operation: 'Odd', fieldsType: 'FieldsV2' }] },
    },
    expected: [
      'spec.a.metadata.ownerReferences.name: Invalid value: "": must not be empty',
      "spec.a.metadata.finalizers: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.a.metadata.finalizers: Invalid value: ["a b","orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      'spec.a.metadata.managedFields[0].operation: Invalid value: "Odd": must be `Apply` or `Update`', 'spec.a.metadata.managedFields[0].fieldsType: Invalid value: "FieldsV2": must be `FieldsV1`',
    ],
  },
  {
    name: 'two elements with the same keys', schema: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    value: [{ k: '1' }, { k: '1' }], expected: ['spec.a[1]: Duplicate value: {"k":"1"}'],
  },
  { name: 'keys that are left out', schema: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['b', 'a'] }, value: [{ a: 1 }, null, {}, { a: 1, c: 2 }], expected: ['spec.a[2]: Duplicate value: {}', 'spec.a[3]: Duplicate value: {"a":1}'] },
  { name: 'an element of a map that is no object', schema: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }, value: [{}, {}, 'x'], expected: ['spec.a[2]: Invalid value: "x": must be an object for an array of list-type map'] },
  { name: 'sets under free names', schema: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' } }, value: { k: ['a', 'a'] }, expected: ['spec.a[k][1]: Duplicate value: "a"'] },
];

for (const { name, schema, value, expected } of cases) {
  test(`tells of ${name}`, () => {
    const errors = new FieldErrors();
    validateEmbeddedObjects(value, schema, FieldPath.of('spec.a'), errors);
    validateUniqueness(value, schema, FieldPath.of('spec.a'), errors);
    assert.deepEqual(errors.causes.map((cause) => `${cause.field}: ${cause.message}`), expected);
  });
}

const holder: JSONSchemaProps = { type: 'object', properties: { one: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true } } };

for (const { name, one, expected } of [
  { name: 'a version that is no text', one: { apiVersion: 5 }, expected: 'one.apiVersion: Invalid value: 5: must be a string' },
  { name: 'metadata that is no object', one: { metadata: 'x' }, expected: 'one.metadata: Invalid value: "x": json: cannot unmarshal string into Go value of type v1.ObjectMeta' },
  { name: 'a name that is no text', one: { metadata: { name: 5 } }, expected: 'one.metadata: Invalid value: {"name":5}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string' },
]) test(`cannot read ${name}`, () => assert.throws(() => readEmbeddedObjects({ one }, holder, []), { message: expected }));

test('reads metadata of objects within objects', () => {
  const object = { one: { metadata: { name: 'a', odd: 1, creationTimestamp: null } }, two: 1 };
  const unknown: string[] = [];
  readEmbeddedObjects(object, holder, unknown);
  assert.deepEqual([object, unknown], [{ one: { metadata: { name: 'a' } }, two: 1 }, ['unknown field "one.metadata.odd"']]);
  const bare = { one: { metadata: null } };
  readEmbeddedObjects(bare, holder, []);
  assert.deepEqual(bare, { one: { metadata: {} } });
});
