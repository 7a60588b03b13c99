import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../meta.ts';
import type { ApplyType, MapApplyType } from './apply-type.ts';
import { applyConfiguration, updateManagedFields } from './field-manager.ts';
import { emptySet } from './field-set.ts';
import type { ManagedKind } from './managed-kind.ts';

const text: ApplyType = { kind: 'scalar', scalar: 'string' };
const map = (fields: Readonly<Record<string, ApplyType>>): MapApplyType => ({ kind: 'map', isAtomic: false, isDeclared: (name) => Object.hasOwn(fields, name), field: (name) => fields[name] });
const texts: MapApplyType = { kind: 'map', isAtomic: false, isDeclared: () => false, field: () => text };
const port = map({ port: { kind: 'scalar', scalar: 'numeric' }, protocol: text, name: text });
const type = map({
  apiVersion: text, kind: text, data: texts, metadata: map({ name: text, uid: text, labels: texts }),
  ports: { kind: 'list', relation: 'map', keys: ['port', 'protocol'], keyDefault: (key) => (key === 'protocol' ? 'TCP' : undefined), items: port },
});
const emptyObject = { apiVersion: 'v1', kind: 'Thing', metadata: {} } as unknown as DeepReadonly<KubeObject>;
const kind: ManagedKind = { kind: 'Thing', apiVersion: 'v1', emptyObject, typeOf: () => type, resetFields: emptySet, toVersion: (object) => object };
const thing = (rest: object): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', uid: 'u' }, ...rest }) as unknown as KubeObject;
const entry = (manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry =>
  ({ manager, operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1, ...more }) as ManagedFieldsEntry;
const managed = (entries: ManagedFieldsEntry[], rest: object): KubeObject => thing({ metadata: { name: 'a', uid: 'u', managedFields: entries }, ...rest });
const write = { manager: 'me', subresource: '', nowMs: 0 };
const namesOf = (entries: ManagedFieldsEntry[] | undefined): (string | undefined)[] | undefined => entries?.map(({ manager }) => manager);

test('a new object with a lone empty entry has its creator as manager: there is nothing to reset', () => {
  const object = managed([{} as ManagedFieldsEntry], { data: { a: '1' } });
  assert.deepEqual(namesOf(updateManagedFields(kind, object, { ...write, live: undefined })), ['me']);
});

test('an entry without a version cannot be understood: those of before count', () => {
  const live = managed([entry('one', { 'f:data': { 'f:a': {} } })], { data: { a: '1' } });
  const { apiVersion: _, ...nowhere } = entry('two', { 'f:data': {} });
  const object = managed([nowhere as ManagedFieldsEntry], { data: { a: '1', b: '2' } });
  assert.deepEqual(namesOf(updateManagedFields(kind, object, { ...write, live })), ['me', 'one']);
});

test('too many managers: an entry for the oldest that is there already is added to, and the first of the others stays', () => {
  const field = (name: string): object => ({ 'f:data': { [`f:${name}`]: {} } });
  const at = (second: number): Partial<ManagedFieldsEntry> => ({ time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z` });
  const others = Array.from({ length: 8 }, (_, i) => entry(`m${i}`, field(`m${i}`), at(i + 3)));
  const live = managed([entry('Old', field('o'), at(1)), entry('ancient-changes', field('x'), at(9)), ...others], { data: { a: '1' } });
  const entries = updateManagedFields(kind, thing({ data: { a: '2' } }), { ...write, live, nowMs: Date.parse('2026-01-02T00:00:00Z') });
  assert.deepEqual(namesOf(entries), ['Old', 'ancient-changes', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'me']);
  assert.deepEqual(entries?.find(({ manager }) => manager === 'ancient-changes')?.fieldsV1, { 'f:data': { 'f:m0': {}, 'f:x': {} } });
});

test('conflicts are told by manager, those over numbered elements in the order of the numbers', () => {
  const owned = (...ports: number[]): object => ({ 'f:ports': Object.fromEntries(ports.map((one) => [`k:{"port":${one},"protocol":"TCP"}`, { '.': {}, 'f:name': {} }])) });
  const live = managed([entry('b', owned(8080, 443, 80)), entry('a', owned(9), { operation: 'Apply' })], { ports: [9, 80, 443, 8080].map((one) => ({ port: one, protocol: 'TCP', name: 'x' })) });
  const applied = thing({ metadata: { name: 'a' }, ports: [8080, 443, 80, 9].map((one) => ({ port: one, name: 'y' })) });
  assert.throws(() => applyConfiguration(kind, applied, { ...write, live, force: false }), {
    message: `Apply failed with 4 conflicts: conflicts with "a":\n- .ports[port=9,protocol="TCP"].name\nconflicts with "b" using v1:\n${[80, 443, 8080].map((one) => `- .ports[port=${one},protocol="TCP"].name`).join('\n')}`,
  });
});

test('an element that stands twice in what is stored is replaced by the one applied', () => {
  const live = thing({ ports: [{ port: 80, protocol: 'TCP', name: 'x' }, { port: 80, protocol: 'TCP', name: 'y' }] });
  const { object } = applyConfiguration(kind, thing({ metadata: { name: 'a' }, ports: [{ port: 80 }] }), { ...write, live, force: true });
  assert.deepEqual((object as unknown as { ports: unknown }).ports, [{ port: 80 }]);
});

test('an element that stands twice is owned as a whole, and stays when who once applied it leaves it out', () => {
  const doubled = { ports: [{ port: 80, protocol: 'TCP', name: 'x' }, { port: 80, protocol: 'TCP', name: 'y' }, { port: 9, protocol: 'UDP' }] };
  const live = managed([
    entry('me', { 'f:ports': { 'k:{"port":9,"protocol":"UDP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } } }, { operation: 'Apply' }),
    entry('other', { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {} } }),
  ], doubled);
  const { object, isNoop } = applyConfiguration(kind, thing({ metadata: { name: 'a' }, ports: [{ port: 9, protocol: 'UDP' }] }), { ...write, live, force: false });
  assert.equal(isNoop, true);
  assert.deepEqual((object as unknown as { ports: unknown }).ports, doubled.ports);
});

test('where no schema tells the shape, an object that becomes a list loses all that was owned in it', () => {
  const free: ManagedKind = { ...kind, typeOf: () => map({ apiVersion: text, kind: text, metadata: map({ name: text, uid: text }), x: { kind: 'untyped', isAtomic: false } }) };
  const live = managed([entry('one', { 'f:x': { '.': {}, 'f:a': { '.': {}, 'f:b': {} } } })], { x: { a: { b: 1 } } });
  assert.deepEqual(updateManagedFields(free, thing({ x: { a: [1] } }), { ...write, live })?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]), [['me', { 'f:x': { 'f:a': {} } }], ['one', { 'f:x': {} }]]);
});

test('what a schema has made a whole since is owned as a whole', () => {
  const typeOf = (isAtomic: boolean): MapApplyType => map({ apiVersion: text, kind: text, metadata: map({ name: text, uid: text }), data: { ...texts, isAtomic }, ports: { kind: 'list', relation: isAtomic ? 'atomic' : 'set', keys: [], keyDefault: () => undefined, items: text } });
  const changed: ManagedKind = { ...kind, typeOf: () => typeOf(true), hasChangingSchema: true };
  const live = managed([entry('one', { 'f:data': { 'f:a': {} }, 'f:ports': { '.': {}, 'v:"x"': {} } })], { data: { a: '1' }, ports: ['x'] });
  assert.throws(() => applyConfiguration(changed, thing({ metadata: { name: 'a' }, data: { b: '2' } }), { ...write, live, force: false }), { message: 'Apply failed with 1 conflict: conflict with "one" using v1: .data' });
  assert.deepEqual(updateManagedFields(changed, thing({ data: { a: '1' }, ports: ['x'] }), { ...write, live })?.map(({ fieldsV1 }) => fieldsV1), [{ 'f:data': {}, 'f:ports': {} }]);
  assert.equal(updateManagedFields({ ...kind, typeOf: () => typeOf(false), hasChangingSchema: true }, thing({ data: { a: '1' }, ports: ['x'] }), { ...write, live }), live.metadata.managedFields);
});

for (const { apiVersion, told } of [{ apiVersion: 'a/b/c', told: '/, Kind=' }, { apiVersion: 'b/c', told: 'b/c, Kind=Thing' }, { apiVersion: 'v2', told: '/v2, Kind=Thing' }]) {
  test(`a configuration in version ${apiVersion} is of another type`, () => {
    assert.throws(() => applyConfiguration(kind, { ...thing({}), apiVersion }, { ...write, live: undefined, force: false }), { message: `invalid object type: ${told}` });
  });
}

const LAST = 'kubectl.kubernetes.io/last-applied-configuration';
const noting = map({ apiVersion: text, kind: text, data: texts, metadata: map({ name: text, uid: text, annotations: texts }) });
const noted: ManagedKind = { ...kind, typeOf: () => noting };
const annotationsAfter = (before: string, applied: object, manager = 'kubectl', others: Record<string, string> = {}): unknown => {
  const live = thing({ metadata: { name: 'a', uid: 'u', annotations: { ...others, [LAST]: before } } });
  return applyConfiguration(noted, { apiVersion: 'v1', kind: 'Thing', ...applied } as unknown as KubeObject, { ...write, manager, live, force: true }).object.metadata.annotations;
};

test('the annotation of client-side apply follows what kubectl applies, in the way of Go, with annotations only where some were given', () => {
  assert.deepEqual(annotationsAfter('{}', { metadata: { name: 'a' }, data: { b: '<1>', a: '2' } }), { [LAST]: '{"apiVersion":"v1","data":{"a":"2","b":"\\u003c1\\u003e"},"kind":"Thing","metadata":{"name":"a"}}\n' });
  assert.deepEqual(annotationsAfter('{}', { metadata: { name: 'a', annotations: { [LAST]: 'mine' } } }), { [LAST]: '{"apiVersion":"v1","kind":"Thing","metadata":{"annotations":{},"name":"a"}}\n' });
  assert.deepEqual(annotationsAfter('{}', { metadata: { name: 'a' } }, 'other'), { [LAST]: '{}' });
  assert.deepEqual(annotationsAfter('', { metadata: { name: 'a' } }), { [LAST]: '' });
});

test('the annotation of client-side apply goes where annotations would get too large', () => {
  const half = 'x'.repeat(140_000);
  assert.deepEqual(annotationsAfter('{}', { metadata: { name: 'a' }, data: { a: half } }, 'kubectl', { half }), { half });
});
