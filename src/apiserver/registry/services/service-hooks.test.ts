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

async function send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<{ status: number; spec: Service['spec'] }> {
  const [place = '', query] = path.split('?');
  const answer = await running.server.transportFor(admin).send({
    method, path: place, query: Object.fromEntries(new URLSearchParams(query)), ...(method === 'PATCH' && { headers: { 'content-type': 'application/merge-patch+json' } }), ...(body && { body }), signal,
  });
  return { status: answer.status, spec: (answer.body as Service).spec };
}

test('endpoints go with the service of their name, unless that is only tried', async () => {
  for (const name of ['web', 'other']) {
    await send('POST', `${NAMESPACE}/services`, { metadata: { name }, spec: { ports: [{ port: 80 }] } });
    await send('POST', `${NAMESPACE}/endpoints`, { metadata: { name }, subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 8080 }] }] });
  }
  await send('DELETE', `${NAMESPACE}/services/web?dryRun=All`);
  assert.equal((await send('GET', `${NAMESPACE}/endpoints/web`)).status, 200);
  await send('DELETE', `${NAMESPACE}/services/web`);
  assert.equal((await send('GET', `${NAMESPACE}/endpoints/web`)).status, 404);
  assert.equal((await send('GET', `${NAMESPACE}/endpoints/other`)).status, 200);
});

test('a name elsewhere shows no policy for traffic inside, which is judged though', async () => {
  const spec = { type: 'ExternalName', externalName: 'db.example.com', internalTrafficPolicy: 'Local' };
  const made = await send('POST', `${NAMESPACE}/services`, { metadata: { name: 'db' }, spec });
  assert.deepEqual([made.status, made.spec.internalTrafficPolicy], [201, undefined]);
  assert.equal((await send('GET', `${NAMESPACE}/services/db`)).spec.internalTrafficPolicy, undefined);
  assert.equal((await send('POST', `${NAMESPACE}/services`, { metadata: { name: 'bad' }, spec: { ...spec, internalTrafficPolicy: 'Nowhere' } })).status, 422);
  const back = await send('PATCH', `${NAMESPACE}/services/db`, { spec: { type: 'ClusterIP', externalName: null, ports: [{ port: 80 }] } });
  assert.deepEqual([back.status, back.spec.internalTrafficPolicy], [200, 'Cluster']);
});
