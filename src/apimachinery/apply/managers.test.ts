import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Managers, record, writeManagers, type Manager } from './managers.ts';

const set = { 'f:data': { 'f:a': {} } };

function managersOf(all: readonly Partial<Manager>[]): Managers {
  return new Map(all.map((one, i) => [String(i), { name: '', operation: 'Update', apiVersion: 'v1', subresource: '', time: undefined, set, ...one }]));
}

for (const { name, given, expected } of [
  { name: 'appliers come first, whenever they wrote', given: [{ name: 'u', time: '2026-01-01T00:00:00Z' }, { name: 'a', operation: 'Apply' as const, time: '2026-12-01T00:00:00Z' }], expected: ['a', 'u'] },
  { name: 'older ones first', given: [{ name: 'a', time: '2026-01-02T00:00:00Z' }, { name: 'b', time: '2026-01-01T23:59:59Z' }], expected: ['b', 'a'] },
  { name: 'times of other zones and the last days of a month are compared as times', given: [{ name: 'a', time: '2026-01-31T10:00:00Z' }, { name: 'b', time: '2026-01-31T11:30:00+02:00' }, { name: 'c', time: '2026-01-28T23:00:00Z' }], expected: ['c', 'b', 'a'] },
  { name: 'within a second by name, whatever its fraction', given: [{ name: 'b', time: '2026-01-01T00:00:00Z' }, { name: 'a', time: '2026-01-01T00:00:00.9Z' }], expected: ['a', 'b'] },
  { name: 'who has no time is the oldest', given: [{ name: 'a', time: '2026-01-01T00:00:00Z' }, { name: 'b' }], expected: ['b', 'a'] },
  { name: 'then by version and subresource', given: [{ name: 'a', subresource: 'status' }, { name: 'a', apiVersion: 'v1beta1' }, { name: 'a' }], expected: ['a', 'a status', 'a v1beta1'] },
]) {
  test(name, () => {
    const shown = writeManagers(managersOf(given))?.map((one) => [one.manager, ...(one.apiVersion === 'v1' ? [] : [one.apiVersion]), ...(one.subresource === undefined ? [] : [one.subresource])].join(' '));
    assert.deepEqual(shown, expected);
  });
}

test('an entry has its fields in the order of Kubernetes, and none that are empty', () => {
  const managers: Managers = new Map();
  record(managers, { name: 'kubectl', operation: 'Update', apiVersion: 'v1', subresource: 'status', set }, Date.UTC(2026, 0, 31, 10));
  const [full] = writeManagers(managers) ?? [];
  assert.equal(JSON.stringify(full), '{"manager":"kubectl","operation":"Update","apiVersion":"v1","time":"2026-01-31T10:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}},"subresource":"status"}');
  const [bare] = writeManagers(managersOf([{}])) ?? [];
  assert.equal(JSON.stringify(bare), '{"operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}');
  assert.equal(writeManagers(new Map()), undefined);
});
