import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../../base/clock.ts';
import { issueCredentials, newAuthority } from '../../../pki/index.ts';
import { JwtAuthenticator } from './authenticator.ts';
import { parseAuthenticationConfiguration } from './configuration.ts';
import { issuerOfFlags, type JwtIssuer, type OidcFlags } from './issuer.ts';
import { ALGORITHMS, type Algorithm } from './signature.ts';

const clock = new SystemClock();
const nowSeconds = Math.floor(clock.now() / 1000);
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 3_600_000 };
const authority = newAuthority({ commonName: 'issuer-ca', ...validity });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys: Record<string, { privateKey: KeyObject; publicKey: KeyObject }> = {
  rsa, p256: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), p384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }), p521: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }),
};
let server: Server;
let url = '';
let published = Object.keys(keys);
let fetches = 0;
/** What is found at some paths besides. */
const distributed = new Map<string, () => string>();
const bearers: (string | undefined)[] = [];

before(async () => {
  const { certificatePem: cert, keyPem: key } = issueCredentials(authority, { subject: { commonName: 'issuer' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  server = createServer({ cert, key }, (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') return void response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    const elsewhere = distributed.get(request.url ?? '');
    if (elsewhere !== undefined) {
      bearers.push(request.headers.authorization);
      return void response.end(elsewhere());
    }
    fetches++;
    response.end(JSON.stringify({ keys: published.map((kid) => ({ ...keys[kid]?.publicKey.export({ format: 'jwk' }), kid, use: 'sig' })) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const keyFor = (alg: string): string => ({ ES256: 'p256', ES384: 'p384', ES512: 'p521' })[alg] ?? 'rsa';

function tokenOf(claims: object, { alg = 'RS256', kid = keyFor(alg) }: { alg?: Algorithm; kid?: string } = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg, kid })}.${encode({ iss: url, aud: 'kubets', sub: 'jane', exp: nowSeconds + 600, ...claims })}`;
  const key = keys[kid]?.privateKey ?? rsa.privateKey;
  const options = alg.startsWith('PS') ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { key, dsaEncoding: 'ieee-p1363' as const };
  return `${text}.${sign(`sha${alg.slice(2)}`, Buffer.from(text), options).toString('base64url')}`;
}

function flags(more: Partial<OidcFlags> = {}): JwtIssuer {
  return issuerOfFlags({
    issuerURL: url, clientID: 'kubets', usernameClaim: 'sub', usernamePrefix: undefined, groupsClaim: 'groups', groupsPrefix: '', requiredClaims: new Map(), signingAlgorithms: ALGORITHMS,
    certificateAuthority: authority.certificatePem, ...more,
  });
}

const authenticate = (issuer: JwtIssuer, token: string): Promise<unknown> =>
  new JwtAuthenticator({ issuer, apiAudiences: ['api'], clock }).authenticateToken(token).then((identity) => identity?.user);

for (const alg of ALGORITHMS) test(`a token signed by ${alg} names its user`, async () => {
  assert.deepEqual(await authenticate(flags(), tokenOf({ groups: ['a', 'b'], jti: 'x' }, { alg })), {
    name: `${url}#jane`, groups: ['a', 'b'], extra: { 'authentication.kubernetes.io/credential-id': ['JTI=x'] },
  });
});

for (const { name, more, claims, expected } of [
  { name: 'prefixes', more: { usernamePrefix: 'oidc:', groupsPrefix: 'g:' }, claims: { groups: 'one' }, expected: { name: 'oidc:jane', groups: ['g:one'] } },
  { name: 'a prefix of - is none', more: { usernamePrefix: '-' }, claims: {}, expected: { name: 'jane', groups: [] } },
  { name: 'an address of mail has no prefix', more: { usernameClaim: 'email' }, claims: { email: 'j@e', email_verified: true }, expected: { name: 'j@e', groups: [] } },
  { name: 'a name that is empty', more: { usernamePrefix: '-' }, claims: { sub: '' }, expected: { name: '', groups: [] } },
  { name: 'a name that is null', more: { usernamePrefix: 'oidc:' }, claims: { sub: null }, expected: { name: 'oidc:', groups: [] } },
  { name: 'a group that is empty', more: { usernamePrefix: '-', groupsPrefix: 'g:' }, claims: { groups: ['a', ''] }, expected: { name: 'jane', groups: ['g:a', 'g:'] } },
  { name: 'groups that are null', more: { usernamePrefix: '-' }, claims: { groups: null }, expected: { name: 'jane', groups: [] } },
  { name: 'a clock of the issuer that is a little ahead', more: { usernamePrefix: '-' }, claims: { nbf: nowSeconds + 40 }, expected: { name: 'jane', groups: [] } },
  { name: 'an id that is no text', more: { usernamePrefix: '-' }, claims: { jti: 7 }, expected: { name: 'jane', groups: [] } },
  { name: 'a required claim that is there', more: { usernamePrefix: '-', requiredClaims: new Map([['hd', 'e']]) }, claims: { hd: 'e' }, expected: { name: 'jane', groups: [] } },
] as const) test(`flags: ${name}`, async () => assert.deepEqual(await authenticate(flags(more), tokenOf(claims)), expected));

for (const { name, more = {}, claims = {}, options = {}, expected } of [
  { name: 'another audience', claims: { aud: ['other'] }, expected: 'verify token: oidc: expected audience "kubets" got ["other"]' },
  { name: 'no audience', claims: { aud: undefined }, expected: 'verify token: oidc: expected audience "kubets" got []' },
  { name: 'a token that has expired', claims: { exp: 1257890400 }, expected: 'verify token: oidc: token is expired (Token Expiry: 2009-11-10 22:00:00 +0000 UTC)' },
  { name: 'a token that ends never', claims: { exp: undefined }, expected: 'verify token: oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)' },
  { name: 'a token of the future', claims: { nbf: nowSeconds + 600 }, expected: /^oidc: verify token: oidc: current time \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{0,2}[1-9])? \+0000 UTC before the nbf \(not before\) time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/ },
  { name: 'an algorithm that is not allowed', more: { signingAlgorithms: ['RS256'] }, options: { alg: 'ES256' }, expected: 'verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"' },
  { name: 'a key of somebody else', options: { kid: 'unknown' }, expected: 'verify token: failed to verify signature: failed to verify id token signature' },
  { name: 'mail that is not verified', more: { usernameClaim: 'email' }, claims: { email: 'j@e', email_verified: false }, expected: 'email not verified' },
  { name: 'mail of which a text says whether', more: { usernameClaim: 'email' }, claims: { email: 'j@e', email_verified: 'false' }, expected: "parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool" },
  { name: 'a required claim that is missing', more: { requiredClaims: new Map([['hd', 'e']]) }, expected: 'required claim hd not present in ID token' },
  { name: 'a required claim that is another', more: { requiredClaims: new Map([['hd', 'e']]) }, claims: { hd: 'f' }, expected: 'required claim hd value does not match. Got = f, want = e' },
  { name: 'a required claim that is no text', more: { requiredClaims: new Map([['hd', 'e']]) }, claims: { hd: ['e'] }, expected: 'parse claim hd: json: cannot unmarshal array into Go value of type string' },
  { name: 'no claim for the name', more: { usernameClaim: 'none' }, expected: 'parse username claims "none": claim not present' },
  { name: 'groups that are a number', claims: { groups: 42 }, expected: 'parse groups claim "groups": json: cannot unmarshal number into Go value of type string' },
  { name: 'a claim that is elsewhere, where nobody says', claims: { _claim_names: { other: 'src' } }, expected: 'verify token: oidc: source does not exist' },
] as { name: string; more?: Partial<OidcFlags>; claims?: object; options?: object; expected: RegExp | string }[]) test(`refused: ${name}`, async () => {
  await assert.rejects(() => authenticate(flags(more), tokenOf(claims, options)), { message: typeof expected === 'string' ? `oidc: ${expected}` : expected });
});

test('a token of another issuer is for others to judge, and a broken signature is refused', async () => {
  assert.equal(await authenticate(flags(), tokenOf({ iss: 'https://other' })), undefined);
  assert.equal(await authenticate(flags(), 'no-token'), undefined);
  const [head, , signature] = tokenOf({}).split('.');
  const [, body] = tokenOf({ sub: 'root' }).split('.');
  await assert.rejects(() => authenticate(flags(), `${head}.${body}.${signature}`), /failed to verify signature/);
});

test('a new key is asked for once it is named', async () => {
  published = ['p256'];
  let nowMs = 0;
  const moving = { now: () => clock.now(), monotonic: () => nowMs, sleep: clock.sleep.bind(clock), after: clock.after.bind(clock) };
  const authenticator = new JwtAuthenticator({ issuer: flags(), apiAudiences: ['api'], clock: moving });
  assert.ok(await authenticator.authenticateToken(tokenOf({}, { alg: 'ES256' })));
  published = Object.keys(keys);
  await assert.rejects(() => authenticator.authenticateToken(tokenOf({})), /failed to verify/, 'not asked again within ten seconds');
  nowMs = 11_000;
  const before = fetches;
  assert.ok(await authenticator.authenticateToken(tokenOf({})));
  assert.ok(await authenticator.authenticateToken(tokenOf({})));
  assert.equal(fetches, before + 1);
});

function configured(yaml: string): JwtIssuer {
  const text = `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: '${url}', audiences: [kubets], certificateAuthority: ${JSON.stringify(authority.certificatePem)}}\n${yaml}`;
  const [issuer] = parseAuthenticationConfiguration(text).issuers;
  assert.ok(issuer);
  return issuer;
}

test('an AuthenticationConfiguration maps claims by expressions', async () => {
  const issuer = configured(`
  claimValidationRules: [{expression: "claims.hd == 'e'", message: hd must be e}]
  claimMappings:
    username: {expression: "'x:' + claims.sub"}
    groups: {expression: "claims.roles.split(',')"}
    uid: {claim: oid}
    extra: [{key: e.io/tenant, valueExpression: claims.tenant}]
  userValidationRules: [{expression: "!user.username.startsWith('x:system')", message: reserved}]`);
  assert.deepEqual(await authenticate(issuer, tokenOf({ hd: 'e', roles: 'a,b', oid: '7', tenant: 't' })), { name: 'x:jane', groups: ['a', 'b'], uid: '7', extra: { 'e.io/tenant': ['t'] } });
  for (const { claims, message } of [
    { claims: { hd: 'f' }, message: "error evaluating claim validation expression: validation expression 'claims.hd == 'e'' failed: hd must be e" },
    { claims: { hd: undefined }, message: "error evaluating claim validation expression: expression 'claims.hd == 'e'' resulted in error: no such key: hd" },
    { claims: { sub: 'system:x' }, message: "error evaluating user info validation rule: validation expression '!user.username.startsWith('x:system')' failed: reserved" },
    { claims: { roles: undefined }, message: "error evaluating group claim expression: expression 'claims.roles.split(',')' resulted in error: no such key: roles" },
    { claims: { oid: undefined }, message: 'parse uid claim "oid": claim not present' },
    { claims: { tenant: 7 }, message: 'error evaluating extra claim expression: claims.tenant: expression must return a string or a list of strings' },
  ]) await assert.rejects(() => authenticate(issuer, tokenOf({ hd: 'e', roles: 'a', oid: '7', tenant: 't', ...claims })), { message: `oidc: ${message}` });
});

test('a name by an expression is a text that is not empty', async () => {
  const issuer = configured('  claimMappings: {username: {expression: claims.name}}');
  await assert.rejects(() => authenticate(issuer, tokenOf({ name: '' })), { message: 'oidc: empty username via CEL expression is not allowed' });
  await assert.rejects(() => authenticate(issuer, tokenOf({ name: 7 })), { message: 'oidc: error evaluating username claim expression: username claim expression must return a string' });
});

test('expressions look into claims within claims, and leave out what is empty', async () => {
  const issuer = configured(`
  claimMappings:
    username: {expression: "claims.deep.names[0]"}
    groups: {expression: "claims.deep.?none.a.orValue(['claus', ''])"}
    extra: [{key: e.io/1, valueExpression: "string(claims.deep.bit)"}, {key: e.io/2, valueExpression: "string(claims.deep.one)"}, {key: e.io/3, valueExpression: "''"}, {key: e.io/4, valueExpression: claims.deep.names}]
  userValidationRules: [{expression: "user.uid == '' && 'claus' in user.groups && !('e.io/3' in user.extra)"}]`);
  assert.deepEqual(await authenticate(issuer, tokenOf({ deep: { names: ['snorlax', '007'], bit: false, one: 1 } })), {
    name: 'snorlax', groups: ['claus'], extra: { 'e.io/1': ['false'], 'e.io/2': ['1'], 'e.io/4': ['snorlax', '007'] },
  });
});

test('a token of Google may name its issuer without a scheme', async () => {
  distributed.set('/google', () => JSON.stringify({ issuer: 'https://accounts.google.com', jwks_uri: `${url}/keys` }));
  const issuer = { ...flags({ issuerURL: 'https://accounts.google.com', usernamePrefix: '-' }), discoveryURL: `${url}/google` };
  assert.deepEqual(await authenticate(issuer, tokenOf({ iss: 'accounts.google.com' })), { name: 'jane', groups: [] });
  assert.equal(await authenticate(issuer, tokenOf({ iss: 'accounts.example.com' })), undefined);
});

test('a token for one of several audiences', async () => {
  const issuer = { ...flags({ usernamePrefix: '-' }), audiences: ['random', 'kubets'] };
  assert.deepEqual(await authenticate(issuer, tokenOf({ aud: ['other', 'kubets'] })), { name: 'jane', groups: [] });
  await assert.rejects(() => authenticate(issuer, tokenOf({ aud: ['other'] })), { message: 'oidc: verify token: oidc: expected audience in ["kubets" "random"] got ["other"]' });
});

for (const { name, yaml, expected } of [
  { name: 'no name', yaml: '', expected: /jwt\[0\]\.claimMappings\.username: Required value/ },
  { name: 'no prefix', yaml: '  claimMappings: {username: {claim: sub}}', expected: /prefix is required when claim is set/ },
  { name: 'a claim and an expression', yaml: '  claimMappings: {username: {claim: sub, expression: claims.sub}}', expected: /can't both be set/ },
  { name: 'no expression', yaml: '  claimMappings: {username: {expression: "claims."}}', expected: /claimMappings\.username\.expression: / },
]) test(`configuration refused: ${name}`, () => assert.throws(() => configured(yaml), expected));

test('anonymous requests may be let through to some paths', () => {
  const text = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: [{path: /livez}]}';
  assert.deepEqual(parseAuthenticationConfiguration(text).anonymous, { enabled: true, paths: ['/livez'] });
});

test('groups that are elsewhere are fetched, and believed when an issuer has signed them', async () => {
  distributed.set('/groups', () => tokenOf({ groups: ['far', 'away'] }));
  const sources = { _claim_names: { groups: 'src', other: 'x' }, _claim_sources: { x: {}, src: { endpoint: `${url}/groups`, access_token: 'secret' } } };
  assert.deepEqual(await authenticate(flags(), tokenOf(sources)), { name: `${url}#jane`, groups: ['far', 'away'] });
  assert.equal(bearers.at(-1), 'Bearer secret');
  assert.deepEqual(await authenticate(flags(), tokenOf({ ...sources, groups: ['near'] })), { name: `${url}#jane`, groups: ['near'] });
  assert.deepEqual(await authenticate(flags(), tokenOf({ _claim_names: { groups: 'src' }, _claim_sources: { src: { JWT: tokenOf({ groups: ['a'] }) } } })), { name: `${url}#jane`, groups: [] });
});

for (const { name, answer, sources, expected } of [
  { name: 'for somebody else', answer: () => tokenOf({ groups: ['a'], aud: 'other' }), expected: /^oidc: could not expand distributed claims: verify distributed claim token: oidc: expected audience "kubets" got \["other"\]$/ },
  { name: 'of long ago', answer: () => tokenOf({ groups: ['a'], exp: 1 }), expected: /verify distributed claim token: oidc: token is expired \(Token Expiry: 1970-01-01 00:00:01 \+0000 UTC\)$/ },
  { name: 'without the claim', answer: () => tokenOf({}), expected: /^oidc: could not expand distributed claims: jwt returned by distributed claim endpoint ".*\/refused" did not contain claim: groups$/ },
  { name: 'that is none', answer: () => 'hello', expected: /getting untrusted issuer from endpoint/ },
  { name: 'of an issuer that cannot be reached', answer: () => tokenOf({ iss: 'http://issuer', groups: ['a'] }), expected: /is no address of https/ },
  { name: 'from nowhere', answer: () => '', sources: {}, expected: /^oidc: verify token: oidc: source does not exist$/ },
] as const) test(`groups are not taken from a token ${name}`, async () => {
  distributed.set('/refused', answer);
  const given = sources ?? { src: { endpoint: `${url}/refused` } };
  await assert.rejects(authenticate(flags(), tokenOf({ _claim_names: { groups: 'src' }, _claim_sources: given })), { message: expected });
});
