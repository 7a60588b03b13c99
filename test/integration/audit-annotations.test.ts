/** What the audit event says of a request besides the request: what webhooks changed, which kind of token was used. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { MutatingAdmissionWebhook } from '../../src/apiserver/admission/webhook/mutating-admission-webhook.ts';
import { Auditor } from '../../src/apiserver/audit/auditor.ts';
import type { AuditEvent } from '../../src/apiserver/audit/event.ts';
import { AuditPolicy } from '../../src/apiserver/audit/policy.ts';
import { BearerAuthenticator } from '../../src/apiserver/authentication/bearer.ts';
import { ServiceAccountAuthenticator } from '../../src/apiserver/authentication/service-accounts/authenticator.ts';
import { ServiceAccountTokens } from '../../src/apiserver/authentication/service-accounts/tokens.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { type Answer, JsonClient } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { webhookTools, WebhookServer } from '../support/webhook-server.ts';

const clock = new SystemClock();
const events: AuditEvent[] = [];
const audit = new Auditor({
  clock, policy: AuditPolicy.parse('{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata, namespaces: [quiet]}, {level: Request}]}'),
  backends: [{ write: (event) => events.push(structuredClone(event)) > 0, [Symbol.asyncDispose]: () => Promise.resolve() }],
});
const tokens = new ServiceAccountTokens({ issuers: ['https://issuer'], signing: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), clock, random: new SystemRandom() });
const nobody: Authorizer = { authorize: () => ({ decision: 'no opinion', reason: '' }) };
const tools = { ...webhookTools(() => running.server), authorizer: nobody };
let running: TestServer;
let hook: WebhookServer;
let accounts: ServiceAccountAuthenticator;
let api: JsonClient;

before(async () => {
  hook = await new WebhookServer().start();
  hook.behaviour = ({ review }) => ({ ...review, response: { uid: review.request.uid, allowed: true, patchType: 'JSONPatch', patch: Buffer.from('[{"op":"add","path":"/data","value":{"a":"b"}}]').toString('base64') } });
  accounts = new ServiceAccountAuthenticator({ tokens, clock, objects: () => new CachedObjects(running.server.cacher) });
  running = await startTestServer({ audit, admission: [new MutatingAdmissionWebhook(tools)], serviceAccountTokens: tokens, authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin }), new BearerAuthenticator(() => [accounts])] });
  api = new JsonClient(running.server.port);
  for (const name of ['loud', 'quiet']) await api.must('POST /api/v1/namespaces', { metadata: { name } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  tools.client[Symbol.dispose]();
  await audit[Symbol.asyncDispose]();
});

/** The annotations of the request that `act` makes. Its last event is told once the answer has gone out: that of another may still come. */
async function annotationsOf(act: () => Promise<Answer>): Promise<Readonly<Record<string, string>> | undefined> {
  const { headers } = await act();
  const { annotations } = await until('its last event', async () => events.find(({ stage, auditID }) => stage === 'ResponseComplete' && auditID === headers['audit-id']));
  return annotations;
}

