import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { request } from 'node:https';
import { ADMIN_TOKEN, admin, startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { until } from '../../../test/support/until.ts';
import { Auditor } from './auditor.ts';
import type { AuditEvent } from './event.ts';
import { AuditPolicy } from './policy.ts';

const POLICY = AuditPolicy.parse(`
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, nonResourceURLs: [/livez]}
- {level: Metadata, resources: [{group: "", resources: [secrets]}]}
- {level: RequestResponse, omitManagedFields: true}
`);

class Recorded {
  readonly all: AuditEvent[] = [];
  write(event: AuditEvent): boolean {
    this.all.push(structuredClone(event));
    return true;
  }
  /** All of a request. The last of them is told once the answer has gone out. */
  async of({ auditId }: Asked, count = 2): Promise<AuditEvent[]> {
    const found = (): AuditEvent[] => this.all.filter(({ auditID }) => auditID === auditId);
    await until('its last event', async () => found().length >= count);
    return found();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }
}

interface Asked {
  readonly status: number;
  readonly auditId: string;
}

async function ask(server: TestServer, method: string, path: string, options: { body?: object; headers?: Record<string, string> } = {}): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...options.headers };
  const outgoing = request(`${server.url}${path}`, { method, headers, ca: server.ca, agent: false }, (response) => response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, auditId: String(response.headers['audit-id']) })));
  outgoing.on('error', reject).end(options.body && JSON.stringify(options.body));
  return promise;
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, data: { k: 'v' } };

test('requests are recorded stage by stage, with what the level says', async () => {
  const recorded = new Recorded();
  await using audit = new Auditor({ policy: POLICY, backends: [recorded], clock: new SystemClock() });
  await using server = await startTestServer({ audit });
  await ask(server, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await ask(server, 'POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' }, stringData: { password: 'hidden' } } });
  const unrecorded = await ask(server, 'GET', '/livez');
  const made = await ask(server, 'POST', '/api/v1/namespaces/default/configmaps?fieldManager=m', { body: configMap, headers: { 'audit-id': 'id-1', 'user-agent': 'tester', 'x-forwarded-for': '10.1.1.1' } });
  const [received, complete, ...more] = await recorded.of(made) as [AuditEvent, AuditEvent];
  assert.deepEqual([more, await recorded.of(unrecorded, 0)], [[], []]);
  assert.deepEqual([received.stage, received.auditID, received.verb, received.requestObject], ['RequestReceived', 'id-1', 'create', undefined]);
  const { requestReceivedTimestamp, stageTimestamp, responseObject, ...rest } = complete;
  assert.match(requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(stageTimestamp >= requestReceivedTimestamp);
  assert.equal((responseObject as { metadata: { managedFields?: unknown } }).metadata.managedFields, undefined);
  assert.deepEqual((responseObject as typeof configMap).data, { k: 'v' });
  assert.deepEqual(rest, {
    kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'RequestResponse', auditID: 'id-1', stage: 'ResponseComplete', requestURI: '/api/v1/namespaces/default/configmaps?fieldManager=m', verb: 'create',
    user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] }, sourceIPs: ['10.1.1.1', '127.0.0.1'], userAgent: 'tester',
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' }, responseStatus: { metadata: {}, code: 201 }, requestObject: configMap,
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
});

test('secrets keep their content, refusals tell their reason, and those nobody knows are told too', async () => {
  const recorded = new Recorded();
  await using audit = new Auditor({ policy: POLICY, backends: [recorded], clock: new SystemClock() });
  await using server = await startTestServer({ audit, allowAnonymous: false });
  await ask(server, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  const secret = await ask(server, 'POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' }, stringData: { password: 'hidden' } } });
  assert.ok(!JSON.stringify(await recorded.of(secret)).includes('hidden'));
  const stranger = await ask(server, 'GET', '/apis', { headers: { authorization: 'Bearer wrong' } });
  assert.equal(stranger.status, 401);
  assert.deepEqual((await recorded.of(stranger, 1)).map(({ stage, user, responseStatus }) => [stage, user, responseStatus]), [['ResponseStarted', {}, { metadata: {}, status: 'Failure', message: 'Authentication failed, attempted: bearer', reason: 'Unauthorized', code: 401 }]]);
  const hasty = await ask(server, 'GET', '/apis?timeout=never', { headers: { authorization: 'Bearer wrong' } });
  assert.equal(hasty.status, 400);
  assert.match(((await recorded.of(hasty, 1))[0]?.responseStatus as { message: string } | undefined)?.message ?? '', /^invalid timeout specified in the request URL - /);
  const none = await ask(server, 'GET', '/api/v1/namespaces/default/configmaps/none');
  assert.deepEqual((await recorded.of(none)).at(-1)?.responseStatus, { metadata: {}, status: 'Failure', message: 'configmaps "none" not found', reason: 'NotFound', details: { name: 'none', kind: 'configmaps' }, code: 404 });
});

