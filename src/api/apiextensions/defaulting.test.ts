import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { withKnownDefaults } from './default-pruning.ts';
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

const NAME = { name: 'Bar', unknown: 'unknown' };
const WHOLE = { apiVersion: 'foos/v1', kind: 'Foo', metadata: NAME };
const object = (properties: JSONSchemaProps['properties'], more: JSONSchemaProps = {}): JSONSchemaProps => ({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: { foo: { type: 'string' }, ...properties }, ...more });
const META = { apiVersion: { type: 'string', default: 'foos/v1' }, kind: { type: 'string', default: 'Foo' } };

for (const keeps of [false, true]) {
  const more: JSONSchemaProps = keeps ? { 'x-kubernetes-preserve-unknown-fields': true } : {};
  for (const { name, schema, value = {} } of [
    { name: 'each of its fields', schema: object({ ...META, metadata: { type: 'object', properties: { name: { type: 'string', default: 'Bar' }, unknown: { type: 'string', default: 'unknown' } } } }, more), value: { one: { metadata: {} } } },
    { name: 'as a whole', schema: object({ ...META, metadata: { type: 'object', default: NAME } }, more), value: { one: {} } },
    { name: 'with all of the object', schema: object({}, { ...more, default: WHOLE }) },
    { name: 'in a map', schema: { type: 'object', default: { one: WHOLE }, additionalProperties: object({}, more) } },
    { name: 'in a list', schema: { type: 'array', default: [WHOLE], items: object({}, more) } },
  ] as { name: string; schema: JSONSchemaProps; value?: object }[]) {
    test(`fills in metadata of an object within, ${name}${keeps ? ', which keeps what is unknown' : ''}, without what nobody knows`, () => {
      const filled = structuredClone(value);
      applyDefaults(filled, withKnownDefaults({ type: 'object', properties: { one: schema } }));
      const expected = { ...WHOLE, metadata: { name: 'Bar' } };
      const { one } = filled as { one?: unknown };
      assert.deepEqual(Array.isArray(one) ? one[0] : (one as { one?: object }).one ?? one, expected);
    });
  }
}

test('schemas without objects within are used as they are', () => assert.equal(withKnownDefaults(inner), inner));
