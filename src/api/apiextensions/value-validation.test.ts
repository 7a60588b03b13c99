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
  { name: 'a wrong type', schema: { type: 'string' }, value: 5, expected: ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'] },
  { name: 'a null that may be', schema: { type: 'string', nullable: true }, value: null, expected: [] },
  { name: 'a pattern that does not match', schema: { type: 'string', pattern: '^[a-z]+$' }, value: 'ABC', expected: ['spec.a: Invalid value: "ABC": spec.a in body should match \'^[a-z]+$\''] },
  { name: 'a text that is too long', schema: { type: 'string', maxLength: 2 }, value: 'abc', expected: ['spec.a: Too long: may not be more than 2 bytes'] },
  { name: 'a value outside of an enumeration', schema: { type: 'string', enum: ['A', 'B'] }, value: 'C', expected: ['spec.a: Unsupported value: "C": supported values: "A", "B"'] },
  { name: 'a number at an exclusive bound', schema: { type: 'number', minimum: 1, exclusiveMinimum: true }, value: 1, expected: ['spec.a: Invalid value: 1: spec.a in body should be greater than 1'] },
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
