/** When tokens of service accounts hold, and what is told of those that do not. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ServiceAccountAuthenticator } from '../../src/apiserver/authentication/service-accounts/authenticator.ts';
import { readClaims, signingKey, signJwt } from '../../src/apiserver/authentication/service-accounts/jwt.ts';
import { ServiceAccountTokens } from '../../src/apiserver/authentication/service-accounts/tokens.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const seconds = Math.floor(clock.now() / 1000);
const signing = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const tokens = new ServiceAccountTokens({ issuers: ['https://issuer'], signing, clock, random: new SystemRandom() });
let running: TestServer;
let accounts: ServiceAccountAuthenticator;
let uid = '';

before(async () => {
  running = await startTestServer();
  accounts = new ServiceAccountAuthenticator({ tokens, clock, objects: () => new CachedObjects(running.server.cacher) });
  using api = new JsonClient(running.server.port);
  uid = (await api.must('POST /api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } })).metadata.uid;
});
after(() => running[Symbol.asyncDispose]());

/** Whose a token is, or why it is nobody's. */
async function judge(token: string): Promise<string | undefined> {
  try {
    return (await accounts.authenticateToken(token))?.user.name;
  } catch (error) {
    return (error as Error).message;
  }
}

const bound = (more: object): string => tokens.sign({
  iss: 'https://issuer', sub: 'system:serviceaccount:default:robot', aud: ['https://issuer'], exp: seconds + 600, nbf: seconds, iat: seconds,
  'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot', uid } }, ...more,
});
const ROBOT = 'system:serviceaccount:default:robot';
const OPAQUE = 'service account token claims could not be validated due to unexpected validation error';

for (const { name, claims, expected } of [
  { name: 'holds', claims: {}, expected: ROBOT },
  { name: 'that ended half a minute ago holds: clocks differ', claims: { exp: seconds - 30 }, expected: ROBOT },
  { name: 'that ended two minutes ago does not', claims: { exp: seconds - 120 }, expected: 'service account token has expired' },
  { name: 'that begins in two minutes does not yet', claims: { nbf: seconds + 120 }, expected: 'service account token is not valid yet' },
  { name: 'of the future is opaque', claims: { iat: seconds + 120 }, expected: OPAQUE },
  { name: 'that never ends holds', claims: { exp: undefined }, expected: ROBOT },
  { name: 'without an audience is for the server', claims: { aud: undefined }, expected: ROBOT },
  { name: 'of an account without uid does not hold', claims: { 'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot' } } }, expected: 'service account UID (UID) does not match claim ()' },
  { name: 'of another issuer is for others to judge', claims: { iss: 'https://other' }, expected: undefined },
]) test(`a token ${name}`, async () => assert.equal((await judge(bound(claims)))?.replace(uid, 'UID'), expected));

test('a token that another key has signed', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const claims = { iss: 'https://issuer', aud: ['https://issuer'] };
  assert.equal(await judge(signJwt(claims, signingKey(other.privateKey, other.publicKey))), 'invalid signature, no keys found');
  const [head, , signature] = bound({}).split('.');
  assert.equal(await judge(`${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`), 'go-jose/go-jose: error in cryptographic primitive');
  assert.equal(await judge('no.token'), undefined);
});

test('a token of a pod on a node that is not there names the node without a uid', async () => {
  using api = new JsonClient(running.server.port);
  const pod = await api.must('POST /api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { nodeName: 'n', serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] } });
  const { token } = tokens.issue({ namespace: 'default', serviceAccount: { name: 'robot', uid }, pod: { name: 'p', uid: pod.metadata.uid }, node: { name: 'n', uid: '' } }, { audiences: [], expirationSeconds: 600 });
  assert.deepEqual((readClaims(token)?.['kubernetes.io'] as { node: object } | undefined)?.node, { name: 'n' });
  const extra = (await accounts.authenticateToken(token))?.user.extra;
  assert.deepEqual(Object.keys(extra ?? {}).sort(), ['credential-id', 'node-name', 'pod-name', 'pod-uid'].map((key) => `authentication.kubernetes.io/${key}`));
});

const legacy = (more: object): string => tokens.sign({
  iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:default:robot', 'kubernetes.io/serviceaccount/namespace': 'default', 'kubernetes.io/serviceaccount/secret.name': 's',
  'kubernetes.io/serviceaccount/service-account.name': 'robot', 'kubernetes.io/serviceaccount/service-account.uid': uid, ...more,
});

for (const { claims, expected } of [
  { claims: { sub: undefined }, expected: 'sub claim is missing' },
  { claims: { 'kubernetes.io/serviceaccount/namespace': '' }, expected: 'namespace claim is missing' },
  { claims: { 'kubernetes.io/serviceaccount/secret.name': undefined }, expected: 'secretName claim is missing' },
  { claims: { 'kubernetes.io/serviceaccount/service-account.name': undefined }, expected: 'serviceAccountName claim is missing' },
  { claims: { 'kubernetes.io/serviceaccount/service-account.uid': undefined }, expected: 'serviceAccountUID claim is missing' },
  { claims: { sub: 'system:serviceaccount:default:other' }, expected: 'sub claim is invalid' },
  { claims: {}, expected: 'Token has been invalidated' },
]) test(`a token of a Secret: ${expected}`, async () => assert.equal(await judge(legacy(claims)), expected));
