import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { applyDefaults, prune } from './pruning.ts';

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
  prune(object, schema, unknown);
  assert.deepEqual(object, { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'a' }, spec: { a: 'b', free: { any: 1 }, list: [{ n: 'x' }], map: { one: {} } } });
  assert.deepEqual(unknown.sort(), ['unknown field "spec.bogus"', 'unknown field "spec.list[0].m"', 'unknown field "spec.map.one.z"', 'unknown field "top"']);
});

test('defaults come at every depth, also for a null', () => {
  const object = { spec: { a: null, map: { one: {} } } };
  applyDefaults(object, schema);
  assert.deepEqual(object, { spec: { a: 'x', map: { one: { k: 1 } } } });
});
