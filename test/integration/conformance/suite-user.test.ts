/** What stands around each test of the suite: what it waits for before it begins, and the account that its runners (Hydrophone, Sonobuoy) give it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConformanceApi, type Json } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
let cluster: ConformanceCluster;
let suite: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  const { api } = cluster;
  const labels = { component: 'conformance' };
  const subject = { kind: 'ServiceAccount', name: 'conformance-serviceaccount', namespace: 'conformance' };
  await api.create('/api/v1/namespaces', { metadata: { name: 'conformance' } });
  await api.create('/api/v1/namespaces/conformance/serviceaccounts', { metadata: { name: subject.name, labels } });
  await api.create(`${RBAC}/clusterroles`, {
    metadata: { name: 'conformance-serviceaccount:conformance', labels },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['/metrics', '/logs', '/logs/*'], verbs: ['get'] }],
  });
  await api.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name: 'conformance-serviceaccount-role:conformance', labels }, subjects: [subject],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'conformance-serviceaccount:conformance' },
  });
  const { status } = await api.create(`/api/v1/namespaces/conformance/serviceaccounts/${subject.name}/token`, { spec: { audiences: [], expirationSeconds: 3600 } });
  suite = new ConformanceApi(cluster.server.clientOf(status.token).transport);
});
after(() => cluster[Symbol.asyncDispose]());

test('before the first test: schedulable nodes without taints, system pods and daemons, the version, the family of addresses', async () => {
  const { items } = await suite.get('/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse&resourceVersion=0');
  assert.deepEqual(items.map(({ spec }) => [spec.unschedulable, spec.taints]), [[undefined, undefined], [undefined, undefined]]);
  for (const list of ['/api/v1/namespaces/kube-system/pods', '/api/v1/namespaces/kube-system/replicationcontrollers', '/apis/apps/v1/namespaces/kube-system/replicasets']) assert.ok(Array.isArray((await suite.get(list)).items), list);
  for (const { status } of (await suite.get('/apis/apps/v1/namespaces/kube-system/daemonsets')).items) assert.equal(status.numberReady, status.desiredNumberScheduled);
  assert.match((await suite.get('/version'))['gitVersion'], /^v1\.\d+\.\d+/);
  assert.match((await suite.get('/api/v1/namespaces/default/services/kubernetes')).spec.clusterIP, /^\d+\.\d+\.\d+\.\d+$/);
});

test('before each test: a namespace that enforces a pod security level has its account and its ConfigMap; pods need not wait for either', async () => {
  const labels = { 'e2e-framework': 'pods', 'e2e-run': '0f', ...Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'baseline'])) };
  const { metadata: { name } } = await suite.create('/api/v1/namespaces', { metadata: { generateName: 'pods-', labels } });
  const url = `/api/v1/namespaces/${name}`;
  await using accounts = suite.watch(`${url}/serviceaccounts?fieldSelector=metadata.name%3Ddefault`);
  await accounts.until('the account', ({ type }) => type === 'ADDED');
  await using maps = suite.watch(`${url}/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt`);
  assert.match((await maps.until('the ConfigMap', ({ type }) => type === 'ADDED')).data['ca.crt'], /BEGIN CERTIFICATE/);
  const pod = (more: object): object => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', ...more }] } });
  assert.match(await suite.refused(403, 'POST', `${url}/pods`, pod({ securityContext: { privileged: true } })), /violates PodSecurity "baseline:latest": privileged/);
  await suite.create(`${url}/pods`, pod({}));
});

test('the account of the suite may all that its tests do: what lies outside of resources, roles of others, being others', async () => {
  for (const path of ['/api', '/apis', '/openapi/v2', '/openapi/v3', '/healthz', '/livez', '/readyz', '/metrics', '/.well-known/openid-configuration', '/openid/v1/jwks']) assert.equal((await suite.answer('GET', path)).status, 200, path);
  const bind = (kind: string, name: string): object => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name }, subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }] });
  await suite.create(`${RBAC}/namespaces/kube-system/rolebindings`, { metadata: { name: 'wardler-auth-reader' }, ...bind('Role', 'extension-apiserver-authentication-reader') });
  await suite.create(`${RBAC}/clusterrolebindings`, { metadata: { name: 'wardler-auth-delegator' }, ...bind('ClusterRole', 'system:auth-delegator') });
  await suite.create(`${RBAC}/clusterroles`, { metadata: { name: 'sample-apiserver-reader' }, rules: [{ apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['get', 'watch', 'list'] }] });
  await suite.create(`${RBAC}/clusterroles`, { metadata: { name: 'more-than-its-own' }, rules: [{ nonResourceURLs: ['/other'], verbs: ['get'] }] });
  assert.equal((await suite.answer('GET', '/other')).status, 403);
  const review: Json = await suite.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  assert.equal(review.status.userInfo.username, 'system:serviceaccount:conformance:conformance-serviceaccount');
  await suite.get('/api/v1/namespaces/default/serviceaccounts/default', { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' });
});
