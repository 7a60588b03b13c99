import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatKubeconfig, issueCredentials, makeKubeconfig, makeRequest, mergeKubeconfig, newAuthority, newKeyPair, parseKubeconfig, readRequest, subjectOf, withoutContext } from './index.ts';
import { ipBytes } from './names.ts';

const YEAR_MS = 365 * 86_400_000;
const now = Date.UTC(2026, 5, 1);
const authority = newAuthority({ commonName: 'kubernetes', notBefore: now, notAfter: now + 10 * YEAR_MS });

test('a serving certificate names its hosts and is issued by its authority', () => {
  const issued = issueCredentials(authority, {
    subject: { commonName: 'kube-apiserver' },
    notBefore: now,
    notAfter: now + 30 * YEAR_MS,
    usages: ['server auth'],
    names: { dnsNames: ['kubernetes', 'kubernetes.default.svc'], ipAddresses: ['10.96.0.1', 'fd00::1', '::ffff:1.2.3.4'] },
  });
  const certificate = new X509Certificate(issued.certificatePem);
  assert.ok(certificate.verify(authority.keys.publicKey));
  assert.ok(certificate.checkIssued(authority.certificate));
  assert.equal(certificate.checkHost('kubernetes.default.svc'), 'kubernetes.default.svc');
  assert.equal(certificate.checkIP('10.96.0.1'), '10.96.0.1');
  assert.ok(certificate.subjectAltName?.includes('FD00:0:0:0:0:0:0:1'));
  assert.equal(certificate.ca, false);
  assert.equal(certificate.validToDate.getUTCFullYear(), 2056);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(issued.keyPem)));
});

test('a client certificate tells the user and the groups', () => {
  const issued = issueCredentials(authority, {
    subject: { commonName: 'system:node:n1', organizations: ['system:nodes', 'dev'] }, notBefore: now, notAfter: now + YEAR_MS, usages: ['client auth'],
  });
  const subject = subjectOf(new X509Certificate(issued.certificatePem));
  assert.deepEqual(subject, { commonName: 'system:node:n1', organizations: ['system:nodes', 'dev'], uids: [] });
});

test('openssl accepts the chain and the request', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pki-'));
  try {
    const issued = issueCredentials(authority, { subject: { commonName: 'a' }, notBefore: now, notAfter: now + YEAR_MS, usages: ['client auth', 'server auth'] });
    writeFileSync(join(folder, 'ca.pem'), authority.certificatePem);
    writeFileSync(join(folder, 'a.pem'), issued.certificatePem);
    writeFileSync(join(folder, 'r.pem'), makeRequest({ subject: { commonName: 'x' }, keys: newKeyPair(), names: { dnsNames: ['h'], ipAddresses: ['1.2.3.4'] } }));
    const verified = spawnSync('openssl', ['verify', '-x509_strict', '-attime', String(now / 1000 + 60), '-CAfile', 'ca.pem', 'a.pem'], { cwd: folder, encoding: 'utf8' });
    assert.equal(verified.stdout, 'a.pem: OK\n', verified.stderr);
    const request = spawnSync('openssl', ['req', '-in', 'r.pem', '-verify', '-noout', '-text'], { cwd: folder, encoding: 'utf8' });
    assert.match(request.stdout, /DNS:h, IP Address:1\.2\.3\.4/);
    assert.match(request.stderr + request.stdout, /verify OK/i);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a request is read back, and refused when its signature is not its own', () => {
  const keys = newKeyPair();
  const pem = makeRequest({ subject: { commonName: 'system:node:n1', organizations: ['system:nodes'] }, keys, names: { dnsNames: ['n1'], ipAddresses: ['10.0.0.1', 'fd00::2'] } });
  const request = readRequest(pem);
  assert.deepEqual(request.subject, { commonName: 'system:node:n1', organizations: ['system:nodes'], uids: [] });
  assert.deepEqual(request.names, { dnsNames: ['n1'], ipAddresses: ['10.0.0.1', 'fd00::2'], emails: [], uris: [] });
  assert.ok(request.publicKey.equals(keys.publicKey));
  const other = makeRequest({ subject: { commonName: 'other' }, keys: newKeyPair() });
  const body = (text: string): Buffer => Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
  const forged = Buffer.from(body(pem));
  forged.set(body(other).subarray(-40), forged.length - 40);
  assert.throws(() => readRequest(`-----BEGIN CERTIFICATE REQUEST-----\n${forged.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`));
  assert.throws(() => readRequest('hello'), /no PEM block/);
});

for (const { text, hex } of [
  { text: '10.1.2.3', hex: '0a010203' },
  { text: '::', hex: '0'.repeat(32) },
  { text: 'fd00:1::5', hex: `fd000001${'0'.repeat(20)}0005` },
  { text: '::ffff:1.2.3.4', hex: `${'0'.repeat(20)}ffff01020304` },
]) test(`the bytes of ${text}`, () => assert.equal(ipBytes(text).toString('hex'), hex));

test('a kubeconfig is merged into another and taken out again, other entries kept', () => {
  const base = parseKubeconfig('apiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: "https://other:1"}\ncurrent-context: other\nextensions: [1]\n');
  const added = makeKubeconfig({ name: 'kubets-a', server: 'https://127.0.0.1:6443', certificateAuthorityPem: 'CA', credentials: { token: 't' } });
  const merged = parseKubeconfig(formatKubeconfig(mergeKubeconfig(base, added)));
  assert.deepEqual(merged.clusters.map((one) => one.name), ['other', 'kubets-a']);
  assert.equal(merged['current-context'], 'kubets-a');
  const back = withoutContext(merged, 'kubets-a');
  assert.deepEqual(back.clusters.map((one) => one.name), ['other']);
  assert.equal(back['current-context'], '');
  assert.deepEqual((back as { extensions?: unknown }).extensions, [1]);
});
