/** A real server whose audit log cannot be written: who is recorded is refused, where that was asked for, and told so in kube-apiserver's words. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { freePort, ServerProcess } from './support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-audit-modes-'));
let server: ServerProcess;

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function ask(path: string, token: string): Promise<{ status: number; type: string | undefined; body: string }> {
  const sent = request(`${server.url}${path}`, { agent: false, ca: server.tls.ca, headers: { authorization: `Bearer ${token}` } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, type: answer.headers['content-type'], body: await text(answer) };
}

before(async () => {
  const policy = '{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata, users: [jane]}, {level: Metadata, users: [joe], omitStages: [RequestReceived]}]}';
  const people = ['jane', 'joe', 'jim'].map((name) => `${name},${name},${name},system:masters\n`).join('');
  server = new ServerProcess({
    port: await freePort(),
    flags: [
      '--store', 'memory', '--disable-scheduler', '--controllers=namespace-controller', '--audit-policy-file', write('policy.yaml', policy), '--audit-log-path', '/dev/full', '--audit-log-mode=blocking-strict',
      '--token-auth-file', write('tokens.csv', people),
    ],
  });
  await server.start();
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a request of which it cannot be recorded that it came is refused', async () => {
  assert.deepEqual(await ask('/api/v1/namespaces?limit=1', 'jane'), { status: 500, type: 'text/plain; charset=utf-8', body: 'Internal Server Error: "/api/v1/namespaces?limit=1": failed to store audit event\n' });
});

test('one whose answer alone is recorded goes on, and so does one of which nothing is', async () => {
  assert.equal((await ask('/api/v1/namespaces', 'joe')).status, 200);
  const { status, body } = await ask('/metrics', 'jim');
  assert.equal(status, 200);
  assert.match(body, /apiserver_audit_requests_rejected_total [1-9]/);
  assert.match(body, /apiserver_audit_error_total\{plugin="log"\} [1-9]/);
});