for (const { headers, expected } of [
  { headers: { 'x-forwarded-for': '10.1.1.1, unknown,10.1.1.2', 'x-real-ip': '10.1.1.1' }, expected: ['10.1.1.1', '10.1.1.2', '127.0.0.1'] },
  { headers: { 'x-real-ip': '10.1.1.3' }, expected: ['10.1.1.3', '127.0.0.1'] },
  { headers: { 'x-forwarded-for': '10.1.1.1:80', 'x-real-ip': 'me' }, expected: ['127.0.0.1'] },
  { headers: { 'x-forwarded-for': '127.0.0.1, 10.1.1.1' }, expected: ['127.0.0.1', '10.1.1.1', '127.0.0.1'] },
  { headers: { 'x-forwarded-for': '10.1.1.1, 127.0.0.1' }, expected: ['10.1.1.1', '127.0.0.1'] },
] as { headers: Record<string, string>; expected: string[] }[]) test(`the addresses of ${JSON.stringify(headers)} are told, the peer's last`, async () => {
  const recorded = new Recorded();
  await using audit = new Auditor({ policy: POLICY, backends: [recorded], clock: new SystemClock() });
  await using server = await startTestServer({ audit });
  const asked = await ask(server, 'GET', '/version', { headers });
  assert.deepEqual((await recorded.of(asked))[0]?.sourceIPs, expected);
});

test('what components of the process do is recorded as theirs', async () => {
  const recorded = new Recorded();
  await using audit = new Auditor({ policy: POLICY, backends: [recorded], clock: new SystemClock() });
  await using server = await startTestServer({ audit });
  await using transport = server.server.transportFor({ ...admin, name: 'system:kube-scheduler' }, 'scheduler');
  const { signal } = new AbortController();
  await transport.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'x' } }, signal });
  const events = recorded.all.filter(({ user }) => (user as { username: string }).username === 'system:kube-scheduler');
  assert.deepEqual(events.map(({ stage, verb, userAgent }) => `${stage} ${verb} ${userAgent}`), ['RequestReceived create scheduler', 'ResponseComplete create scheduler']);
});

test('a slow request tells where its time went', async () => {
  const recorded = new Recorded();
  const clock = new SystemClock();
  let offsetMs = 0;
  const slow = { now: () => clock.now(), monotonic: () => clock.monotonic() + offsetMs, sleep: clock.sleep.bind(clock), after: clock.after.bind(clock) };
  await using audit = new Auditor({ policy: POLICY, backends: [recorded], clock: slow });
  const authorize = async (): Promise<{ decision: 'allow'; reason: string }> => {
    await Promise.resolve();
    offsetMs += 700;
    return { decision: 'allow', reason: '' };
  };
  await using server = await startTestServer({ audit, clock: slow, authorizers: [{ authorize }] });
  const asked = await ask(server, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  const { annotations = {} } = (await recorded.of(asked)).at(-1) ?? {};
  const layers = Object.keys(annotations).filter((key) => key.startsWith('apiserver.latency.k8s.io/')).map((key) => key.split('/')[1]);
  assert.deepEqual(layers, ['authentication', 'authorization', 'etcd', 'serialize-response-object', 'total']);
  assert.match(annotations['apiserver.latency.k8s.io/authorization'] ?? '', /^7\d\d(?:\.\d+)?ms$/);
});

test('a request that could not be recorded is refused where that is asked for', async () => {
  let isBroken = false;
  const backend = { write: () => Promise.resolve(!isBroken), holdsAnswers: true, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using audit = new Auditor({ policy: POLICY, backends: [backend], clock: new SystemClock() });
  await using server = await startTestServer({ audit });
  assert.equal((await ask(server, 'GET', '/api/v1/namespaces')).status, 200);
  isBroken = true;
  assert.equal((await ask(server, 'GET', '/api/v1/namespaces')).status, 500);
  assert.equal((await ask(server, 'GET', '/livez')).status, 200);
  assert.match(audit.metrics.text(), /apiserver_audit_requests_rejected_total 1\n/);
});
