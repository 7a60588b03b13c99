/** A real `kubets server` whose file of flags turns on most of what decides who may do what, and the audit of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../../src/base/clock.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { until } from '../support/until.ts';
import { WebhookServer } from '../support/webhook-server.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubets-security-'));
const nowMs = new SystemClock().now();
const validity = { notBefore: nowMs - 60_000, notAfter: nowMs + 3_600_000 };
const authority = newAuthority({ commonName: 'issuer-ca', ...validity });
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = createServer(issueCertificate(), (asked, response) => {
  const keys = { keys: [{ ...signing.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] };
  response.end(JSON.stringify(asked.url === '/keys' ? keys : { issuer: issuerURL(), jwks_uri: `${issuerURL()}/keys` }));
});
const webhook = new WebhookServer();
let server: ChildProcess;
let url = '';

function issueCertificate(): { cert: string; key: string } {
  const { certificatePem, keyPem } = issueCredentials(authority, { subject: { commonName: 'issuer' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  return { cert: certificatePem, key: keyPem };
}

function issuerURL(): string {
  return `https://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
}

function write(name: string, content: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

function webhookConfig(path: string): object {
  return {
    apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'w', cluster: { server: webhook.url(path), 'certificate-authority-data': webhook.caBundle } }], users: [{ name: 'w', user: {} }],
    contexts: [{ name: 'w', context: { cluster: 'w', user: 'w' } }], 'current-context': 'w',
  };
}

/** `jane` by her token of the issuer. */
function oidcToken(claims: object = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${encode({ alg: 'RS256', kid: 'k' })}.${encode({ iss: issuerURL(), aud: 'kubets', sub: 'jane', exp: nowMs / 1000 + 3000, groups: ['dev'], ...claims })}`;
  return `${head}.${sign('sha256', Buffer.from(head), signing.privateKey).toString('base64url')}`;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of any kind
  readonly body: any;
}

async function ask(method: string, path: string, options: { token?: string; body?: object; headers?: Record<string, string | string[]>; tls?: object } = {}): Promise<Reply> {
  const { token, body, headers, tls } = options;
  const sent = request(`${url}${path}`, {
    method, agent: false, ca: readFileSync(join(folder, 'pki', 'ca.crt')), ...tls, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });
  sent.end(body && JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const content = await text(answer);
  return { status: answer.statusCode ?? 0, text: content, body: content.startsWith('{') ? (JSON.parse(content) as unknown) : undefined };
}

const whoAmI = async (options: Parameters<typeof ask>[2]): Promise<unknown> => (await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { ...options, body: {} })).body?.status?.userInfo ?? 'nobody';

before(async () => {
  issuer.listen(0, '127.0.0.1');
  await Promise.all([once(issuer, 'listening'), webhook.start()]);
  webhook.behaviour = ({ path, review }) =>
    path === '/tokens'
      ? { status: review.spec.token === 'from-elsewhere' ? { authenticated: true, user: { username: 'erin' } } : { authenticated: false } }
      : { status: { allowed: review.spec.user === 'erin' && review.spec.resourceAttributes?.resource === 'pods' } };
  const config = {
    'data-dir': folder, store: 'memory', port: 0, 'bind-address': '127.0.0.1', 'disable-scheduler': true, controllers: ['serviceaccount-controller', 'namespace-controller'],
    'token-auth-file': write('tokens.csv', 'T0,admin,admin,system:masters\n'), 'oidc-issuer-url': issuerURL(), 'oidc-client-id': 'kubets', 'oidc-ca-file': write('issuer.pem', authority.certificatePem),
    'oidc-username-prefix': 'oidc:', 'oidc-groups-claim': 'groups', 'authentication-token-webhook-config-file': write('tokens.kubeconfig', webhookConfig('/tokens')), 'authentication-token-webhook-version': 'v1',
    'authorization-mode': ['Node', 'RBAC', 'Webhook'], 'authorization-webhook-config-file': write('rights.kubeconfig', webhookConfig('/rights')), 'authorization-webhook-version': 'v1',
    'audit-log-path': join(folder, 'audit.log'), 'audit-policy-file': write('policy.yaml', { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata', userGroups: ['dev'] }] }),
    'runtime-config': { 'batch/v1': false },
  };
  server = spawn(process.execPath, [main, 'server', '--config', write('kubets.yaml', config)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ready = Promise.withResolvers<void>();
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()).includes('the control plane is ready') && ready.resolve());
  await Promise.race([ready.promise, once(server, 'exit').then(() => assert.fail(`the server ended: ${output}`))]);
  url = (JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { server: string }).server;
});

after(async () => {
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
  issuer.close();
  await webhook[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a token of the issuer is a user with its groups', async () => {
  assert.deepEqual(await whoAmI({ token: oidcToken() }), { username: 'oidc:jane', groups: ['dev', 'system:authenticated'] });
  assert.equal((await ask('GET', '/api', { token: oidcToken({ aud: 'other' }) })).status, 401);
});

test('the front proxy says who the user is, and nobody else does', async () => {
  const tls = { cert: readFileSync(join(folder, 'pki', 'front-proxy-client.crt')), key: readFileSync(join(folder, 'pki', 'front-proxy-client.key')) };
  const headers = { 'x-remote-user': 'frank', 'x-remote-group': 'ops' };
  assert.deepEqual(await whoAmI({ tls, headers }), { username: 'frank', groups: ['ops', 'system:authenticated'] });
  // A comma in the name of a group makes no second group of it, a header that is sent twice does.
  assert.deepEqual(await whoAmI({ tls, headers: { ...headers, 'x-remote-group': 'cn=ops,system:masters' } }), { username: 'frank', groups: ['cn=ops,system:masters', 'system:authenticated'] });
  assert.deepEqual(await whoAmI({ tls, headers: { ...headers, 'x-remote-group': ['cn=a,ou=b', 'c'] } }), { username: 'frank', groups: ['cn=a,ou=b', 'c', 'system:authenticated'] });
  assert.deepEqual(await whoAmI({ token: 'T0', headers }), { username: 'admin', uid: 'admin', groups: ['system:masters', 'system:authenticated'] });
  const { body } = await ask('GET', '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication', { token: 'T0' });
  assert.equal(body.data['requestheader-username-headers'], '["X-Remote-User"]');
});

test('webhooks know tokens and rights', async () => {
  const statusOf = async (path: string): Promise<number> => (await ask('GET', path, { token: 'from-elsewhere' })).status;
  assert.deepEqual(await Promise.all([statusOf('/api/v1/pods'), statusOf('/api/v1/secrets')]), [200, 403]);
});

test('a service account\'s token can be checked by the published keys', async () => {
  const account = '/api/v1/namespaces/default/serviceaccounts';
  await ask('POST', account, { token: 'T0', body: { metadata: { name: 'robot' } } });
  const { body } = await ask('POST', `${account}/robot/token`, { token: 'T0', body: { spec: { audiences: ['vault'], expirationSeconds: 600 } } });
  const [head = '', payload = '', signature = ''] = (body.status.token as string).split('.');
  const { keys } = (await ask('GET', '/openid/v1/jwks', { token: 'T0' })).body as { keys: { kid: string; kty: string }[] };
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  const published = keys.find((one) => one.kid === kid);
  assert.ok(published);
  const key = createPublicKey({ key: published, format: 'jwk' });
  assert.ok(verify('sha256', Buffer.from(`${head}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  const discovery = (await ask('GET', '/.well-known/openid-configuration', { token: 'T0' })).body;
  assert.equal(discovery.issuer, 'https://kubernetes.default.svc.cluster.local');
  const review = await ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { token: 'T0', body: { spec: { token: body.status.token, audiences: ['vault', 'other'] } } });
  assert.deepEqual([review.body.status.user.username, review.body.status.audiences], ['system:serviceaccount:default:robot', ['vault']]);
});

