import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { SystemClock } from '../base/clock.ts';
import { issueCredentials, newAuthority } from '../pki/index.ts';
import { HttpsTransport, type TlsMaterial } from './https-transport.ts';
import { TransportError } from './transport.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const times = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 600_000 };
const authority = newAuthority({ commonName: 'authority', ...times });
const server = issueCredentials(authority, { subject: { commonName: 'server' }, ...times, usages: ['server auth'], names: { dnsNames: [], ipAddresses: ['127.0.0.1'] } });

function materialOf(commonName: string): TlsMaterial {
  const client = issueCredentials(authority, { subject: { commonName }, ...times, usages: ['client auth'] });
  return { ca: authority.certificatePem, cert: client.certificatePem, key: client.keyPem };
}

/** A server that answers with whom it takes the client for, and counts connections. */
async function listen(): Promise<{ url: string; connections: () => number } & AsyncDisposable> {
  const listening = createServer({ cert: server.certificatePem, key: server.keyPem, ca: authority.certificatePem, requestCert: true }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ name: subject?.CN }));
  });
  let connections = 0;
  listening.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

test('shows the certificate of its client over connections that it keeps, and the new one once there is one', async () => {
  await using listening = await listen();
  let material = materialOf('first');
  await using transport = new HttpsTransport({ server: listening.url, tls: () => material, userAgent: 'test', clock });
  const ask = async (): Promise<unknown> => (await transport.send({ method: 'GET', path: '/', signal })).body;
  assert.deepEqual(await ask(), { name: 'first' });
  assert.deepEqual(await ask(), { name: 'first' });
  assert.equal(listening.connections(), 1);
  material = materialOf('second');
  assert.deepEqual(await ask(), { name: 'second' });
  assert.equal(listening.connections(), 2);
});

test('takes no server that the authority does not vouch for', async () => {
  await using listening = await listen();
  const other = newAuthority({ commonName: 'other', ...times });
  const material = { ca: other.certificatePem };
  await using transport = new HttpsTransport({ server: listening.url, tls: () => material, userAgent: 'test', clock });
  await assert.rejects(transport.send({ method: 'GET', path: '/', signal }), TransportError);
});
