import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../api/kinds.ts';
import { ApiGroups, BuiltInApis, compareVersions, storageVersionHash } from './api-groups.ts';
import { apiGroupList, apiResourceList } from './legacy.ts';

const groups = new ApiGroups([new BuiltInApis(kinds)]);

for (const { name, versions, expected } of [
  { name: 'stable versions come first', versions: ['v1beta1', 'v1', 'v2alpha1'], expected: ['v1', 'v1beta1', 'v2alpha1'] },
  { name: 'newer versions come first', versions: ['v1', 'v10', 'v2'], expected: ['v10', 'v2', 'v1'] },
  { name: 'what is no version comes last, by name', versions: ['foo', 'v1alpha1', 'bar'], expected: ['v1alpha1', 'bar', 'foo'] },
]) test(name, () => assert.deepEqual([...versions].sort(compareVersions), expected));

test('the hash of a storage version is that of Kubernetes', () => {
  assert.equal(storageVersionHash('apps', 'v1', 'Deployment'), '8aSe+NMegvE=');
});

test('groups come by priority', () => {
  const { groups: listed } = apiGroupList(groups.all) as { groups: { name: string }[] };
  assert.deepEqual(listed.slice(0, 5).map((group) => group.name), ['apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io']);
  assert.equal(listed.at(-1)?.name, 'flowcontrol.apiserver.k8s.io');
});

test('both versions of a kind name the hash of the stored one', () => {
  for (const version of ['v1', 'v2']) {
    const found = groups.version('autoscaling', version);
    assert.ok(found);
    const { resources } = apiResourceList(found) as { resources: { name: string; storageVersionHash?: string }[] };
    assert.deepEqual(resources.map((one) => [one.name, one.storageVersionHash]), [
      ['horizontalpodautoscalers', 'qwQve8ut294='],
      ['horizontalpodautoscalers/status', undefined],
    ]);
  }
});

test('what is not stored has no hash', () => {
  const found = groups.version('authorization.k8s.io', 'v1');
  assert.deepEqual(found?.resources.map((one) => [one.name, one.verbs, one.storageVersionHash]), [
    ['localsubjectaccessreviews', ['create'], undefined],
    ['selfsubjectaccessreviews', ['create'], undefined],
    ['selfsubjectrulesreviews', ['create'], undefined],
    ['subjectaccessreviews', ['create'], undefined],
  ]);
});
