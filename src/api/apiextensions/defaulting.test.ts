import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { applyDefaults } from './defaulting.ts';

const text: JSONSchemaProps = { type: 'string', default: 'd' };
const inner: JSONSchemaProps = { type: 'object', properties: { a: text } };

for (const { name, schema, value, expected } of [
  { name: 'fields that are not there, or null', schema: { properties: { a: text, b: text, c: text } }, value: { b: null, c: '' }, expected: { a: 'd', b: 'd', c: '' } },
  { name: 'nothing where null may be', schema: { properties: { a: { ...text, nullable: true } }, additionalProperties: { ...text, nullable: true } }, value: { a: null, b: null }, expected: { a: null, b: null } },
  { name: 'what is null of a map and of a list', schema: { properties: { map: { additionalProperties: text }, list: { items: text } } }, value: { map: { a: null, b: '' }, list: [null, ''] }, expected: { map: { a: 'd', b: '' }, list: ['d', ''] } },
  { name: 'fields within what a map and a list have', schema: { properties: { map: { additionalProperties: inner }, list: { items: inner } } }, value: { map: { x: {} }, list: [{}, { a: 'b' }] }, expected: { map: { x: { a: 'd' } }, list: [{ a: 'd' }, { a: 'b' }] } },
  { name: 'fields of what is a default itself', schema: { properties: { a: { ...inner, default: {} } }, additionalProperties: { ...inner, default: {} } }, value: { b: null }, expected: { a: { a: 'd' }, b: { a: 'd' } } },
]) {
  test(`fills in ${name}`, () => {
    const filled = structuredClone(value);
    applyDefaults(filled, schema as JSONSchemaProps);
    assert.deepEqual(filled, expected);
  });
}
