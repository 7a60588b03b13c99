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
  const { id, expiresMs, ...rest } = made.verify(token) ?? {};
  assert.deepEqual(rest, { ...subject, audiences: ['a'] });
  assert.equal(typeof id, 'string');
  assert.equal(expiresMs, Math.floor(clock.now() / 1000) * 1000 + 600_000);
  assert.equal(tokens(clock).verify(token), undefined, 'another key');
  const [header, payload, signature] = token.split('.');
  assert.equal(made.verify(`${header}.${Buffer.from(JSON.stringify({ ...readClaims(token), sub: 'x' })).toString('base64url')}.${signature}`), undefined);
  assert.equal(made.verify(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`), undefined);
});

test('tokens expire; projected ones are let live a year', async () => {
  const clock = new VirtualClock();
  const made = tokens(clock);
  const short = made.issue(subject, { audiences: ['https://issuer'], expirationSeconds: 600 }).token;
  const long = made.issue(subject, { audiences: ['https://issuer'], expirationSeconds: 3607 });
  assert.equal(long.expiresMs, Math.floor(clock.now() / 1000) * 1000 + 3_607_000);
  await clock.advance(601_000);
  assert.equal(made.verify(short), undefined);
  await clock.advance(3_601_000);
  assert.ok(made.verify(long.token));
});

test('legacy tokens read back', () => {
  const made = tokens(new VirtualClock());
  const token = made.sign({
    iss: 'kubernetes/serviceaccount', 'kubernetes.io/serviceaccount/namespace': 'ns', 'kubernetes.io/serviceaccount/secret.name': 's',
    'kubernetes.io/serviceaccount/service-account.name': 'default', 'kubernetes.io/serviceaccount/service-account.uid': 'u1',
  });
  assert.deepEqual(made.verify(token), { namespace: 'ns', serviceAccount: { name: 'default', uid: 'u1' }, secret: { name: 's', uid: '' }, audiences: [], id: undefined, expiresMs: undefined });
});
