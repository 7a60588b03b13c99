import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { printerColumns } from './printer-columns.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const shown = (type: string, value: unknown): unknown => printerColumns([{ name: 'X', type, jsonPath: '.spec.x' }])[1]?.cell({ spec: { x: value } } as never as KubeObject, NOW);

for (const { type, value, expected } of [
  { type: 'string', value: 'a', expected: 'a' },
  { type: 'string', value: 5, expected: '5' },
  { type: 'string', value: 1.5, expected: '1.5' },
  { type: 'string', value: true, expected: 'true' },
  { type: 'string', value: null, expected: '<no value>' },
  { type: 'string', value: undefined, expected: null },
  { type: 'string', value: { b: [1], a: '<x>' }, expected: '{"a":"\\u003cx\\u003e","b":[1]}' },
  { type: 'string', value: [{ b: 1, a: 2 }], expected: '[{"a":2,"b":1}]' },
  { type: 'integer', value: 1.9, expected: 1 },
  { type: 'integer', value: '5', expected: null },
  { type: 'integer', value: null, expected: null },
  { type: 'number', value: 1.5, expected: 1.5 },
  { type: 'boolean', value: false, expected: false },
  { type: 'boolean', value: 'true', expected: null },
  { type: 'date', value: '2026-01-01T00:00:00Z', expected: '60m' },
  { type: 'date', value: '2026-01-02T00:00:00Z', expected: '<invalid>' },
  { type: 'date', value: 'soon', expected: '<invalid>' },
  { type: 'date', value: '2026-01-01', expected: '<invalid>' },
  { type: 'date', value: '2026-01-01T01:00:00+01:00', expected: '60m' },
  { type: 'date', value: '', expected: '<unknown>' },
  { type: 'date', value: 'null', expected: '<unknown>' },
  { type: 'date', value: 5, expected: null },
]) test(`${JSON.stringify(value)} in a column of type ${type}`, () => assert.equal(shown(type, value), expected));
