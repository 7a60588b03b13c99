/** Files of flags that change while `kubets server` runs: what they say counts without a restart. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { SystemClock } from '../../src/base/clock.ts';
import { issueCredentials, newAuthority, type Authority } from '../../src/pki/index.ts';
import { until } from '../support/until.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const nowMs = new SystemClock().now();
const validity = { notBefore: nowMs - 60_000, notAfter: nowMs + 3_600_000 };
const [first, second] = ['first', 'second'].map((commonName) => newAuthority({ commonName, ...validity })) as [Authority, Authority];
const folder = mkdtempSync(join(tmpdir(), 'kubets-followed-'));
const fileOf = (name: string): string => join(folder, name);
const write = (name: string, content: string | object): void => writeFileSync(fileOf(name), typeof content === 'string' ? content : JSON.stringify(content));
const authorizationOf = (...types: string[]): object => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers: types.map((type) => ({ type, name: type.toLowerCase() })) });
const authenticationOf = (enabled: boolean): object => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', anonymous: { enabled } });
let server: ServerProcess;

function serve(authority: Authority): void {
  const { certificatePem, keyPem } = issueCredentials(authority, { subject: { commonName: 'kube-apiserver' }, names: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  write('tls.crt', certificatePem);
  write('tls.key', keyPem);
}

const user = (authority: Authority, commonName: string): { cert: string; key: string } => {
  const { certificatePem, keyPem } = issueCredentials(authority, { subject: { commonName }, names: { dnsNames: [], ipAddresses: [] }, usages: ['client auth'], ...validity });
  return { cert: certificatePem, key: keyPem };
};

async function get(path: string, tls: object = {}): Promise<{ status: number; body: string; issuer: string }> {
  const sent = request(`${server.url}${path}`, { agent: false, rejectUnauthorized: false, ...tls }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const issuer = (answer.socket as TLSSocket).getPeerCertificate().issuer.CN;
  return { status: answer.statusCode ?? 0, body: await text(answer), issuer: String(issuer) };
}

before(async () => {
  serve(first);
  write('clients.pem', first.certificatePem);
  write('authentication.yaml', authenticationOf(false));
  write('authorization.yaml', authorizationOf('Node', 'RBAC'));
  server = new ServerProcess({
    port: await freePort(),
    flags: [
      '--store', 'memory', '--disable-scheduler', '--tls-cert-file', fileOf('tls.crt'), '--tls-private-key-file', fileOf('tls.key'), '--client-ca-file', fileOf('clients.pem'),
      '--authentication-config', fileOf('authentication.yaml'), '--authorization-config', fileOf('authorization.yaml'),
    ],
  });
  await server.start();
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a new serving certificate with its key is shown to those who connect then', async () => {
  assert.equal((await get('/version')).issuer, 'first');
  serve(second);
  await until('the new certificate', async () => (await get('/version')).issuer === 'second');
});

test('certificates of an authority that is added are believed, those of one that is taken away are not', async () => {
  const [jane, joe] = [user(first, 'jane'), user(second, 'joe')];
  assert.deepEqual([(await get('/api', jane)).status, (await get('/api', joe)).status], [200, 401]);
  write('clients.pem', second.certificatePem);
  await until('the new authority', async () => (await get('/api', joe)).status === 200);
  assert.equal((await get('/api', jane)).status, 401);
  await until('extension servers are told', async () => {
    const { data } = JSON.parse((await get('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication', server.tls)).body) as { data: Record<string, string> };
    return data['client-ca-file']?.includes(second.certificatePem.trim());
  });
});

test('anonymous requests are let in once the AuthenticationConfiguration allows them; a file that is broken changes nothing', async () => {
  assert.equal((await get('/healthz')).status, 401);
  write('authentication.yaml', '{');
  await until('the complaint', () => Promise.resolve(/not taken.*--authentication-config/.test(server.log)));
  assert.equal((await get('/healthz')).status, 401);
  write('authentication.yaml', authenticationOf(true));
  await until('anonymous requests', async () => (await get('/healthz')).status === 200);
});

test('the authorizers of a changed AuthorizationConfiguration are asked', async () => {
  const joe = user(second, 'joe');
  assert.equal((await get('/api/v1/namespaces', joe)).status, 403);
  write('authorization.yaml', authorizationOf('AlwaysAllow'));
  await until('the new authorizer', async () => (await get('/api/v1/namespaces', joe)).status === 200);
});
