import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { issueCredentials, newAuthority, readAuthority, signCertificate, systemKeys, type Authority, type Usage } from '../../pki/index.ts';
import type { Credentials } from './authenticator.ts';
import { X509Authenticator } from './x509.ts';

const clock = new VirtualClock();
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 3_600_000 };
const authority = newAuthority({ commonName: 'ca', ...validity });

function identify(uids: readonly string[], options: { readsUid?: boolean } = {}): object | undefined {
  const { certificatePem } = issueCredentials(authority, { subject: { commonName: 'jane', organizations: ['dev'], uids }, names: { dnsNames: [], ipAddresses: [] }, usages: ['client auth'], ...validity });
  const authenticator = new X509Authenticator({ authorities: () => [authority.certificate], clock, ...options });
  const { extra: _, ...user } = authenticator.authenticate({ peerCertificates: [new X509Certificate(certificatePem)] } as unknown as Credentials)?.user ?? { name: '', groups: [] };
  return user;
}

test('a client certificate tells name, groups and uid', () => assert.deepEqual(identify(['1-2']), { name: 'jane', uid: '1-2', groups: ['dev'] }));
test('most have no uid', () => assert.deepEqual(identify([]), { name: 'jane', groups: ['dev'] }));
test('nobody has two', () => assert.throws(() => identify(['1', '2']), /expected 1 UID, but found multiple: \[1 2\]/));
test('an empty one is none', () => assert.throws(() => identify(['']), /UID cannot be an empty string/));
test('where the feature is off it is not read', () => assert.deepEqual(identify(['1', '2'], { readsUid: false }), { name: 'jane', groups: ['dev'] }));

const names = { dnsNames: [], ipAddresses: [] };
const middleKeys = systemKeys.newKeyPair();
const middleOptions = { subject: { commonName: 'middle' }, publicKey: middleKeys.publicKey, isAuthority: true, names, ...validity, notAfter: clock.now() + 1_800_000 };
const middle = readAuthority({ certificatePem: signCertificate(authority, middleOptions), keyPem: '' }, middleKeys);

/** The name of who shows a certificate. */
function nameOf(shown: { readonly issuer?: Authority; readonly usages?: readonly Usage[]; readonly validity?: { notBefore: number; notAfter: number }; readonly above?: readonly Authority[]; readonly nowMs?: number }): string | undefined {
  const { issuer = authority, usages = ['client auth'], above = [], nowMs } = shown;
  const { certificatePem } = issueCredentials(issuer, { subject: { commonName: 'jane' }, names, usages, ...(shown.validity ?? validity) });
  const at = nowMs === undefined ? clock : new VirtualClock(nowMs);
  const authenticator = new X509Authenticator({ authorities: () => [authority.certificate], clock: at });
  return authenticator.authenticate({ headers: {}, peerCertificates: [new X509Certificate(certificatePem), ...above.map(({ certificate }) => certificate)] })?.user.name;
}

for (const { name, shown } of [
  { name: 'for clients', shown: {} },
  { name: 'for servers and clients', shown: { usages: ['server auth', 'client auth'] } },
  { name: 'that names no usages', shown: { usages: [] } },
  { name: 'by way of another authority', shown: { issuer: middle, above: [middle] } },
] as { name: string; shown: Parameters<typeof nameOf>[0] }[]) test(`a certificate ${name} is believed`, () => assert.equal(nameOf(shown), 'jane'));

for (const { name, shown } of [
  { name: 'for servers alone', shown: { usages: ['server auth'] } },
  { name: 'of an authority that nobody knows', shown: { issuer: newAuthority({ commonName: 'other', ...validity }) } },
  { name: 'of an authority that is not shown', shown: { issuer: middle } },
  { name: 'of long ago', shown: { validity: { notBefore: clock.now() - 2000, notAfter: clock.now() - 1000 } } },
  { name: 'of tomorrow', shown: { validity: { notBefore: clock.now() + 1000, notAfter: clock.now() + 2000 } } },
  { name: 'by way of another authority that is over', shown: { issuer: middle, above: [middle], nowMs: clock.now() + 2_000_000 } },
] as { name: string; shown: Parameters<typeof nameOf>[0] }[]) test(`a certificate ${name} is refused: nobody comes in as nobody with one`, () => assert.throws(() => nameOf(shown), { reason: 'Unauthorized' }));

test('a certificate without a name is that of nobody', () => {
  const { certificatePem } = issueCredentials(authority, { subject: { commonName: '', organizations: ['dev'] }, names, usages: ['client auth'], ...validity });
  assert.equal(new X509Authenticator({ authorities: () => [authority.certificate], clock }).authenticate({ headers: {}, peerCertificates: [new X509Certificate(certificatePem)] }), undefined);
});
