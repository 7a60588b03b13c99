/** What is told when a request takes too long. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Authorization } from '../../src/apiserver/authorization/authorizer.ts';
import { JsonClient } from '../support/json-client.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const { promise: decided, resolve: decide } = Promise.withResolvers<Authorization>();
let running: TestServer;
let api: JsonClient;

before(async () => {
  running = await startTestServer({ authorizers: [{ authorize: ({ resource, user }) => (resource === 'namespaces' && user.name === admin.name ? decided : { decision: 'allow', reason: '' }) }] });
  api = new JsonClient(running.server.port);
});
after(async () => {
  decide({ decision: 'allow', reason: '' });
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

for (const { ask, body, message } of [
  { ask: 'GET /api/v1/namespaces?timeout=100ms', body: undefined, message: 'Timeout: request did not complete within the allotted timeout' },
  { ask: 'POST /api/v1/namespaces?timeout=100ms', body: { metadata: { name: 'a' } }, message: 'Timeout: request did not complete within requested timeout - context deadline exceeded' },
]) test(`${ask} is told: ${message}`, async () => {
  const { status, body: told } = await api.ask(ask, body);
  assert.deepEqual([status, told.reason, told.message, told.details], [504, 'Timeout', message, {}]);
});

test('a timeout that nobody can read is refused before anybody is asked', async () => {
  const { status, body } = await api.ask('GET /api/v1/namespaces?timeout=soon');
  assert.deepEqual([status, body.message], [400, 'invalid timeout specified in the request URL - time: invalid duration "soon"']);
});
