import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as refs from '../../src/api/refs.ts';
import type { KubeObject, ResourceRef } from '../../src/apimachinery/meta.ts';
import { hasReason, StatusError } from '../../src/apimachinery/status.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';
import { type Asked, WebhookServer } from '../support/webhook-server.ts';

type Endpoint = KubeObject & { spec?: { hostPort?: string; host?: string; port?: string; note?: string } };

const clock = new SystemClock();
const { signal } = new AbortController();
let server: TestServer;
let client: Client;
let webhook: WebhookServer;
let isBroken = false;

/** v1 says `hostPort`, v2 says `host` and `port`. */
function converted({ review }: Asked): object {
  const { uid, desiredAPIVersion, objects } = review.request;
  if (isBroken) return { apiVersion: review.apiVersion, kind: 'ConversionReview', response: { uid, result: { status: 'Failure', message: 'out of order' } } };
  const convertedObjects = (objects as Endpoint[]).map(({ spec = {}, ...rest }) => {
    const { hostPort, host, port, ...kept } = spec;
    const toV2 = desiredAPIVersion.endsWith('/v2');
    const [h = '', p = ''] = (hostPort ?? '').split(':');
    return { ...rest, apiVersion: desiredAPIVersion, spec: toV2 ? { ...kept, host: h, port: p } : { ...kept, hostPort: `${host}:${port}` } };
  });
  return { apiVersion: review.apiVersion, kind: 'ConversionReview', response: { uid, result: { status: 'Success' }, convertedObjects } };
}

const text = { type: 'string' };
const version = (name: string, properties: object, storage: boolean): object => ({ name, served: true, storage, selectableFields: Object.keys(properties).map((field) => ({ jsonPath: `.spec.${field}` })), schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { note: text, ...properties } } } } } });
const versions = (storage: string): object[] => [version('v1', { hostPort: text }, storage === 'v1'), version('v2', { host: text, port: text }, storage === 'v2')];

async function define(group: string, conversion: object): Promise<void> {
  const spec = { group, scope: 'Namespaced', names: { kind: 'Endpoint', plural: 'things' }, versions: versions('v1'), conversion };
  await client.resource(refs.customResourceDefinitions).create({ metadata: { name: `things.${group}` }, spec } as never, { signal });
  await served(group, 'v1');
}

/** Until the version is served, and stored if it is to be. */
async function served(group: string, name: string): Promise<void> {
  for (;;) {
    try {
      if ((await things(group, name).list({ signal })).items && server.server.resources.stored(group, 'things').version.version === name) return;
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !(error instanceof RangeError) && !(StatusError.is(error) && error.code === 404)) throw error;
    }
    await clock.sleep(10, signal);
  }
}

async function storeAs(group: string, name: string): Promise<void> {
  await client.resource(refs.customResourceDefinitions).patch(`things.${group}`, { type: 'merge', patch: { spec: { versions: versions(name) } } }, { signal });
  await served(group, name);
}

function things(group: string, name: string) {
  const ref: ResourceRef<Endpoint> = { group, version: name, resource: 'things', kind: 'Endpoint', namespaced: true };
  return client.resource(ref, 'ns');
}

const draft = (name: string, spec: object): never => ({ metadata: { name, labels: { kept: 'yes' } }, spec }) as never;

before(async () => {
  webhook = await new WebhookServer().start();
  webhook.behaviour = converted;
  server = await startTestServer();
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
  await define('hook.example.com', { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: webhook.url('/convert'), caBundle: webhook.caBundle } } });
  await define('none.example.com', { strategy: 'None' });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

test('what is written in one version is read in the other', async () => {
  const v1 = things('hook.example.com', 'v1');
  const v2 = things('hook.example.com', 'v2');
  const made = await v1.create(draft('one', { hostPort: 'a:80' }), { signal });
  const read = await v2.get('one', { signal });
  assert.equal(read.apiVersion, 'hook.example.com/v2');
  assert.deepEqual(read.spec, { host: 'a', port: '80' });
  assert.equal(read.metadata.uid, made.metadata.uid);
  assert.deepEqual(read.metadata.labels, { kept: 'yes' });
  const other = await v2.create(draft('two', { host: 'b', port: '81' }), { signal });
  assert.equal(other.apiVersion, 'hook.example.com/v2');
  assert.ok(other.metadata.uid && other.metadata.resourceVersion);
  assert.deepEqual((await v1.get('two', { signal })).spec, { hostPort: 'b:81' });
});

