import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, startTestServer, type TestServer } from '../../../../test/support/test-server.ts';
import type { Service } from '../../../api/generated/core-v1.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const { signal } = new AbortController();
let running: TestServer;

before(async () => {
  running = await startTestServer();
  await send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
});
after(() => running[Symbol.asyncDispose]());

async function send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<{ status: number; spec: Service['spec'] }> {
  const answer = await running.server.transportFor(admin).send({
    method, path, ...(method === 'PATCH' && { headers: { 'content-type': 'application/merge-patch+json' } }), ...(body && { body }), signal,
  });
  return { status: answer.status, spec: (answer.body as Service).spec };
}

test('a name elsewhere shows no policy for traffic inside, which is judged though', async () => {
  const spec = { type: 'ExternalName', externalName: 'db.example.com', internalTrafficPolicy: 'Local' };
  const made = await send('POST', `${NAMESPACE}/services`, { metadata: { name: 'db' }, spec });
  assert.deepEqual([made.status, made.spec.internalTrafficPolicy], [201, undefined]);
  assert.equal((await send('GET', `${NAMESPACE}/services/db`)).spec.internalTrafficPolicy, undefined);
  assert.equal((await send('POST', `${NAMESPACE}/services`, { metadata: { name: 'bad' }, spec: { ...spec, internalTrafficPolicy: 'Nowhere' } })).status, 422);
  const back = await send('PATCH', `${NAMESPACE}/services/db`, { spec: { type: 'ClusterIP', externalName: null, ports: [{ port: 80 }] } });
  assert.deepEqual([back.status, back.spec.internalTrafficPolicy], [200, 'Cluster']);
});
