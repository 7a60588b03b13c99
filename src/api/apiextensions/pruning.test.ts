import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { applyDefaults } from './defaulting.ts';
import { dropNulls, prune } from './pruning.ts';

const schema: JSONSchemaProps = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string', default: 'x' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { k: { type: 'integer', default: 1 } } } },
        list: { type: 'array', items: { type: 'object', properties: { n: { type: 'string' } } } },
      },
    },
  },
};

test('what the schema does not know goes, and is told', () => {
  const object = { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'a' }, top: 1, spec: { a: 'b', bogus: 1, free: { any: 1 }, list: [{ n: 'x', m: 1 }], map: { one: { z: 1 } } } };
  const unknown: string[] = [];
  prune(object, schema, unknown, '', true);
  assert.deepEqual(object, { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'a' }, spec: { a: 'b', free: { any: 1 }, list: [{ n: 'x' }], map: { one: {} } } });
  assert.deepEqual(unknown.sort(), ['unknown field "spec.bogus"', 'unknown field "spec.list[0].m"', 'unknown field "spec.map.one.z"', 'unknown field "top"']);
});

test('defaults come at every depth, also for a null', () => {
  const object = { spec: { a: null, map: { one: {} } } };
  applyDefaults(object, schema);
  assert.deepEqual(object, { spec: { a: 'x', map: { one: { k: 1 } } } });
});

test('nulls go where none may be and no default comes, but not out of lists', () => {
  const object = { spec: { a: null, free: null, list: [null, { n: null }], map: { one: null, two: { k: null } } }, metadata: { labels: null } };
  dropNulls(object, schema);
  assert.deepEqual(object, { spec: { a: null, list: [null, {}], map: { two: { k: null } } }, metadata: { labels: null } });
});

const kept: JSONSchemaProps = { type: 'object', properties: { any: { type: 'object', additionalProperties: true }, free: { 'x-kubernetes-preserve-unknown-fields': true }, list: { type: 'array', 'x-kubernetes-preserve-unknown-fields': true, items: { type: 'object', properties: { n: { type: 'object' } } } } } };

test('what stands under free names keeps no fields of its own, what is not pruned keeps all, in lists too', () => {
  const object = { any: { a: { b: 1 }, c: [{ d: 1 }], e: 2 }, free: [{ a: { b: 1 } }], list: [{ n: { x: 1 }, m: { x: 1 } }] };
  const unknown: string[] = [];
  prune(object, kept, unknown);
  assert.deepEqual(object, { any: { a: {}, c: [{}], e: 2 }, free: [{ a: { b: 1 } }], list: [{ n: {}, m: { x: 1 } }] });
  assert.deepEqual(unknown, ['unknown field "any.a.b"', 'unknown field "any.c[0].d"', 'unknown field "list[0].n.x"']);
});
