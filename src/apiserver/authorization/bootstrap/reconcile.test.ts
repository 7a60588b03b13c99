import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as refs from '../../../api/refs.ts';
import { SystemClock } from '../../../base/clock.ts';
import { Client } from '../../../client/client.ts';
import { admin, startTestServer, type TestServer } from '../../../../test/support/test-server.ts';
import { reconcileDefaultPolicy } from './reconcile.ts';

const { signal } = new AbortController();
const LABEL = 'kubernetes.io/bootstrapping';
const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
let server: TestServer;
let client: Client;

before(async () => {
  server = await startTestServer();
  client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock() });
  for (const name of ['default', 'kube-system', 'kube-public']) await client.resource(refs.namespaces).create({ metadata: { name } } as never, { signal });
  await reconcileDefaultPolicy(client, signal, { hasAddons: false });
});

after(() => server[Symbol.asyncDispose]());

test('what nodes may read for the agents of kubets comes with the add-ons', async () => {
  const names = async (): Promise<string[]> => (await client.resource(refs.clusterRoleBindings).list({ signal })).items.map(({ metadata: { name } }) => name).filter((name) => name.startsWith('kubets:node-'));
  const joining = ['kubets:node-autoapprove-bootstrap', 'kubets:node-autoapprove-certificate-rotation', 'kubets:node-bootstrapper'];
  assert.deepEqual(await names(), joining);
  await reconcileDefaultPolicy(client, signal);
  assert.deepEqual(await names(), [...joining, 'kubets:node-dns', 'kubets:node-network-policy', 'kubets:node-proxier'].sort());
});

test('what is as it should be is not written', async () => {
  const versions = async (): Promise<unknown> => (await client.resource(refs.clusterRoles).list({ signal })).items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
  const before = await versions();
  await reconcileDefaultPolicy(client, signal);
  assert.deepEqual(await versions(), before);
});

test('rules, labels and selectors that were taken come back; what was added, or covers more, stays', async () => {
  const roles = client.resource(refs.clusterRoles);
  const change = async (name: string, body: object): Promise<void> => void (await roles.patch(name, { type: 'merge', patch: body }, { signal }));
  const discovery = await roles.get('system:discovery', { signal });
  await change('system:discovery', { metadata: { labels: { [LABEL]: null, own: 'label' } }, rules: [{ nonResourceURLs: ['/healthz', '/extra'], verbs: ['get'] }] });
  await change('view', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { mine: 'true' } }] } });
  await change('system:public-info-viewer', { rules: [{ nonResourceURLs: ['*'], verbs: ['*'] }] });
  await change('system:basic-user', { metadata: { annotations: { [AUTO_UPDATE]: 'false' } }, rules: [] });
  await reconcileDefaultPolicy(client, signal);
  const now = await roles.get('system:discovery', { signal });
  assert.deepEqual(now.metadata.labels, { [LABEL]: 'rbac-defaults', own: 'label' });
  const urls = now.rules?.flatMap(({ nonResourceURLs = [] }) => nonResourceURLs) ?? [];
  assert.ok(urls.includes('/extra') && discovery.rules?.[0]?.nonResourceURLs?.every((url) => urls.includes(url)));
  assert.deepEqual((await roles.get('view', { signal })).aggregationRule?.clusterRoleSelectors, [{ matchLabels: { mine: 'true' } }, { matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }]);
  assert.deepEqual((await roles.get('system:public-info-viewer', { signal })).rules, [{ nonResourceURLs: ['*'], verbs: ['*'] }]);
  assert.deepEqual((await roles.get('system:basic-user', { signal })).rules ?? [], []);
});

test('bindings get their subjects back, and lead to their role', async () => {
  const bindings = client.resource(refs.clusterRoleBindings);
  const other = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' };
  await bindings.patch('cluster-admin', { type: 'merge', patch: { subjects: [other] } }, { signal });
  const { uid } = (await bindings.get('system:discovery', { signal })).metadata;
  await bindings.delete('system:discovery', { signal });
  await bindings.create({ metadata: { name: 'system:discovery' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [other] } as never, { signal });
  await reconcileDefaultPolicy(client, signal);
  assert.deepEqual((await bindings.get('cluster-admin', { signal })).subjects?.map(({ name }) => name), ['jane', 'system:masters']);
  const discovery = await bindings.get('system:discovery', { signal });
  assert.deepEqual([discovery.roleRef.name, discovery.subjects?.map(({ name }) => name)], ['system:discovery', ['jane', 'system:authenticated']]);
  assert.notEqual(discovery.metadata.uid, uid);
});