test('updates, patches and applies of the version that is not stored', async () => {
  const v1 = things('hook.example.com', 'v1');
  const v2 = things('hook.example.com', 'v2');
  const now = structuredClone(await v2.get('one', { signal })) as Endpoint;
  const updated = await v2.update({ ...now, spec: { ...now.spec, port: '82' } }, { signal });
  assert.deepEqual(updated.spec, { host: 'a', port: '82' });
  await v2.patch('one', { type: 'merge', patch: { spec: { host: 'c' } } }, { signal });
  assert.deepEqual((await v1.get('one', { signal })).spec, { hostPort: 'c:82' });
  const applied = await client.send({
    method: 'PATCH', path: '/apis/hook.example.com/v2/namespaces/ns/things/one', query: { fieldManager: 'me' }, headers: { 'content-type': 'application/apply-patch+yaml' }, signal,
    body: { apiVersion: 'hook.example.com/v2', kind: 'Endpoint', metadata: { name: 'one' }, spec: { note: 'mine' } },
  }) as Endpoint;
  assert.deepEqual(applied.spec, { host: 'c', note: 'mine', port: '82' });
});

test('lists and watches show one version, whatever is stored', async () => {
  await storeAs('hook.example.com', 'v2');
  const v2 = things('hook.example.com', 'v2');
  await v2.create(draft('three', { host: 'd', port: '83' }), { signal });
  const { items } = await v2.list({ signal });
  assert.deepEqual(items.map(({ apiVersion, spec }) => [apiVersion, spec?.host]), [['hook.example.com/v2', 'c'], ['hook.example.com/v2', 'd'], ['hook.example.com/v2', 'b']]);
  assert.deepEqual((await things('hook.example.com', 'v1').list({ signal })).items.map(({ apiVersion, spec }) => [apiVersion, spec?.hostPort]), ['c:82', 'd:83', 'b:81'].map((hostPort) => ['hook.example.com/v1', hostPort]));
  const definition = await client.resource(refs.customResourceDefinitions).get('things.hook.example.com', { signal });
  assert.deepEqual(definition.status.storedVersions, ['v1', 'v2']);
  const stop = new AbortController();
  const events = await client.transport.watch({ method: 'GET', path: '/apis/hook.example.com/v1/namespaces/ns/things', query: { resourceVersion: '0' }, signal: stop.signal });
  const seen: string[] = [];
  for await (const batch of events) {
    for (const { object } of batch) seen.push((object as Endpoint).spec?.hostPort ?? '');
    if (seen.length === 3) await v2.patch('two', { type: 'merge', patch: { spec: { port: '99' } } }, { signal });
    if (seen.length >= 4) break;
  }
  stop.abort();
  assert.deepEqual(seen, ['c:82', 'd:83', 'b:81', 'b:99']);
});

