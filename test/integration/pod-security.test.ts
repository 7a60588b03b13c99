/** Pod Security: what namespaces are told of the pods in them, what is warned of, and what the audit log says. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PodSecurity } from '../../src/apiserver/admission/plugins/pod-security.ts';
import { Auditor } from '../../src/apiserver/audit/auditor.ts';
import type { AuditEvent } from '../../src/apiserver/audit/event.ts';
import { AuditPolicy } from '../../src/apiserver/audit/policy.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { type Answer, JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const events: AuditEvent[] = [];
const audit = new Auditor({
  clock: new SystemClock(), policy: AuditPolicy.parse('{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}'),
  backends: [{ write: (event) => events.push(structuredClone(event)) > 0, [Symbol.asyncDispose]: () => Promise.resolve() }],
});
const configuration = {
  folder: '/', value: {
    apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration', defaults: { audit: 'baseline' }, exemptions: { namespaces: ['exempt'], runtimeClasses: ['vm'] },
  },
};
let running: TestServer;
let plugin: PodSecurity;
let api: JsonClient;

const pod = (name: string, spec: object = {}, owner?: string): object => ({
  metadata: { name, ...(owner && { ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: owner, uid: owner, controller: true }] }) }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const labels = (of: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(of).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));

let lastId: string | undefined;

async function asked(ask: string, body: object): Promise<Answer> {
  const answer = await api.ask(ask, body);
  lastId = String(answer.headers['audit-id']);
  return answer;
}

async function warningsOf(ask: string, body: object): Promise<string[]> {
  const { status, headers, body: answer } = await asked(ask, body);
  assert.ok(status < 300, JSON.stringify(answer));
  return [...String(headers['warning'] ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll('\\"', '"'));
}

/** Of what was asked last; its last event is told once the answer has gone out. */
async function annotationsOfLast(): Promise<Record<string, string>> {
  const { annotations = {} } = await until('its last event', async () => events.find(({ stage, auditID }) => stage === 'ResponseComplete' && auditID === lastId));
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith('pod-security.')).map(([key, value]) => [key.slice('pod-security.kubernetes.io/'.length), value]));
}

before(async () => {
  plugin = new PodSecurity(() => new CachedObjects(running.server.cacher), configuration);
  running = await startTestServer({ audit, admission: [plugin] });
  api = new JsonClient(running.server.port);
  for (const name of ['ns', 'exempt', 'strict']) await api.must('POST /api/v1/namespaces', { metadata: { name } });
});

after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
  await audit[Symbol.asyncDispose]();
});

test('a stricter namespace tells of the pods that it would not have let in, together where they break it in the same way', async () => {
  for (const name of ['b', 'a', 'c']) await api.must('POST /api/v1/namespaces/ns/pods', pod(name, { hostNetwork: true }, 'rc'));
  await api.must('POST /api/v1/namespaces/ns/pods', pod('z', { hostPID: true, volumes: [{ name: 'h', hostPath: { path: '/' } }] }));
  await api.must('POST /api/v1/namespaces/ns/pods', pod('in-a-vm', { hostIPC: true, runtimeClassName: 'vm' }));
  await api.must('POST /api/v1/namespaces/ns/pods', pod('plain'));
  const expected = ['existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"', 'a (and 2 other pods): host namespaces', 'z: host namespaces, hostPath volumes'];
  assert.deepEqual(await warningsOf('PATCH /api/v1/namespaces/ns?dryRun=All', { metadata: { labels: labels({ enforce: 'baseline' }) } }), expected);
  assert.deepEqual(await warningsOf('PATCH /api/v1/namespaces/ns', { metadata: { labels: labels({ enforce: 'baseline' }) } }), expected);
  assert.deepEqual(await warningsOf('PATCH /api/v1/namespaces/ns', { metadata: { labels: { other: 'label' } } }), []);
  assert.deepEqual(await warningsOf('PATCH /api/v1/namespaces/ns', { metadata: { labels: labels({ enforce: 'privileged' }) } }), []);
});

test('an exempt namespace tells that its labels say nothing', async () => {
  const told = ['namespace "exempt" is exempt from Pod Security, and the policy (enforce=baseline:latest, warn=restricted:v1.30) will be ignored'];
  assert.deepEqual(await warningsOf('PATCH /api/v1/namespaces/exempt', { metadata: { labels: labels({ enforce: 'baseline', warn: 'restricted', 'warn-version': 'v1.30' }) } }), told);
  assert.deepEqual(await warningsOf('POST /api/v1/namespaces/exempt/pods', pod('p', { hostNetwork: true })), []);
  assert.deepEqual(await annotationsOfLast(), { exempt: 'namespace' });
});

test('what is refused in pods is warned of in what makes them, by version', async () => {
  await api.must('PATCH /api/v1/namespaces/strict', { metadata: { labels: labels({ enforce: 'baseline', 'enforce-version': 'v1.20' }) } });
  const template = { metadata: { labels: { a: 'b' } }, spec: { hostNetwork: true, containers: [{ name: 'c', image: 'i' }] } };
  const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
  assert.deepEqual(await warningsOf('POST /apis/apps/v1/namespaces/strict/deployments', deployment), ['would violate PodSecurity "baseline:v1.20": host namespaces (hostNetwork=true)']);
  assert.deepEqual(await annotationsOfLast(), { 'audit-violations': 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)' });
  const { status, body } = await asked('POST /api/v1/namespaces/strict/pods', pod('p', { hostNetwork: true }));
  assert.deepEqual([status, body.message], [403, 'pods "p" is forbidden: violates PodSecurity "baseline:v1.20": host namespaces (hostNetwork=true)']);
  assert.deepEqual(await annotationsOfLast(), { 'enforce-policy': 'baseline:v1.20', 'audit-violations': 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)' });
  assert.deepEqual(await warningsOf('POST /api/v1/namespaces/strict/pods', pod('vm', { hostNetwork: true, runtimeClassName: 'vm' })), []);
  assert.deepEqual(await annotationsOfLast(), { exempt: 'runtimeClass' });
  const metrics = plugin.metrics.text();
  assert.match(metrics, /pod_security_evaluations_total\{decision="deny",mode="enforce",policy_level="baseline",policy_version="v1\.20",request_operation="create",resource="pod",subresource=""\} 1\n/);
  assert.match(metrics, /pod_security_evaluations_total\{decision="deny",mode="warn",policy_level="baseline",policy_version="v1\.20",request_operation="create",resource="controller",subresource=""\} 1\n/);
  assert.match(metrics, /pod_security_exemptions_total\{request_operation="create",resource="pod",subresource=""\} [1-9]\n/);
});

test('updates of pods are judged where an image changes', async () => {
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'later' } });
  await api.must('POST /api/v1/namespaces/later/pods', pod('p', { hostNetwork: true, schedulingGates: [{ name: 'g.x/y' }] }));
  await api.must('PATCH /api/v1/namespaces/later', { metadata: { labels: labels({ enforce: 'baseline' }) } });
  await api.must('PATCH /api/v1/namespaces/later/pods/p', { spec: { schedulingGates: null } });
  assert.equal((await api.ask('PATCH /api/v1/namespaces/later/pods/p', { spec: { containers: [{ name: 'c', image: 'j' }] } })).status, 403);
});
