/** What a server tells of itself: every path that `/` names is answered, and metrics count what was asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startServerInProcess } from './support/server-in-process.ts';

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
let running: Awaited<ReturnType<typeof startServerInProcess>>;

before(async () => {
  running = await startServerInProcess();
});

after(async () => {
  agent.destroy();
  await running[Symbol.asyncDispose]();
});

async function ask(path: string, token = ADMIN_TOKEN): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ host: '127.0.0.1', port: running.server.port, path, agent, headers: { authorization: `Bearer ${token}` } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

test('every path that / names is answered', async () => {
  const { paths } = JSON.parse((await ask('/')).body) as { paths: string[] };
  for (const path of ['/statusz', '/flagz', '/metrics/slis', '/livez/poststarthook/storage-readiness', '/readyz/poststarthook/start-kube-apiserver-identity-lease-controller']) assert.ok(paths.includes(path), path);
  for (const path of paths) assert.equal((await ask(path)).status, 200, path);
});

test('who came and what they were let do is counted', async () => {
  assert.equal((await ask('/api', 'nobody')).status, 401);
  const { body } = await ask('/metrics');
  for (const line of ['authentication_attempts{result="error"} 1', 'authenticated_user_requests{username="admin"} ', 'authorization_attempts_total{result="allowed"} ']) assert.ok(body.includes(line), line);
});

test('what watchers were sent is counted', async () => {
  assert.match((await ask('/api/v1/namespaces?watch=true&timeoutSeconds=1')).body, /"ADDED"/);
  assert.match((await ask('/metrics')).body, /apiserver_watch_events_total\{group="",resource="namespaces",version="v1"\} [4-9]\n/);
});

test('the server says which it is, and since when tokens in Secrets are watched', async () => {
  const leases = JSON.parse((await ask('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io%2Fidentity%3Dkube-apiserver')).body) as { items: { spec: { leaseDurationSeconds: number } }[] };
  assert.deepEqual(leases.items.map(({ spec }) => spec.leaseDurationSeconds), [3600]);
  const tracking = JSON.parse((await ask('/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking')).body) as { data: { since: string } };
  assert.match(tracking.data.since, /^\d{4}-\d\d-\d\d$/);
});

test('checks that there are not cannot be left out', async () => {
  const { body } = await ask('/livez?verbose&exclude=b&exclude=a&exclude=ping');
  assert.match(body, /^\[\+\]ping excluded: ok$/m);
  assert.match(body, /^warn: some health checks cannot be excluded: no matches for "a","b"\nlivez check passed$/m);
});
