import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { validatorOf } from './value-validation.ts';

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
  { name: 'a wrong type', schema: { type: 'string' }, value: 5, expected: ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'] },
  { name: 'a null that may be', schema: { type: 'string', nullable: true }, value: null, expected: [] },
  { name: 'a pattern that does not match', schema: { type: 'string', pattern: '^[a-z]+$' }, value: 'ABC', expected: ['spec.a: Invalid value: "ABC": spec.a in body should match \'^[a-z]+$\''] },
  { name: 'a text that is too long', schema: { type: 'string', maxLength: 2 }, value: 'abc', expected: ['spec.a: Too long: may not be more than 2 bytes'] },
  { name: 'a value outside of an enumeration', schema: { type: 'string', enum: ['A', 'B'] }, value: 'C', expected: ['spec.a: Unsupported value: "C": supported values: "A", "B"'] },
  { name: 'a number at an exclusive bound', schema: { type: 'number', minimum: 1, exclusiveMinimum: true }, value: 1, expected: ['spec.a: Invalid value: 1: spec.a in body should be greater than 1'] },
  { name: 'a fraction where a whole number is asked for', schema: { type: 'integer', format: 'int32' }, value: 1.5, expected: [
    'spec.a: Invalid value: "float64": spec.a in body must be of type int32: "float64"', '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.a',
  ] },
  { name: 'a whole number that is too large for its format', schema: { type: 'integer', format: 'int32' }, value: 3_000_000_000, expected: ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.a'] },
  { name: 'a number too large for any whole one', schema: { type: 'integer' }, value: 1e30, expected: ['spec.a: Invalid value: "number": spec.a in body must be of type integer: "number"'] },
  { name: 'a number that no float holds', schema: { type: 'number', format: 'float' }, value: 1e300, expected: ['<nil>: Invalid value: "": Checked value must be of type number with format float in spec.a'] },
  { name: 'bounds that are out of the format', schema: { type: 'integer', format: 'int32', maximum: 4_294_967_295, minimum: -5_000_000_000 }, value: 5, expected: [
    '<nil>: Invalid value: "": Minimum boundary value must be of type integer with format int32 in spec.a', '<nil>: Invalid value: "": Maximum boundary value must be of type integer with format int32 in spec.a',
  ] },
  { name: 'a truth for a number with a format', schema: { type: 'integer', format: 'int64' }, value: true, expected: ['spec.a: Invalid value: "": spec.a in body must be of type int64: ""'] },
  { name: 'a list for a number with a format', schema: { type: 'integer', format: 'int64' }, value: [], expected: ['spec.a: Invalid value: "array": spec.a in body must be of type integer: "array"'] },
  { name: 'a whole number beyond the whole part of a bound', schema: { type: 'number', maximum: 2_500_000.5 }, value: 2_500_001, expected: ['spec.a: Invalid value: 2500001: spec.a in body should be less than or equal to 2500000'] },
  { name: 'a fraction beyond a bound', schema: { type: 'number', maximum: 2_500_000 }, value: 2_500_000.5, expected: ['spec.a: Invalid value: 2500000.5: spec.a in body should be less than or equal to 2.5e+06'] },
  {
    name: 'more than one valid alternative', schema: { type: 'object', oneOf: [{ required: ['x'] }, { required: ['y'] }] }, value: { x: 1, y: 2 },
    expected: ['<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  },
  {
    name: 'two elements with the same keys', schema: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    value: [{ k: '1' }, { k: '1' }], expected: ['spec.a[1]: Duplicate value: {"k":"1"}'],
  },
  { name: 'neither a number nor a text', schema: { 'x-kubernetes-int-or-string': true }, value: true, expected: ['spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean"'] },
];

for (const { name, schema, value, expected } of cases) {
  test(`reports ${name}`, () => {
    const errors = new FieldErrors();
    validatorOf(schema)(value, 'spec.a', errors);
    assert.deepEqual(errors.causes.map((cause) => `${cause.field}: ${cause.message}`), expected);
  });
}

const strict: JSONSchemaProps = {
  type: 'object', properties: {
    text: { type: 'string', maxLength: 1 },
    list: { type: 'array', items: { type: 'string', maxLength: 1 } },
    map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'string', maxLength: 1 } } } },
  },
};

for (const { name, value, former, expected } of [
  { name: 'a field', former: { text: 'long' }, value: { text: 'long', other: 1 }, expected: [] },
  { name: 'a field that changes', former: { text: 'long' }, value: { text: 'longer' }, expected: ['spec.a.text'] },
  { name: 'a list', former: { list: ['long'] }, value: { list: ['long'], other: 1 }, expected: [] },
  { name: 'a list that changes, of items without keys', former: { list: ['long'] }, value: { list: ['long', 'a'] }, expected: ['spec.a.list[0]'] },
  { name: 'an item with a key', former: { map: [{ k: 'a', v: 'long' }] }, value: { map: [{ k: 'b', v: 'long' }, { k: 'a', v: 'long' }] }, expected: ['spec.a.map[0].v'] },
  { name: 'items with the same key', former: { map: [{ k: 'a' }, { k: 'a' }] }, value: { map: [{ k: 'a' }, { k: 'a' }, { k: 'b' }] }, expected: [] },
]) test(`what was wrong before may stay: ${name}`, () => {
  const errors = new FieldErrors();
  validatorOf(strict)(value, 'spec.a', errors, { value: former });
  assert.deepEqual(errors.causes.map((cause) => cause.field), expected);
});
