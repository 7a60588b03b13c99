/** Watches of custom resources last as long as their definition serves them in one way. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasReason } from '../../src/apimachinery/status.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { startJsonApi } from '../support/json-api.ts';
import type { Json } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN } from '../support/test-server.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const { running, api } = await startJsonApi();

const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } } };
const version = (name: string, rest: object = {}): object => ({ name, served: true, storage: name === 'v1', schema, ...rest });

async function define(group: string): Promise<void> {
  await api.must(`POST ${CRDS}`, { metadata: { name: `things.${group}` }, spec: { group, scope: 'Cluster', names: { kind: 'Thing', plural: 'things' }, versions: [version('v1')] } });
  while ((await api.ask(`GET /apis/${group}/v1/things`)).status !== 200) await sleep(10);
}

/** Resolves once the watch goes; `events`: those up to its end. */
async function watched(group: string): Promise<{ events: Promise<{ type: string; object: Json }[]> }> {
  const sent = request(`${running.url}/apis/${group}/v1/things?watch=true&timeoutSeconds=30`, { ca: running.ca, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { events: text(response).then((lines) => lines.split('\n').filter(Boolean).map((line) => JSON.parse(line))) };
}

const changes: { name: string; group: string; change: (path: string) => Promise<unknown> }[] = [
  { name: 'a version that comes', group: 'a.example.com', change: (path) => api.must(`PATCH ${path}`, { spec: { versions: [version('v1'), version('v2')] } }) },
  { name: 'a schema that changes', group: 'b.example.com', change: (path) => api.must(`PATCH ${path}`, { spec: { versions: [version('v1', { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }] })] } }) },
  { name: 'a definition that goes', group: 'c.example.com', change: (path) => api.must(`DELETE ${path}`) },
];
for (const { name, group, change } of changes) test(`${name} ends the watch`, async () => {
  await define(group);
  await api.must(`POST /apis/${group}/v1/things`, { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'x' }, spec: { a: '1' } });
  const { events } = await watched(group);
  await change(`${CRDS}/things.${group}`);
  assert.deepEqual((await events).map(({ type }) => type)[0], 'ADDED');
});

test('components in process are told when there is nothing to watch any more', async () => {
  const client = new Client({ transport: running.server.transportFor(admin), clock: new SystemClock(), userAgent: 'test' });
  const { signal } = new AbortController();
  const none = client.resource({ group: 'none.example.com', version: 'v1', resource: 'things', kind: 'Thing', namespaced: false });
  await assert.rejects(none.watch({ signal }), (error) => hasReason(error, 'NotFound'));
});

test('a change of labels ends no watch', async () => {
  const group = 'd.example.com';
  await define(group);
  const { events } = await watched(group);
  await api.must(`PATCH ${CRDS}/things.${group}`, { metadata: { labels: { a: 'b' } } });
  await api.must(`POST /apis/${group}/v1/things`, { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'later' } });
  await api.must(`PATCH ${CRDS}/things.${group}`, { spec: { versions: [version('v1'), version('v2')] } });
  assert.deepEqual((await events).map(({ object }) => object.metadata.name), ['later']);
});
