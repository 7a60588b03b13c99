import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import { apiGroupDiscoveryList } from '../discovery/aggregated.ts';
import { RemoteApis } from './remote-apis.ts';

const service = { metadata: { name: 'v1.m.example.com' }, spec: { group: 'm.example.com', version: 'v1', service: { namespace: 'ns', name: 'metrics' }, groupPriorityMinimum: 1, versionPriority: 1 }, status: { conditions: [{ type: 'Available', status: 'True' }] } };

/** What discovery says of the version after its server has told `resources`. */
function discovered(resources?: readonly object[]): unknown {
  const apis = new RemoteApis(() => ({ versionOf: () => 1, list: () => [service] }) as unknown as CachedObjects);
  if (resources) apis.tell('v1.m.example.com', { kind: 'APIResourceList', resources });
  const list = apiGroupDiscoveryList([{ name: 'm.example.com', versions: apis.versions() }]) as { items: [{ versions: [unknown] }] };
  return list.items[0].versions[0];
}

const nothing = { version: 'v1', resources: [], freshness: 'Stale' };
const resource = (name: string, scope: string, others: object = {}): object => ({ resource: name, responseKind: { group: '', version: '', kind: '' }, scope, singularResource: '', verbs: [], ...others });
const subresource = (name: string, kind: string, verbs: readonly string[]): object => ({ subresource: name, responseKind: { group: '', version: '', kind }, verbs });

test('a version of which nothing is known yet is stale', () => assert.deepEqual(discovered(), nothing));

test('what belongs to a resource that is not served itself brings it along', () => assert.deepEqual(discovered([
  { name: 'pods/requests', singularName: '', namespaced: true, kind: 'ValueList', verbs: ['get'] },
  { name: 'nodes/load', namespaced: false, kind: 'ValueList', verbs: ['get'] },
  { name: 'pods/errors', namespaced: true, kind: 'ValueList', verbs: ['get'] },
]), {
  version: 'v1', freshness: 'Current',
  resources: [
    resource('pods', 'Namespaced', { subresources: [subresource('requests', 'ValueList', ['get']), subresource('errors', 'ValueList', ['get'])] }),
    resource('nodes', 'Cluster', { subresources: [subresource('load', 'ValueList', ['get'])] }),
  ],
}));

test('of a resource its name is enough, and its kind may be of another group', () => assert.deepEqual(discovered([{ name: 'cups' }, { name: 'scales', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['create'] }, { name: 'cups/lid' }, { kind: 'Nameless' }]), {
  version: 'v1', freshness: 'Current',
  resources: [resource('cups', 'Cluster', { subresources: [subresource('lid', '', [])] }), resource('scales', 'Cluster', { responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['create'] })],
}));

test('a resource of one scope with parts of another is not believed', () => assert.deepEqual(discovered([{ name: 'cups', namespaced: true }, { name: 'cups/lid' }]), nothing));
