import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { customSchemaIn } from './custom-schema.ts';
import { V2, V3, type Json } from './definitions.ts';

const either = [{ type: 'integer' }, { type: 'string' }];
const port = (rest: object = {}): Json => ({ 'x-kubernetes-int-or-string': true, ...rest });
const keeping = (rest: object): Json => ({ 'x-kubernetes-preserve-unknown-fields': true, ...rest });
const KEEPS = keeping({});
const published = (schema: Json, dialect: typeof V3): unknown => {
  const root = customSchemaIn({ type: 'object', properties: { field: schema } }, dialect);
  return (root['properties'] as Json)['field'];
};

suite('a number or a text, as version 3 of OpenAPI has it', () => {
  const floor = { minimum: 7 };
  for (const { name, given, expected } of [
    { name: 'without a word', given: {}, expected: { anyOf: either } },
    { name: 'said already', given: { anyOf: either }, expected: { anyOf: either } },
    { name: 'said first among others', given: { allOf: [{ anyOf: either }, floor] }, expected: { allOf: [{ anyOf: either }, floor] } },
    { name: 'with other alternatives', given: { anyOf: [floor] }, expected: { anyOf: [floor], allOf: [{ anyOf: either }] } },
    { name: 'with other alternatives and demands', given: { anyOf: [floor], allOf: [floor] }, expected: { anyOf: [floor], allOf: [{ anyOf: either }, floor] } },
    { name: 'with demands', given: { allOf: [floor] }, expected: { anyOf: either, allOf: [floor] } },
  ]) test(name, () => {
    assert.deepEqual(published(port(given), V3), port(expected));
    assert.deepEqual(published({ type: 'array', items: port(given) }, V3), { type: 'array', items: port(expected) });
    assert.deepEqual(published(port(given), V2), port());
  });
});

suite('what readers of a definition alone see', () => {
  const told = { type: 'string', example: 'a', externalDocs: { url: 'https://example.com' } };
  for (const dialect of [V2, V3]) test(`is not published in version ${dialect.isV3 ? 3 : 2}`, () => assert.deepEqual(published(told, dialect), { type: 'string' }));
});

suite('what keeps unknown fields, in version 2', () => {
  for (const { name, given, expected } of [
    { name: 'an object has no type', given: { type: 'object', properties: { a: { type: 'string' } } }, expected: {} },
    { name: 'a list has none either', given: { type: 'array', items: { type: 'string' } }, expected: {} },
    { name: 'demands what may be null all the same', given: { type: 'object', required: ['a'], properties: { a: { type: 'string', nullable: true } } }, expected: { required: ['a'] } },
  ]) test(name, () => assert.deepEqual(published(keeping(given), V2), keeping(expected)));

  test('a root without a type is an object there, and nothing in version 3', () => {
    assert.deepEqual(customSchemaIn(KEEPS, V2), { type: 'object', 'x-kubernetes-group-version-kind': undefined });
    assert.equal(customSchemaIn(KEEPS, V3)['type'], undefined);
  });

  test('its fields to select by are told all the same', () => {
    const fields = [{ fieldPath: 'spec.color' }];
    assert.deepEqual(customSchemaIn({ ...KEEPS, 'x-kubernetes-selectable-fields': fields }, V2)['x-kubernetes-selectable-fields'], fields);
  });
});
