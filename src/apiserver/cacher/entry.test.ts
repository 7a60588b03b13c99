import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { Entry, StoredDraft } from './entry.ts';

const scrambled = {
  spec: { b: 1, a: '<&>' }, status: {},
  metadata: {
    managedFields: [], annotations: JSON.parse('{"__proto__":"only a key","b":"2","a":"1"}') as Record<string, string>, labels: { app: 'web' }, creationTimestamp: '2026-01-01T00:00:00Z', generation: 2,
    resourceVersion: '7', uid: 'u-1', namespace: 'default', name: 'web', finalizers: ['f'], ownerReferences: [], deletionGracePeriodSeconds: 0, deletionTimestamp: '2026-01-02T00:00:00Z', selfLink: '', generateName: 'w-',
  },
  apiVersion: 'v1', kind: 'Thing',
} as unknown as KubeObject;

const before = '{"kind":"Thing","apiVersion":"v1","metadata":{"name":"web","generateName":"w-","namespace":"default","selfLink":"","uid":"u-1"';
const behind = ',"generation":2,"creationTimestamp":"2026-01-01T00:00:00Z","deletionTimestamp":"2026-01-02T00:00:00Z","deletionGracePeriodSeconds":0,"labels":{"app":"web"},'
  + '"annotations":{"__proto__":"only a key","b":"2","a":"1"},"ownerReferences":[],"finalizers":["f"],"managedFields":[]},"spec":{"b":1,"a":"\\u003c\\u0026\\u003e"},"status":{}}';

test('what is stored is in the order of Go and without resourceVersion, which is put in its place when it is known', () => {
  const draft = new StoredDraft(scrambled);
  assert.equal(draft.bytes.toString(), before + behind);
  const entry = Entry.fromStored('/k', 12, draft.bytes, draft.at(12));
  assert.equal(entry.bytes.toString(), `${before},"resourceVersion":"12"${behind}`);
  assert.equal(entry.line.toString(), `${before},"resourceVersion":"12"${behind}\n`);
  assert.equal(entry.at(1234).bytes.toString(), `${before},"resourceVersion":"1234"${behind}`);
});

test('the object of a draft is what is read of its bytes, field for field and in the same order', () => {
  const draft = new StoredDraft(scrambled);
  const object = draft.at(12);
  const read = Entry.fromStored('/k', 12, draft.bytes).object;
  assert.deepEqual(object, read);
  assert.equal(JSON.stringify(object), JSON.stringify(read));
  assert.deepEqual(Object.keys(object.metadata), Object.keys(read.metadata));
  assert.equal(scrambled.metadata.resourceVersion, '7', 'what it was made of is as it was');
});

test('an object with few fields has no others', () => {
  const draft = new StoredDraft({ kind: 'Thing', apiVersion: 'v1', metadata: { name: 'a' } } as KubeObject);
  assert.equal(draft.bytes.toString(), '{"kind":"Thing","apiVersion":"v1","metadata":{"name":"a"}}');
  assert.deepEqual(Object.entries(draft.at(3).metadata), [['name', 'a'], ['resourceVersion', '3']]);
  assert.equal(draft.at(3), draft.at(3), 'the store tells of it once more: it is the same');
});
