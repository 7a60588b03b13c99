import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { issueCredentials, newAuthority } from '../../pki/index.ts';
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
