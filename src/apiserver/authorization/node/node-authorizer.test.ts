import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { NodeAuthorizer } from './node-authorizer.ts';

test('every node may get the ConfigMap that tells of the cluster, and do nothing else to it', () => {
  const none = { get: () => undefined, list: () => [], versionOf: () => 0 } as unknown as CachedObjects;
  const authorizer = new NodeAuthorizer(() => none, { namespace: 'kube-system', name: 'shared' });
  const ask = (verb: string, name: string): string => authorizer.authorize({
    user: { name: 'system:node:a', groups: ['system:nodes'] }, verb, isResourceRequest: true, namespace: 'kube-system', apiGroup: '', apiVersion: 'v1', resource: 'configmaps', subresource: '', name, path: '',
  }).decision;
  assert.deepEqual([ask('get', 'shared'), ask('update', 'shared'), ask('get', 'other')], ['allow', 'no opinion', 'no opinion']);
});