test('fields of each version select in lists, watches and deletions, whatever is stored', async () => {
  await client.resource(refs.namespaces).create({ metadata: { name: 'fields' } } as never, { signal });
  const of = (name: string) => client.resource<Endpoint>({ group: 'hook.example.com', version: name, resource: 'things', kind: 'Endpoint', namespaced: true }, 'fields');
  const v1 = of('v1');
  const v2 = of('v2');
  const stop = new AbortController();
  const watching = async (name: string, fieldSelector: string): Promise<string[]> => {
    const seen: string[] = [];
    const query = { fieldSelector, allowWatchBookmarks: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
    const batches = await client.transport.watch({ method: 'GET', path: `/apis/hook.example.com/${name}/namespaces/fields/things`, query, signal: stop.signal });
    void (async () => {
      for await (const batch of batches) seen.push(...batch.map(({ type, object }) => `${type} ${(object as Endpoint).metadata.name ?? ''}`.trim()));
    })().catch(() => undefined);
    return seen;
  };
  await v2.create(draft('zero', { host: 'host1', port: '8' }), { signal });
  const seen = { host: await watching('v2', 'spec.host=host1'), both: await watching('v2', 'spec.host=host1,spec.port=80'), v1: await watching('v1', 'spec.hostPort=host1:80') };
  for (const [name, spec] of [['a', { host: 'host1', port: '80' }], ['b', { host: 'host1', port: '8080' }], ['c', { host: 'host2', port: '80' }]] as const) await v2.create(draft(name, spec), { signal });
  const namesOf = async (things: typeof v1, fieldSelector: string): Promise<string> => (await things.list({ fieldSelector, signal })).items.map(({ metadata }) => metadata.name).join(' ');
  assert.equal(await namesOf(v2, 'spec.host=host1'), 'a b zero');
  assert.equal(await namesOf(v2, 'spec.host=host1,spec.port!=8'), 'a b');
  assert.equal(await namesOf(v2, 'spec.host=host1,spec.port=80'), 'a');
  assert.equal(await namesOf(v1, 'spec.hostPort=host1:80'), 'a');
  assert.equal(await namesOf(v1, 'spec.hostPort=host1:8080'), 'b');
  const page = await client.send({ method: 'GET', path: '/apis/hook.example.com/v1/namespaces/fields/things', query: { fieldSelector: 'spec.hostPort!=host1:80', limit: '2' }, signal }) as { items: Endpoint[]; metadata: { continue: string } };
  const rest = await client.send({ method: 'GET', path: '/apis/hook.example.com/v1/namespaces/fields/things', query: { fieldSelector: 'spec.hostPort!=host1:80', limit: '2', continue: page.metadata.continue }, signal }) as { items: Endpoint[] };
  assert.deepEqual([...page.items, ...rest.items].map(({ metadata }) => metadata.name), ['b', 'c', 'zero']);
  await client.send({ method: 'DELETE', path: '/apis/hook.example.com/v2/namespaces/fields/things', query: { fieldSelector: 'spec.host=host1,spec.port=80' }, signal });
  const b = structuredClone(await v2.get('b', { signal })) as Endpoint;
  await v2.update({ ...b, spec: { ...b.spec, host: 'host2' } }, { signal });
  assert.equal(await namesOf(v2, 'spec.host=host1'), 'zero');
  assert.equal(await namesOf(v2, 'spec.host=host1,spec.port=80'), '');
  while (seen.host.length < 6 || seen.both.length < 3 || seen.v1.length < 3) await clock.sleep(10, signal);
  stop.abort();
  assert.deepEqual(seen.host, ['ADDED zero', 'BOOKMARK', 'ADDED a', 'ADDED b', 'DELETED a', 'DELETED b']);
  for (const events of [seen.both, seen.v1]) assert.deepEqual(events, ['BOOKMARK', 'ADDED a', 'DELETED a']);
});

test('an update of an object that is stored in the old version stores it in the new one', async () => {
  const v2 = things('hook.example.com', 'v2');
  await v2.patch('one', { type: 'merge', patch: { metadata: { annotations: { touched: 'yes' } } } }, { signal });
  webhook.asked.length = 0;
  assert.equal((await v2.get('one', { signal })).spec?.host, 'c');
  assert.equal(webhook.asked.length, 0);
});

test('a converter that fails fails the request', async () => {
  const v1 = things('hook.example.com', 'v1');
  await things('hook.example.com', 'v2').create(draft('four', { host: 'e', port: '84' }), { signal });
  isBroken = true;
  const wanted = (error: unknown): boolean => StatusError.is(error) && error.code === 500 && error.message === 'conversion webhook for hook.example.com/v2, Kind=Endpoint failed: out of order';
  await assert.rejects(v1.get('four', { signal }), wanted);
  await assert.rejects(v1.list({ signal }), wanted);
  await assert.rejects(v1.delete('four', { signal }), wanted);
  await assert.rejects(client.send({ method: 'DELETE', path: '/apis/hook.example.com/v1/namespaces/ns/things', signal }), wanted);
  isBroken = false;
  assert.deepEqual((await v1.list({ signal })).items.length, 4);
  assert.equal((await v1.get('four', { signal })).spec?.hostPort, 'e:84');
});

test('without a webhook versions differ by name and schema', async () => {
  await things('none.example.com', 'v1').create(draft('one', { hostPort: 'a:80', note: 'n' }), { signal });
  const read = await things('none.example.com', 'v2').get('one', { signal });
  assert.deepEqual([read.apiVersion, read.spec], ['none.example.com/v2', { note: 'n' }]);
  await storeAs('none.example.com', 'v2');
  assert.equal((await things('none.example.com', 'v2').get('one', { signal })).apiVersion, 'none.example.com/v2');
  assert.deepEqual((await things('none.example.com', 'v1').get('one', { signal })).spec, { hostPort: 'a:80', note: 'n' });
  const patched = await things('none.example.com', 'v2').patch('one', { type: 'merge', patch: { spec: { host: 'b' } } }, { signal });
  assert.deepEqual([patched.apiVersion, patched.spec], ['none.example.com/v2', { host: 'b', note: 'n' }]);
});
