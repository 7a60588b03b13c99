import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../status.ts';
import { applyJsonPatch, JsonPatchFault } from './json-patch.ts';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './merge-patch.ts';

const document = { kind: 'ConfigMap', metadata: { name: 'a', annotations: { 'x/d': '3', f: '4' } }, data: { a: '1', b: '2' }, list: [1, 2, 3] };

for (const { name, patch, expected } of [
  { name: 'adds, replaces, removes, copies, moves and tests', patch: [
    { op: 'add', path: '/data/z', value: '9' }, { op: 'replace', path: '/data/a', value: '1b' }, { op: 'remove', path: '/data/b' }, { op: 'copy', from: '/data/a', path: '/data/copy' },
    { op: 'move', from: '/metadata/annotations/x~1d', path: '/data/moved' }, { op: 'test', path: '/metadata/annotations/f', value: '4' },
  ], expected: { kind: 'ConfigMap', metadata: { name: 'a', annotations: { f: '4' } }, data: { a: '1b', copy: '1b', moved: '3', z: '9' }, list: [1, 2, 3] } },
  { name: 'replaces what is not there', patch: [{ op: 'replace', path: '/data/none', value: 'x' }], expected: { ...document, data: { a: '1', b: '2', none: 'x' } } },
  { name: 'takes a path without its first slash', patch: [{ op: 'add', path: 'data/x', value: '1' }], expected: { ...document, x: '1' } },
  { name: 'replaces the whole document', patch: [{ op: 'replace', path: '', value: {} }], expected: {} },
  { name: 'finds an absent value equal to none', patch: [{ op: 'test', path: '/a' }], expected: document },
  { name: 'takes a value that is not given, and one that is not there to copy, for null', patch: [{ op: 'add', path: '/data/n' }, { op: 'copy', from: '/data/none', path: '/data/o' }], expected: { ...document, data: { ...document.data, n: null, o: null } } },
  { name: 'inserts into and appends to lists', patch: [{ op: 'add', path: '/list/1', value: 9 }, { op: 'add', path: '/list/-', value: 4 }, { op: 'remove', path: '/list/0' }], expected: { ...document, list: [9, 2, 3, 4] } },
]) test(`a JSON patch ${name}`, () => {
  const before = JSON.stringify(document);
  assert.deepEqual(applyJsonPatch(document, patch), expected);
  assert.equal(JSON.stringify(document), before);
});

test('keys such as __proto__ are only keys in a JSON patch', () => {
  const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
  assert.equal(JSON.stringify(patched), '{"__proto__":{"polluted":true}}');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.throws(() => applyJsonPatch({}, [{ op: 'add', path: '/constructor/prototype/x', value: 1 }]), StatusError);
});

for (const { patch, code } of [
  { patch: [{ op: 'test', path: '/data/a', value: 'wrong' }], code: 422 }, { patch: [{ op: 'remove', path: '/data/none' }], code: 422 },
  { patch: [{ op: 'add', path: '/none/deep', value: 'x' }], code: 422 }, { patch: [{ op: 'odd', path: '/data/a' }], code: 422 },
  { patch: { op: 'add' }, code: 400 }, { patch: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a' })), code: 413 },
  { patch: [{ op: 'add', path: '/list/7', value: 1 }], code: 422 }, { patch: [{ op: 'add', path: 'data', value: 1 }], code: 422 }, { patch: [{ op: 'add', path: '', value: {} }], code: 422 },
  { patch: [{ op: 'copy', from: '', path: '/all' }], code: 422 }, { patch: [{ op: 'move', from: '/data/none', path: '/data/x' }], code: 422 }, { patch: [null], code: 422 },
]) test(`a JSON patch fails with ${code}: ${JSON.stringify(patch).slice(0, 60)}`, () => assert.throws(() => applyJsonPatch(document, patch), (error: unknown) => StatusError.is(error) && error.code === code));

for (const { patch, fault } of [
  { patch: { op: 'add', path: '/none/deep', value: 'x' }, fault: 'add operation does not apply: doc is missing path: "/none/deep": missing value' }, { patch: { op: 'add', path: '/list/9', value: 1 }, fault: "error in add for path: '/list/9': Unable to access invalid index: 9: invalid index referenced" },
  { patch: { op: 'add', path: '/list/x', value: 1 }, fault: `error in add for path: '/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax` },
  { patch: { op: 'remove', path: '/data/none' }, fault: "error in remove for path: '/data/none': Unable to remove nonexistent key: none: missing value" }, { patch: { op: 'remove', path: '/list/9/a' }, fault: 'remove operation does not apply: doc is missing path: "/list/9/a": missing value' },
  { patch: { op: 'replace', path: '/none/a', value: 1 }, fault: 'replace operation does not apply: doc is missing path: /none/a: missing value' }, { patch: { op: 'replace', path: '/list/-', value: 1 }, fault: 'replace operation does not apply: doc is missing key: /list/-: missing value' },
  { patch: { op: 'move', from: '/data/none', path: '/data/x' }, fault: "error in move for path: 'none': Unable to remove nonexistent key: none: missing value" }, { patch: { op: 'move', from: '/data/a', path: '/none/x' }, fault: 'move operation does not apply: doc is missing destination path: /none/x: missing value' },
  { patch: { op: 'copy', from: '/none/a', path: '/data/x' }, fault: 'copy operation does not apply: doc is missing from path: /none/a: missing value' }, { patch: { op: 'test', path: '/data/a', value: '2' }, fault: 'testing value /data/a failed: test failed' }, { patch: { op: 'odd', path: '/a' }, fault: 'Unexpected kind: odd' },
]) test(`why a JSON patch does not fit: ${fault}`, () => assert.throws(() => applyJsonPatch(document, [patch]), (error: unknown) => StatusError.is(error) && error.cause instanceof JsonPatchFault && error.cause.message === fault && error.cause.isTest === (patch.op === 'test')));

test('a merge patch sets, removes and replaces, and sorts the keys it passes', () => {
  const patched = applyMergePatch(document, { data: { a: null, c: '3' }, list: [7], metadata: { annotations: null } });
  assert.equal(JSON.stringify(patched), '{"data":{"b":"2","c":"3"},"kind":"ConfigMap","list":[7],"metadata":{"name":"a"}}');
  assert.throws(() => applyMergePatch({}, []), { message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}' });
});

test('a merge patch leaves no null in the objects of a new list', () => {
  assert.deepEqual(applyMergePatch({ list: [1] }, { list: [{ a: null, b: [{ c: null, d: 1 }] }, null], more: [{ e: null }] }), { list: [{ b: [{ d: 1 }] }, null], more: [{}] });
  assert.deepEqual(applyMergePatch({ list: {} }, { list: [{ a: null }] }), { list: [{ a: null }] });
});

test('patches of null', () => {
  assert.deepEqual(applyJsonPatch({ a: 1 }, null), { a: 1 });
  assert.throws(() => applyMergePatch({}, null), { message: 'Invalid JSON Patch' });
});

test('makes merge patches', () => {
  assert.deepEqual(createMergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1, d: 3 }, e: [1], f: 1 }), { a: null, b: { d: 3 }, f: 1 });
  assert.deepEqual(createThreeWayMergePatch({ a: 1, b: 1 }, { b: 2 }, { a: 1, b: 1, c: 3 }), { a: null, b: 2 });
});
