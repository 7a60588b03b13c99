/** What `tokenreviews` say of tokens, and why. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JsonClient, type Json } from '../support/json-client.ts';
import { ADMIN_TOKEN, startServerInProcess } from './support/server-in-process.ts';

const SERVER = 'https://kubernetes.default.svc.cluster.local';
const DEFAULT = '/api/v1/namespaces/default';
let running: Awaited<ReturnType<typeof startServerInProcess>>;
let api: JsonClient;

before(async () => {
  running = await startServerInProcess();
  api = new JsonClient(running.server.port, ADMIN_TOKEN);
  await api.must(`POST ${DEFAULT}/serviceaccounts`, { metadata: { name: 'robot' } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

async function review(token: string, audiences?: readonly string[]): Promise<Json> {
  return (await api.must('POST /apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } })).status;
}

async function tokenFor(spec: object): Promise<string> {
  return (await api.must(`POST ${DEFAULT}/serviceaccounts/robot/token`, { spec })).status.token;
}

for (const { name, audiences, expected } of [
  { name: 'for the server itself', audiences: undefined, expected: [SERVER] },
  { name: 'for the server and others', audiences: ['x', SERVER], expected: [SERVER] },
  { name: 'for others alone', audiences: ['x'], expected: undefined },
]) test(`a token that names no audience, asked about ${name}`, async () => assert.deepEqual((await review(ADMIN_TOKEN, audiences)).audiences, expected));

test('a token of nobody', async () => assert.deepEqual(await review('nobody'), { user: {}, error: 'invalid bearer token' }));

test('a token for another audience', async () => {
  const token = await tokenFor({ audiences: ['x', 'y'] });
  assert.deepEqual((await review(token, ['y', 'z'])).audiences, ['y']);
  assert.equal((await review(token)).error, `[invalid bearer token, token audiences ["x" "y"] is invalid for the target audiences ["${SERVER}"]]`);
});

test('a token whose secret, or account, has gone', async () => {
  await api.must(`POST ${DEFAULT}/secrets`, { metadata: { name: 'bound' } });
  const token = await tokenFor({ boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bound' } });
  assert.equal((await review(token)).authenticated, true);
  await api.must(`DELETE ${DEFAULT}/secrets/bound`);
  const made = await api.must(`POST ${DEFAULT}/secrets`, { metadata: { name: 'bound' } });
  assert.match((await review(token)).error, new RegExp(`^\\[invalid bearer token, secret UID \\(${made.metadata.uid}\\) does not match service account secret ref claim \\(.*\\)\\]$`));
  await api.must(`DELETE ${DEFAULT}/secrets/bound`);
  assert.equal((await review(token)).error, '[invalid bearer token, service account token has been invalidated]');
  await api.must(`DELETE ${DEFAULT}/serviceaccounts/robot`);
  assert.equal((await review(token)).error, '[invalid bearer token, serviceaccounts "robot" not found]');
});
