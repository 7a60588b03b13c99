import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { ApiException, AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, makeInformer, PatchStrategy, Watch, setHeaderOptions, VersionApi, type V1ConfigMap } from '@kubernetes/client-node';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let config: KubeConfig;
let core: CoreV1Api;
const namespace = 'default';

before(async () => {
  server = await startTestServer();
  config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, caData: Buffer.from(server.ca).toString('base64'), skipTLSVerify: false }], users: [{ name: 'u', token: ADMIN_TOKEN }], contexts: [{ name: 'x', cluster: 'c', user: 'u' }], currentContext: 'x',
  });
  core = config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: namespace } } });
});

after(() => server[Symbol.asyncDispose]());

const configMap = (name: string, data: Record<string, string>): V1ConfigMap => ({ metadata: { name }, data });

test('the official JavaScript client creates, reads, patches, lists and deletes', async () => {
  assert.match((await config.makeApiClient(VersionApi).getCode()).gitVersion, /^v1\.36\./);
  const created = await core.createNamespacedConfigMap({ namespace, body: configMap('a', { k: 'v' }) });
  assert.ok(created.metadata?.creationTimestamp instanceof Date);
  const replaced = await core.replaceNamespacedConfigMap({ name: 'a', namespace, body: Object.assign(created, { data: { k: 'w' } }) });
  assert.equal(replaced.data?.['k'], 'w');
  await core.patchNamespacedConfigMap({ name: 'a', namespace, body: [{ op: 'add', path: '/data/l', value: 'x' }] }, setHeaderOptions('Content-Type', PatchStrategy.JsonPatch));
  await core.patchNamespacedConfigMap({ name: 'a', namespace, body: { data: { k: null } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  assert.deepEqual((await core.readNamespacedConfigMap({ name: 'a', namespace })).data, { l: 'x' });
  assert.deepEqual((await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=a' })).items.map((one) => one.metadata?.name), ['a']);
  await assert.rejects(core.createNamespacedConfigMap({ namespace, body: configMap('a', {}) }), (error) => error instanceof ApiException && error.code === 409);
  await core.deleteNamespacedConfigMap({ name: 'a', namespace });
  await assert.rejects(core.readNamespacedConfigMap({ name: 'a', namespace }), (error) => error instanceof ApiException && error.code === 404);
});

test('its informer sees what is there and what comes, goes and changes', async () => {
  await core.createNamespacedConfigMap({ namespace, body: configMap('first', { n: '1' }) });
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (object) => {
    if (object.metadata?.name === 'first' || object.metadata?.name === 'second') seen.push(`${verb} ${object.metadata.name}`);
    if (seen.length === 4) done.resolve();
  });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: configMap('second', {}) });
  await core.patchNamespacedConfigMap({ name: 'first', namespace, body: { data: { n: '2' } } }, setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch));
  await core.deleteNamespacedConfigMap({ name: 'second', namespace });
  await done.promise;
  assert.deepEqual(seen, ['add first', 'add second', 'update first', 'delete second']);
  assert.equal(informer.get('first', namespace)?.data?.['n'], '2');
  await informer.stop();
});

test('its watch gets events, bookmarks among them, and ends when told', async () => {
  const { metadata } = await core.listNamespacedSecret({ namespace });
  const first = Promise.withResolvers<{ type: string; name: string }>();
  const watching = await new Watch(config).watch(`/api/v1/namespaces/${namespace}/secrets`, { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true }, (type, object: { metadata: { name: string } }) => first.resolve({ type, name: object.metadata.name }), () => undefined);
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 's' }, stringData: { a: 'b' } } });
  assert.deepEqual(await first.promise, { type: 'ADDED', name: 's' });
  watching.abort();
});

test('its untyped client works on whatever kind discovery knows', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } } };
  await objects.create(deployment);
  await objects.patch({ ...deployment, spec: { ...deployment.spec, replicas: 3 } }, undefined, undefined, 'test', true, PatchStrategy.ServerSideApply);
  assert.equal((await config.makeApiClient(AppsV1Api).readNamespacedDeployment({ name: 'web', namespace })).spec?.replicas, 3);
  assert.deepEqual((await objects.list('apps/v1', 'Deployment', namespace)).items.map((one) => one.metadata?.name), ['web']);
  await objects.delete(deployment);
});

test('keeps releases as Helm does: a secret of its own type, found by labels, replaced only at the version that was read', async () => {
  const release = Buffer.from(gzipSync(JSON.stringify({ name: 'app', version: 1, manifest: 'x'.repeat(200_000) }))).toString('base64');
  const name = 'sh.helm.release.v1.app.v1';
  const body = { metadata: { name, labels: { name: 'app', owner: 'helm', status: 'pending-install', version: '1' } }, type: 'helm.sh/release.v1', data: { release: Buffer.from(release).toString('base64') } };
  const created = await core.createNamespacedSecret({ namespace, body });
  assert.ok(created.metadata);
  created.metadata.labels = { ...body.metadata.labels, status: 'deployed' };
  await core.replaceNamespacedSecret({ name, namespace, body: created });
  const found = await core.listNamespacedSecret({ namespace, labelSelector: 'name=app,owner=helm,status in (deployed,superseded)' });
  assert.deepEqual(found.items.map((one) => [one.metadata?.name, one.type, one.data?.['release'] === body.data.release]), [[name, 'helm.sh/release.v1', true]]);
  await assert.rejects(core.replaceNamespacedSecret({ name, namespace, body: created }), (error) => error instanceof ApiException && error.code === 409);
});
