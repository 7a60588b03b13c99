import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteOpenApi } from './remote-openapi.ts';

const ref = (name: string): object => ({ $ref: `#/definitions/${name}` });
const v2 = {
  paths: { '/apis/w.example.com/v1/flunders': { get: { schema: ref('w.Flunder') } }, '/apis/apps/v1/deployments': {} },
  definitions: { 'w.Flunder': { properties: { metadata: ref('meta.ObjectMeta'), parts: { items: ref('w.Part') } } }, 'w.Part': {}, 'w.Unused': {}, 'meta.ObjectMeta': { description: 'theirs' } },
};

test('of another server only its own paths and what they lead to are taken, and ours stay ours', () => {
  const remote = new RemoteOpenApi();
  remote.tell('v1.w.example.com', 'apis/w.example.com/v1', undefined, v2);
  const merged = remote.merged({ swagger: '2.0', paths: { '/api/': {} }, definitions: { 'meta.ObjectMeta': { description: 'ours' } } });
  assert.deepEqual(Object.keys(merged['paths'] as object).sort(), ['/api/', '/apis/w.example.com/v1/flunders']);
  assert.deepEqual(Object.keys(merged['definitions'] as object).sort(), ['meta.ObjectMeta', 'w.Flunder', 'w.Part']);
  assert.deepEqual((merged['definitions'] as Record<string, unknown>)['meta.ObjectMeta'], { description: 'ours' });
});

test('the index tells where the document is, until the server is gone', () => {
  const remote = new RemoteOpenApi();
  const index = { paths: { 'apis/w.example.com/v1': { serverRelativeURL: '/openapi/v3/apis/w.example.com/v1?hash=1' }, version: { serverRelativeURL: '/openapi/v3/version?hash=2' } } };
  remote.tell('v1.w.example.com', 'apis/w.example.com/v1', index, undefined);
  const { revision } = remote;
  remote.tell('v1.w.example.com', 'apis/w.example.com/v1', index, undefined);
  assert.equal(remote.revision, revision);
  assert.deepEqual(remote.index(), { 'apis/w.example.com/v1': { serverRelativeURL: '/openapi/v3/apis/w.example.com/v1?hash=1' } });
  remote.forget('v1.w.example.com');
  assert.deepEqual(remote.index(), {});
});
