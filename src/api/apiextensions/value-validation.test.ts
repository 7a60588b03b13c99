import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { Correlation } from './correlation.ts';
import { validateValue } from './value-validation.ts';

interface Case {
  readonly name: string;
  readonly schema: JSONSchemaProps;
  readonly value: unknown;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
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
  { name: 'a null that an enumeration of what may be null does not have, and cannot', schema: { type: 'string', nullable: true, enum: ['A', null] }, value: null, expected: ['spec.a: Unsupported value: null: supported values: "A", "null"'] },
  { name: 'the first fault of a text only', schema: { type: 'string', maxLength: 2, pattern: '^b' }, value: 'abc', expected: ['spec.a: Too long: may not be more than 2 bytes'] },
  { name: 'too few properties, and nothing else of the object', schema: { type: 'object', minProperties: 2, required: ['x'] }, value: {}, expected: ['spec.a: Invalid value: 0: spec.a in body should have at least 2 properties'] },
  { name: 'a number for a text with a format', schema: { type: 'string', format: 'date' }, value: 5, expected: ['spec.a: Invalid value: "int64": spec.a in body must be of type date: "int64"'] },
  { name: 'nothing of a list for a text with a format', schema: { type: 'string', format: 'date' }, value: [], expected: [] },
  { name: 'elements before their list, and fields that lack last', schema: { type: 'object', required: ['x'], properties: { l: { type: 'array', maxItems: 1, items: { type: 'string' } } } }, value: { l: [1, 'a'] }, expected: [
    'spec.a.l[0]: Invalid value: "integer": spec.a.l[0] in body must be of type string: "integer"', 'spec.a.l: Too many: 2: must have at most 1 item', 'spec.a.x: Required value',
  ] },
  { name: 'the alternative that fits most', schema: { type: 'object', properties: { x: { type: 'string' }, y: { type: 'string' } }, anyOf: [{ required: ['z'] }, { required: ['w'], properties: { x: { minLength: 1 } } }] }, value: { x: 'a' }, expected: [
    '<nil>: Invalid value: "": "spec.a" must validate at least one schema (anyOf)', 'spec.a.w: Required value',
  ] },
  { name: 'neither a number nor a text', schema: { 'x-kubernetes-int-or-string': true }, value: true, expected: ['spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean"'] },
];

for (const { name, schema, value, expected } of cases) {
  test(`reports ${name}`, () => {
    const errors = new FieldErrors();
    validateValue(schema, value, 'spec.a', errors);
    assert.deepEqual(errors.causes.map((cause) => `${cause.field}: ${cause.message}`), expected);
  });
}

const strict: JSONSchemaProps = {
  type: 'object', properties: {
    text: { type: 'string', maxLength: 1 },
    list: { type: 'array', items: { type: 'string', maxLength: 1 } },
    whole: { type: 'array', 'x-kubernetes-list-type': 'atomic', items: { type: 'string', maxLength: 1 } },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, required: ['must'] },
    map: { type: 'array', maxItems: 2, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'string', maxLength: 1 } } } },
  },
};

for (const { name, value, former, expected } of [
  { name: 'a field', former: { text: 'long' }, value: { text: 'long', other: 1 }, expected: [] },
  { name: 'a field that changes', former: { text: 'long' }, value: { text: 'longer' }, expected: ['spec.a.text'] },
  { name: 'a list', former: { list: ['long'] }, value: { list: ['long'], other: 1 }, expected: [] },
  { name: 'an element that stands where it stood, of a list without a type that changes', former: { list: ['long'] }, value: { list: ['long', 'a'] }, expected: ['spec.a.list[0]'] },
  { name: 'an element that has moved', former: { list: ['long'] }, value: { list: ['a', 'long'] }, expected: ['spec.a.list[1]'] },
  { name: 'an element of an atomic list that changes', former: { whole: ['long'] }, value: { whole: ['long', 'a'] }, expected: ['spec.a.whole[0]'] },
  { name: 'an atomic list', former: { whole: ['long'] }, value: { whole: ['long'] }, expected: [] },
  { name: 'an object that has what no schema describes', former: { open: { x: 1 } }, value: { open: { x: 1 } }, expected: ['spec.a.open.must'] },
  { name: 'a map whose elements have changed places', former: { map: [{ k: 'a' }, { k: 'b' }, { k: 'c' }] }, value: { map: [{ k: 'b' }, { k: 'a' }, { k: 'c' }] }, expected: [] },
  { name: 'an item with a key', former: { map: [{ k: 'a', v: 'long' }] }, value: { map: [{ k: 'b', v: 'long' }, { k: 'a', v: 'long' }] }, expected: ['spec.a.map[0].v'] },
]) test(`what was wrong before may stay: ${name}`, () => {
  const errors = new FieldErrors();
  validateValue(strict, value, 'spec.a', errors, () => new Correlation(strict, value, former));
  assert.deepEqual(errors.causes.map((cause) => cause.field), expected);
});

test('version and kind of an object may not stay wrong, those of what is within it may', () => {
  const version: JSONSchemaProps = { type: 'string', pattern: '^e.com/v1$' };
  const schema: JSONSchemaProps = { type: 'object', properties: { apiVersion: version, kind: { type: 'string', enum: ['A'] }, a: { type: 'object', properties: { apiVersion: version } } } };
  const former = { apiVersion: 'e.com/v2', kind: 'B', a: { apiVersion: 'e.com/v2' } };
  const errors = new FieldErrors();
  const value = { ...former, b: 1 };
  validateValue(schema, value, '', errors, () => new Correlation(schema, value, former));
  assert.deepEqual(errors.causes.map((cause) => cause.field), ['apiVersion', 'kind']);
});