test('impersonation may be granted for one verb only', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [
    { verbs: ['impersonate:user-info'], apiGroups: ['authentication.k8s.io'], resources: ['users'], resourceNames: ['bob'] }, { verbs: ['impersonate-on:user-info:list'], apiGroups: [''], resources: ['pods'] },
  ];
  const binding = (name: string, role: string, subject: string): object => ({ metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: subject }] });
  await ask('POST', `${roles}/clusterroles`, { token: 'T0', body: { metadata: { name: 'as-bob' }, rules } });
  await ask('POST', `${roles}/clusterrolebindings`, { token: 'T0', body: binding('as-bob', 'as-bob', 'oidc:jane') });
  await ask('POST', `${roles}/clusterrolebindings`, { token: 'T0', body: binding('bob', 'pods', 'bob') });
  await ask('POST', `${roles}/clusterroles`, { token: 'T0', body: { metadata: { name: 'pods' }, rules: [{ verbs: ['list'], apiGroups: [''], resources: ['pods'] }] } });
  const as = (path: string): Promise<Reply> => ask('GET', path, { token: oidcToken(), headers: { 'impersonate-user': 'bob' } });
  assert.equal((await as('/api/v1/pods')).status, 200);
  const refused = await as('/api/v1/services');
  assert.deepEqual([refused.status, refused.body.reason], [403, 'Forbidden']);
});

