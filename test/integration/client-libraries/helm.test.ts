/**
 * What Helm 3 and 4 ask of an API server, request by request. Source: helm.sh/helm pkg/kube/client.go, pkg/storage/driver/secrets.go, pkg/action;
 * sigs.k8s.io/cli-utils pkg/kstatus; client-go discovery.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../../src/apimachinery/patch/json.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../support/test-server.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Buffer;
  readonly body: JsonObject & { metadata?: JsonObject & { resourceVersion?: string; managedFields?: JsonObject[]; labels?: Record<string, string> }; items?: JsonObject[]; status?: unknown; spec?: JsonObject };
}

const clock = new SystemClock();
let server: TestServer;

async function open(method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}): Promise<IncomingMessage> {
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
  const sent = httpsRequest(`${server.url}${path}`, { method, ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, accept: 'application/json', ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }), ...options.headers } });
  sent.end(payload);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await open(method, path, { body, headers });
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const type = answer.headers['content-type'] ?? '';
  return { status: answer.statusCode ?? 0, type, bytes, body: (type.startsWith('application/json') ? JSON.parse(bytes.toString()) : {}) as Answer['body'] };
}

const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';
const deployment = (image: string, replicas = 1): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' } },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image, env: [{ name: 'A', value: '1' }] }] } } },
});

before(async () => {
  server = await startTestServer();
  await ask('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
});

after(() => server[Symbol.asyncDispose]());

test('capabilities: the version, what is served, and the schemas', async () => {
  assert.match(String((await ask('GET', '/version')).body['gitVersion']), /^v1\.36\.\d+/);
  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
  for (const path of ['/api', '/apis']) assert.equal((await ask('GET', path, undefined, { accept: aggregated })).body['kind'], 'APIGroupDiscoveryList');
  const groups = (await ask('GET', '/apis')).body as unknown as { groups: { versions: { groupVersion: string }[] }[] };
  for (const { groupVersion } of groups.groups.flatMap(({ versions }) => versions)) assert.equal((await ask('GET', `/apis/${groupVersion}`)).body['kind'], 'APIResourceList', groupVersion);
  const v2 = await ask('GET', '/openapi/v2?timeout=32s', undefined, { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' });
  assert.deepEqual([v2.status, v2.type, v2.bytes.length > 100_000], [200, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', true]);
  const index = JSON.parse((await ask('GET', '/openapi/v3')).bytes.toString()) as { paths: Record<string, { serverRelativeURL: string }> };
  const apps = await ask('GET', index.paths['apis/apps/v1']?.serverRelativeURL ?? '');
  assert.ok(Object.hasOwn((apps.body as { components?: { schemas?: object } }).components?.schemas ?? {}, 'io.k8s.api.apps.v1.Deployment'));
});

test('a release is a Secret of its own type, found by labels, written with the revision that was read', async () => {
  const secrets = '/api/v1/namespaces/shop/secrets';
  const release = (version: number, status: string): object => ({ metadata: { name: `sh.helm.release.v1.web.v${version}`, labels: { owner: 'helm', name: 'web', status, version: String(version), createdAt: '1767225600' } }, type: 'helm.sh/release.v1', data: { release: Buffer.from('H4sIAAAA').toString('base64') } });
  const created = await ask('POST', secrets, release(1, 'pending-install'));
  assert.equal(created.status, 201);
  assert.equal((await ask('POST', secrets, release(1, 'pending-install'))).body['reason'], 'AlreadyExists');
  const deployed = { ...created.body, ...release(1, 'deployed') } as JsonObject;
  assert.equal((await ask('PUT', `${secrets}/sh.helm.release.v1.web.v1`, deployed)).body.metadata?.labels?.['status'], 'deployed');
  await ask('POST', secrets, release(2, 'pending-upgrade'));
  const found = async (selector: string): Promise<number> => (await ask('GET', `${secrets}?labelSelector=${encodeURIComponent(selector)}`)).body.items?.length ?? 0;
  assert.deepEqual([await found('owner=helm,name=web'), await found('name=web,owner=helm,status=deployed'), await found('owner=helm,status!=superseded'), await found('owner=helm,name=other')], [2, 1, 2, 0]);
  assert.equal((await ask('PUT', `${secrets}/sh.helm.release.v1.web.v1`, { ...deployed, type: 'Opaque' })).status, 422, 'the type stays');
  assert.equal((await ask('DELETE', `${secrets}/sh.helm.release.v1.web.v2`)).body['status'], 'Success');
});

test('Helm 3 looks, creates, and upgrades by a three-way strategic merge patch', async () => {
  assert.equal((await ask('GET', `${DEPLOYMENTS}/web`)).body['reason'], 'NotFound');
  const created = await ask('POST', `${DEPLOYMENTS}?fieldManager=helm`, deployment('example/web:1'));
  assert.equal(created.status, 201);
  assert.deepEqual(created.body.metadata?.managedFields?.map(({ manager, operation }) => `${String(manager)} ${String(operation)}`), ['helm Update']);
  const patched = await ask('PATCH', `${DEPLOYMENTS}/web?fieldManager=helm`, { spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'web' }], containers: [{ name: 'web', image: 'example/web:2', '$setElementOrder/env': [{ name: 'B' }], env: [{ name: 'B', value: '2' }, { name: 'A', $patch: 'delete' }] }] } } } }, { 'content-type': 'application/strategic-merge-patch+json' });
  assert.equal(patched.status, 200, patched.bytes.toString());
  const { template } = patched.body.spec as { template: { spec: { containers: JsonObject[] } } };
  const [container] = template.spec.containers;
  assert.deepEqual([container?.['image'], container?.['env']], ['example/web:2', [{ name: 'B', value: '2' }]]);
});

test('Helm 4 applies on the server: dry run, strictness, conflicts with others, and objects of Helm 3', async () => {
  const apply = (query: string, body: unknown): Promise<Answer> => ask('PATCH', `${DEPLOYMENTS}/web?${query}`, body, { 'content-type': 'application/apply-patch+yaml' });
  const live = await ask('GET', `${DEPLOYMENTS}/web`);
  // What Helm 3 owned by Update is handed to Apply, unless somebody writes in between.
  const owners = (live.body.metadata?.managedFields ?? []).map((one) => (one['manager'] === 'helm' ? { ...one, operation: 'Apply' } : one));
  const handOver = (resourceVersion: string): object[] => [{ op: 'replace', path: '/metadata/managedFields', value: owners }, { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }];
  const json = { 'content-type': 'application/json-patch+json' };
  assert.equal((await ask('PATCH', `${DEPLOYMENTS}/web`, handOver('1'), json)).body['reason'], 'Conflict');
  assert.equal((await ask('PATCH', `${DEPLOYMENTS}/web`, handOver(live.body.metadata?.resourceVersion ?? ''), json)).status, 200);
  const tried = await apply('fieldManager=helm&force=false&fieldValidation=Strict&dryRun=All', deployment('example/web:3', 2));
  assert.deepEqual([tried.status, tried.body.spec?.['replicas']], [200, 2]);
  assert.equal((await ask('GET', `${DEPLOYMENTS}/web`)).body.spec?.['replicas'], 1, 'a dry run keeps nothing');
  const applied = await apply('fieldManager=helm&force=false&fieldValidation=Strict', deployment('example/web:3', 2));
  assert.deepEqual([applied.status, applied.body.metadata?.managedFields?.map(({ manager, operation }) => `${String(manager)} ${String(operation)}`)], [200, ['helm Apply']]);
  const wrong = await apply('fieldManager=helm&fieldValidation=Strict', { ...deployment('example/web:3', 2), sped: {} });
  assert.match(String(wrong.body['message']), /\.sped: field not declared in schema/);
  await ask('PATCH', `${DEPLOYMENTS}/web/scale?fieldManager=autoscaler`, { spec: { replicas: 5 } }, { 'content-type': 'application/merge-patch+json' });
  const conflict = await apply('fieldManager=helm&force=false', deployment('example/web:3', 3));
  assert.deepEqual([conflict.status, conflict.body['reason'], ((conflict.body['details'] as JsonObject)['causes'] as JsonObject[])[0]?.['field']], [409, 'Conflict', '.spec.replicas']);
  assert.equal((await apply('fieldManager=helm&force=true', deployment('example/web:3', 3))).body.spec?.['replicas'], 3);
});

test('--wait watches one object by its name and reads generations and conditions', async () => {
  const { body: list } = await ask('GET', `${DEPLOYMENTS}?fieldSelector=metadata.name%3Dweb`);
  assert.deepEqual(list.items?.map((one) => (one['metadata'] as JsonObject)['name']), ['web']);
  const stream = await open('GET', `${DEPLOYMENTS}?fieldSelector=metadata.name%3Dweb&watch=true&allowWatchBookmarks=true&timeoutSeconds=30&resourceVersion=${list.metadata?.resourceVersion}`);
  const live = (await ask('GET', `${DEPLOYMENTS}/web`)).body;
  assert.deepEqual(list.items?.map((one) => (one['metadata'] as JsonObject)['generation']), [live.metadata?.['generation']]);
  const status = { observedGeneration: live.metadata?.['generation'], replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }] };
  assert.equal((await ask('PUT', `${DEPLOYMENTS}/web/status`, { ...live, status })).status, 200);
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  stream.destroy();
  const event = JSON.parse(chunk.toString().split('\n')[0] ?? '') as { type: string; object: { status: typeof status; metadata: { generation: number } } };
  assert.deepEqual([event.type, event.object.status.observedGeneration === event.object.metadata.generation, event.object.status.readyReplicas], ['MODIFIED', true, 3]);
});

test('CRDs are established before what they define is made; custom resources are patched by merge', async () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'gadgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } } } } }] },
  };
  assert.equal((await ask('POST', `${definitions}?fieldManager=helm`, definition)).status, 201);
  const isEstablished = async (): Promise<boolean> => {
    const { conditions = [] } = (await ask('GET', `${definitions}/gadgets.example.com`)).body.status as { conditions?: { type: string; status: string }[] };
    return ['Established', 'NamesAccepted'].every((type) => conditions.some((one) => one.type === type && one.status === 'True'));
  };
  while (!(await isEstablished())) await clock.sleep(20, AbortSignal.timeout(60_000));
  const gadgets = '/apis/example.com/v1/namespaces/shop/gadgets';
  const gadget = (size: number): object => ({ apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, spec: { size } });
  assert.equal((await ask('POST', `${gadgets}?fieldManager=helm`, gadget(1))).status, 201);
  assert.equal((await ask('PATCH', `${gadgets}/g?fieldManager=helm`, { spec: { size: 2 } }, { 'content-type': 'application/strategic-merge-patch+json' })).status, 415);
  assert.deepEqual((await ask('PATCH', `${gadgets}/g?fieldManager=helm`, { spec: { size: 2 } }, { 'content-type': 'application/merge-patch+json' })).body.spec, { size: 2 });
  assert.deepEqual((await ask('PATCH', `${gadgets}/g?fieldManager=helm&force=true`, gadget(3), { 'content-type': 'application/apply-patch+yaml' })).body.spec, { size: 3 });
  assert.equal((await ask('POST', `${gadgets}?fieldManager=helm&dryRun=All`, { ...gadget(4), metadata: { name: 'h' } })).status, 201);
  assert.equal((await ask('GET', `${gadgets}/h`)).status, 404);
});

test('hooks are deleted before they are made anew, and watched to their end', async () => {
  const jobs = '/apis/batch/v1/namespaces/shop/jobs';
  const hook = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-upgrade', 'helm.sh/hook-delete-policy': 'before-hook-creation' } }, spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'm', image: 'example/m:1' }] } } } };
  assert.equal((await ask('DELETE', `${jobs}/migrate`, { propagationPolicy: 'Background' })).body['reason'], 'NotFound');
  const posted = await ask('POST', `${jobs}?fieldManager=helm`, hook);
  assert.equal(posted.status, 201, posted.bytes.toString());
  const live = (await ask('GET', `${jobs}/migrate`)).body;
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const done = await ask('PUT', `${jobs}/migrate/status`, { ...live, status: { startTime: now, completionTime: now, succeeded: 1, uncountedTerminatedPods: {}, conditions: [{ type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: now }, { type: 'Complete', status: 'True', lastTransitionTime: now }] } });
  assert.equal(done.status, 200, done.bytes.toString());
  const deleted = await ask('DELETE', `${jobs}/migrate`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' });
  assert.deepEqual([deleted.status, (await ask('GET', `${jobs}/migrate`)).status], [200, 404]);
});

test('an uninstall deletes in the background, and what is gone already is no failure', async () => {
  assert.equal((await ask('DELETE', `${DEPLOYMENTS}/web`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' })).status, 200);
  assert.deepEqual([(await ask('GET', `${DEPLOYMENTS}/web`)).body['reason'], (await ask('DELETE', `${DEPLOYMENTS}/web`, { propagationPolicy: 'Background' })).body['reason']], ['NotFound', 'NotFound']);
});
