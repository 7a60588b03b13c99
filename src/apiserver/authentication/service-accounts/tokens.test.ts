import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { readClaims } from './jwt.ts';
import { ServiceAccountTokens } from './tokens.ts';

const subject = { namespace: 'ns', serviceAccount: { name: 'default', uid: 'u1' }, pod: { name: 'p', uid: 'u2' } };

function tokens(clock: VirtualClock, signing: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })): ServiceAccountTokens {
  return new ServiceAccountTokens({ issuers: ['https://issuer'], signing, clock, random: new SeededRandom(1) });
}

for (const { name, signing } of [
  { name: 'P-256', signing: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) }, { name: 'P-384', signing: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }) },
  { name: 'RSA', signing: generateKeyPairSync('rsa', { modulusLength: 2048 }) }, { name: 'Ed25519', signing: generateKeyPairSync('ed25519') },
]) test(`a token signed with ${name} reads back`, () => {
  const clock = new VirtualClock();
  const made = tokens(clock, signing);
  const { token } = made.issue(subject, { audiences: ['a'], expirationSeconds: 600 });
  const { id, expiresMs, notBeforeMs: _, issuedMs: __, ...rest } = made.verify(token) ?? {};
  assert.deepEqual(rest, { ...subject, isLegacy: false, subject: 'system:serviceaccount:ns:default', audiences: ['a'] });
  assert.equal(typeof id, 'string');
  assert.equal(expiresMs, Math.floor(clock.now() / 1000) * 1000 + 600_000);
  assert.throws(() => tokens(clock).verify(token), { message: 'invalid signature, no keys found' }, 'another key');
  const [header, payload, signature] = token.split('.');
  assert.throws(() => made.verify(`${header}.${Buffer.from(JSON.stringify({ ...readClaims(token), sub: 'x' })).toString('base64url')}.${signature}`), { message: 'go-jose/go-jose: error in cryptographic primitive' });
  assert.equal(made.verify(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`), undefined);
});

test('tokens say when they expire; projected ones are let live a year', () => {
  const clock = new VirtualClock();
  const made = tokens(clock);
  const secondsOf = (token: string): number => ((made.verify(token)?.expiresMs ?? 0) - Math.floor(clock.now() / 1000) * 1000) / 1000;
  assert.equal(secondsOf(made.issue(subject, { audiences: ['https://issuer'], expirationSeconds: 600 }).token), 600);
  const long = made.issue(subject, { audiences: ['https://issuer'], expirationSeconds: 3607 });
  assert.equal(long.expiresMs, Math.floor(clock.now() / 1000) * 1000 + 3_607_000);
  assert.equal(secondsOf(long.token), 365 * 24 * 3600);
});

test('tokens live no longer than they may, but for the year of those that clients never read again', () => {
  const clock = new VirtualClock();
  const made = new ServiceAccountTokens({ issuers: ['https://issuer'], signing: generateKeyPairSync('ed25519'), maxExpirationSeconds: 7200, clock, random: new SeededRandom(1) });
  const lives = (audiences: readonly string[], expirationSeconds: number): number => ((made.verify(made.issue(subject, { audiences, expirationSeconds }).token)?.expiresMs ?? 0) - Math.floor(clock.now() / 1000) * 1000) / 1000;
  assert.deepEqual([lives(['https://issuer'], 9000), lives(['https://issuer'], 3607), lives(['https://issuer', 'other'], 3607)], [7200, 365 * 24 * 3600, 3607]);
});

test('legacy tokens read back', () => {
  const made = tokens(new VirtualClock());
  const token = made.sign({
    iss: 'kubernetes/serviceaccount', 'kubernetes.io/serviceaccount/namespace': 'ns', 'kubernetes.io/serviceaccount/secret.name': 's',
    'kubernetes.io/serviceaccount/service-account.name': 'default', 'kubernetes.io/serviceaccount/service-account.uid': 'u1',
  });
  assert.deepEqual(made.verify(token), {
    isLegacy: true, subject: '', namespace: 'ns', serviceAccount: { name: 'default', uid: 'u1' }, secret: { name: 's', uid: '' }, audiences: [], id: undefined, expiresMs: undefined, notBeforeMs: undefined, issuedMs: undefined,
  });
});