test('the patch of a webhook is told where the request is, that there was one everywhere', async () => {
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
  await api.must('POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', { metadata: { name: 'conf' }, webhooks: [{ name: 'h.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: hook.url('/'), caBundle: hook.caBundle }, rules }] });
  const create = (namespace: string) => () => api.ask(`POST /api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'a' } });
  const mutation = { 'mutation.webhook.admission.k8s.io/round_0_index_0': '{"configuration":"conf","webhook":"h.example.com","mutated":true}' };
  const patch = { 'patch.webhook.admission.k8s.io/round_0_index_0': '{"configuration":"conf","webhook":"h.example.com","patch":[{"op":"add","path":"/data","value":{"a":"b"}}],"patchType":"JSONPatch"}' };
  const webhooks = (all: Readonly<Record<string, string>> | undefined): object => Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => key.includes('.webhook.')));
  assert.deepEqual(webhooks(await annotationsOf(create('loud'))), { ...patch, ...mutation });
  assert.deepEqual(webhooks(await annotationsOf(create('quiet'))), mutation);
});

test('tokens that are kept in Secrets are told of, and warned of where nobody asked for them', async () => {
  const account = await api.must('POST /api/v1/namespaces/loud/serviceaccounts', { metadata: { name: 'robot' }, secrets: [{ name: 'own' }] });
  const tokenIn = async (name: string): Promise<string> => {
    const token = tokens.sign({
      iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:loud:robot', 'kubernetes.io/serviceaccount/namespace': 'loud', 'kubernetes.io/serviceaccount/secret.name': name,
      'kubernetes.io/serviceaccount/service-account.name': 'robot', 'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
    });
    await api.must('POST /api/v1/namespaces/loud/secrets', { metadata: { name }, data: { token: Buffer.from(token).toString('base64') } });
    return token;
  };
  for (const { name, key, warnings } of [
    { name: 'own', key: 'autogenerated', warnings: '299 - "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens."' },
    { name: 'made', key: 'manual', warnings: undefined },
  ]) {
    const token = await tokenIn(name);
    const annotations = await annotationsOf(async () => {
      const answer = await api.ask('GET /version', undefined, { authorization: `Bearer ${token}` });
      assert.equal(answer.headers['warning'], warnings);
      return answer;
    });
    assert.equal(annotations?.[`authentication.k8s.io/legacy-token-${key}-secret`], name);
    assert.equal(annotations?.['authentication.k8s.io/legacy-token'], 'system:serviceaccount:loud:robot');
    await api.must(`PATCH /api/v1/namespaces/loud/secrets/${name}`, { metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' } } });
    const refused = await api.ask('GET /version', undefined, { authorization: `Bearer ${token}` });
    assert.equal(refused.status, 401);
    const told = (): AuditEvent[] => events.filter(({ auditID }) => auditID === refused.headers['audit-id']);
    await until('it is told', async () => told().length > 0);
    assert.deepEqual(told().map(({ stage, annotations: said }) => [stage, said]), [['ResponseStarted', { 'authentication.k8s.io/legacy-token': 'system:serviceaccount:loud:robot', 'authentication.k8s.io/legacy-token-invalidated': `${name}/loud` }]]);
  }
  assert.match(accounts.metrics.text(), /^serviceaccount_legacy_tokens_total 4\n/m);
  assert.match(accounts.metrics.text(), /^serviceaccount_invalid_legacy_auto_token_uses_total 2\n/m);
});

test('a token that its pod should have read anew is told of, and the id of one that is made', async () => {
  const account = await api.must('POST /api/v1/namespaces/loud/serviceaccounts', { metadata: { name: 'late' } });
  const now = Math.floor(clock.now() / 1000);
  const claims = { iss: 'https://issuer', aud: ['https://issuer'], exp: now + 600, iat: now, nbf: now, jti: 'an-id', 'kubernetes.io': { namespace: 'loud', serviceaccount: { name: 'late', uid: account.metadata.uid } } };
  const withToken = (warnafter: number) => () => api.ask('GET /version', undefined, { authorization: `Bearer ${tokens.sign({ ...claims, 'kubernetes.io': { ...claims['kubernetes.io'], warnafter } })}` });
  assert.match((await annotationsOf(withToken(now - 100)))?.['authentication.k8s.io/stale-token'] ?? '', /^subject: system:serviceaccount:loud:late, seconds after warning threshold: 1\d\d$/);
  assert.equal((await annotationsOf(withToken(now + 500)))?.['authentication.k8s.io/stale-token'], undefined);
  assert.match(accounts.metrics.text(), /^serviceaccount_stale_tokens_total 1\n[^]*^serviceaccount_valid_tokens_total 1\n/m);
  const issued = await annotationsOf(() => api.ask('POST /api/v1/namespaces/loud/serviceaccounts/late/token', { spec: {} }));
  assert.match(issued?.['authentication.kubernetes.io/issued-credential-id'] ?? '', /^JTI=[-0-9a-f]{36}$/);
});

test('what is deprecated is told of, and counted', async () => {
  assert.equal((await annotationsOf(() => api.ask('GET /api/v1/namespaces/loud/endpoints')))?.['k8s.io/deprecated'], 'true');
  assert.equal((await annotationsOf(() => api.ask('GET /api/v1/namespaces/loud/pods')))?.['k8s.io/deprecated'], undefined);
  assert.match(await api.must('GET /metrics'), /^apiserver_requested_deprecated_apis\{group="",removed_release="",resource="endpoints",subresource="",version="v1"\} 1$/m);
});

test('how long a slow request took', async () => {
  hook.behaviour = async ({ review }) => {
    await clock.sleep(510, new AbortController().signal);
    return { ...review, response: { uid: review.request.uid, allowed: true } };
  };
  assert.match((await annotationsOf(() => api.ask('POST /api/v1/namespaces/loud/configmaps', { metadata: { name: 'slow' } })))?.['apiserver.latency.k8s.io/total'] ?? '', /^[\d.]+(ms|s)$/);
});
