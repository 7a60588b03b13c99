/** A real `kubets server` whose flags bring certificates of their own: shown to clients that ask for a name, and those of single signers. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { certificateSigningRequests } from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { issueCredentials, makeRequest, newAuthority, newKeyPair, type Authority } from '../../src/pki/index.ts';
import { until } from '../support/until.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const nowMs = new SystemClock().now();
const validity = { notBefore: nowMs - 60_000, notAfter: nowMs + 3_600_000 };
const [first, second] = ['first', 'second'].map((commonName) => newAuthority({ commonName, ...validity })) as [Authority, Authority];
const folder = mkdtempSync(join(tmpdir(), 'kubets-certificates-'));
const fileOf = (name: string): string => join(folder, name);
let server: ServerProcess;
let port = 0;

function write(name: string, { certificatePem, keyPem }: { readonly certificatePem: string; readonly keyPem: string }): void {
  writeFileSync(fileOf(`${name}.key`), keyPem);
  writeFileSync(fileOf(`${name}.crt`), certificatePem);
}

const serving = (authority: Authority, name: string): { certificatePem: string; keyPem: string } =>
  issueCredentials(authority, { subject: { commonName: name }, names: { dnsNames: [name], ipAddresses: [] }, usages: ['server auth'], ...validity });

/** Who is shown to a client that asks for the name: the issuer of the certificate. */
async function shown(servername: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(servername && { servername }) });
  await once(socket, 'secureConnect');
  const issuer = String(socket.getPeerCertificate().issuer.CN);
  socket.destroy();
  return issuer;
}

before(async () => {
  write('named', serving(first, 'unused'));
  write('own', serving(second, 'own.example.com'));
  write('signer', first);
  port = await freePort();
  server = new ServerProcess({
    port,
    flags: [
      '--store', 'memory', '--disable-scheduler', '--tls-sni-cert-key', `${fileOf('named.crt')},${fileOf('named.key')}:*.example.org,api.example.com`, '--tls-sni-cert-key', `${fileOf('own.crt')},${fileOf('own.key')}`,
      '--cluster-signing-kube-apiserver-client-cert-file', fileOf('signer.crt'), '--cluster-signing-kube-apiserver-client-key-file', fileOf('signer.key'),
    ],
  });
  await server.start();
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('clients are shown the certificate of the name that they ask for, and new ones without a restart', async () => {
  const ca = await shown('');
  assert.deepEqual([await shown('api.example.com'), await shown('x.example.org'), await shown('own.example.com'), await shown('unused'), await shown('other.example.com')], ['first', 'first', 'second', ca, ca]);
  assert.notEqual(ca, 'first');
  write('named', serving(second, 'unused'));
  await until('the new certificate', async () => (await shown('api.example.com')) === 'second');
});

test('a signer signs with its own files, as they are now; the others with the authority of the cluster', async () => {
  const { signal } = new AbortController();
  const client = server.client();
  const requests = client.resource(certificateSigningRequests);
  const issuerOf = async (name: string, signerName: string, organization: string): Promise<string> => {
    const request = Buffer.from(makeRequest({ subject: { commonName: organization === '' ? 'jane' : 'system:node:n', organizations: organization === '' ? [] : [organization] }, keys: newKeyPair() })).toString('base64');
    const made = await requests.create({ metadata: { name }, spec: { request, signerName, usages: ['digital signature', 'client auth'] } } as never, { signal });
    const condition = { type: 'Approved', status: 'True', reason: 'Test', message: 'approved' };
    await client.transport.send({ method: 'PUT', path: `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}/approval`, body: { ...made, apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', status: { conditions: [condition] } }, signal });
    const certificate = await until(`the certificate of ${name}`, async () => (await requests.get(name, { signal })).status?.certificate);
    return new X509Certificate(Buffer.from(certificate, 'base64')).issuer;
  };
  assert.equal(await issuerOf('a', 'kubernetes.io/kube-apiserver-client', ''), 'CN=first');
  write('signer', second);
  assert.equal(await issuerOf('b', 'kubernetes.io/kube-apiserver-client', ''), 'CN=second');
  assert.match(await issuerOf('c', 'kubernetes.io/kube-apiserver-client-kubelet', 'system:nodes'), /^CN=kubernetes|^CN=kubets/);
});