/** The last event is told once the answer has gone out. */
async function eventsUntil(isLast: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>[]> {
  return until('the last event', async () => {
    const whole = readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').slice(0, -1); // the last line may be on its way
    const events = whole.map((line) => JSON.parse(line) as Record<string, unknown>);
    return events.some(isLast) && events;
  });
}

test('what users of the policy do is recorded, with the decision', async () => {
  await ask('GET', '/api/v1/namespaces/default/secrets', { token: oidcToken() });
  const events: Record<string, unknown>[] = await eventsUntil((event) => (event['objectRef'] as { resource?: string } | undefined)?.resource === 'secrets');
  assert.deepEqual([...new Set(events.map(({ user }) => (user as { username: string }).username))], ['oidc:jane']);
  const { stage, verb, objectRef, responseStatus, annotations } = events.at(-1) ?? {};
  assert.deepEqual([stage, verb, objectRef, (responseStatus as { code: number }).code], ['ResponseComplete', 'list', { resource: 'secrets', namespace: 'default', apiVersion: 'v1' }, 403]);
  assert.equal((annotations as Record<string, string>)['authorization.k8s.io/decision'], 'forbid');
  const asBob = events.find(({ impersonatedUser }) => impersonatedUser !== undefined);
  assert.deepEqual(asBob?.['authenticationMetadata'], { impersonationConstraint: 'impersonate:user-info' });
});

test('APIs that are turned off are not there', async () => {
  assert.equal((await ask('GET', '/apis/batch/v1/jobs', { token: 'T0' })).status, 404);
  assert.equal((await ask('GET', '/apis/apps/v1/deployments', { token: 'T0' })).status, 200);
});

test('only Kubernetes\' own roles carry the label of default roles', async () => {
  const { body } = await ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?labelSelector=kubernetes.io/bootstrapping', { token: 'T0' });
  assert.deepEqual((body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).filter((name) => name.startsWith('kubets') || name.includes('kubets-')), []);
});

test('the steps of the start are checks, and what goes on is measured', async () => {
  assert.match((await ask('GET', '/readyz?verbose')).text, /^\[\+\]ping ok\n.*\[\+\]poststarthook\/rbac\/bootstrap-roles ok\n.*readyz check passed\n$/s);
  const { text: metrics } = await ask('GET', '/metrics', { token: 'T0' });
  for (const name of ['apiserver_request_total', 'apiserver_request_duration_seconds_bucket', 'apiserver_storage_objects', 'etcd_request_duration_seconds_count', 'workqueue_adds_total', 'process_resident_memory_bytes', 'kubernetes_feature_enabled']) {
    assert.match(metrics, new RegExp(`^${name}(?:\\{.*\\})? \\d`, 'm'));
  }
});

for (const { name, args, says } of [
  { name: 'an unknown feature gate', args: ['--feature-gates', 'Foo=true'], says: /unrecognized feature gate: Foo/ },
  { name: 'an unknown mode', args: ['--authorization-mode', 'Magic'], says: /there is no mode "Magic"; there are: Node, RBAC/ },
  { name: 'a log without a policy', args: ['--audit-log-path', '-'], says: /--audit-log-path needs --audit-policy-file/ },
  { name: 'a policy that is none', args: ['--audit-log-path', '-', '--audit-policy-file', '/dev/null'], says: /--audit-policy-file: \/dev\/null: / },
  { name: 'an issuer without a client', args: ['--oidc-issuer-url', 'https://a'], says: /--oidc-issuer-url and --oidc-client-id must be specified together/ },
  { name: 'a file that is not there', args: ['--config', '/nowhere.yaml'], says: /--config: \/nowhere\.yaml cannot be read/ },
  { name: 'an API that is not served', args: ['--runtime-config', 'apps/v9=true'], says: /unknown api versions: apps\/v9/ },
]) test(`bad input: ${name}`, async () => {
  const child = spawn(process.execPath, [main, 'server', '--data-dir', join(folder, 'bad'), '--store', 'memory', '--port', '0', '--bind-address', '127.0.0.1', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [errors, [code]] = (await Promise.all([text(child.stderr), once(child, 'exit')])) as [string, [number]];
  assert.equal(code, 1);
  assert.match(errors, says);
  assert.equal(errors.match(/^error/gm)?.length, 1, errors);
});
