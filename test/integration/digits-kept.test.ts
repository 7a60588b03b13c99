/** Whole numbers beyond 2^53 outside the custom resources themselves: in definitions, managed fields, the audit log, and what webhooks are shown and answer. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MutatingAdmissionPolicies } from '../../src/apiserver/admission/policies/mutating-admission-policies.ts';
import { MutatingAdmissionWebhook } from '../../src/apiserver/admission/webhook/mutating-admission-webhook.ts';
import { Auditor } from '../../src/apiserver/audit/auditor.ts';
import { LogSink } from '../../src/apiserver/audit/log-sink.ts';
import { AuditPolicy } from '../../src/apiserver/audit/policy.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { askText } from '../support/text-client.ts';
import { until } from '../support/until.ts';
import { webhookTools, WebhookServer } from '../support/webhook-server.ts';

const LARGE = '1732732800123456789';
/** As a double, the same. */
const NEAR = '1732732800123456787';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CLOCKS = '/apis/example.com/v1/clocks';
const YAML = { 'content-type': 'application/yaml' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

const folder = mkdtempSync(join(tmpdir(), 'kubets-digits-'));
const clock = new SystemClock();
const sink = new LogSink({ path: join(folder, 'audit.log'), format: 'json', maxAgeDays: 0, maxBackups: 0, maxSizeMegabytes: 0, compress: false, clock, logger: silentLogger });
const audit = new Auditor({
  clock, policy: AuditPolicy.parse('{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: RequestResponse, resources: [{group: example.com}], omitManagedFields: true}, {level: None}]}'),
  backends: [{
    write: (event) => {
      sink.send([event]);
      return true;
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  }],
});
const nobody: Authorizer = { authorize: () => ({ decision: 'no opinion', reason: '' }) };
const tools = { ...webhookTools(() => server.server), authorizer: nobody };
let server: TestServer;
let hook: WebhookServer;

const ask = (call: string, body?: string, headers?: Readonly<Record<string, string>>): ReturnType<typeof askText> => askText(server, call, body, headers);

async function must(call: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const answer = await ask(call, body, headers);
  assert.ok(answer.code < 300, `${call}: ${answer.body}`);
  return answer.body;
}

function holds(text: string, ...parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `${part} in ${text}`);
}

before(async () => {
  hook = await new WebhookServer().start();
  server = await startTestServer({ audit, admission: [new MutatingAdmissionPolicies(tools), new MutatingAdmissionWebhook(tools)] });
  const properties = `{"start":{"type":"integer","format":"int64","default":${LARGE}},"step":{"type":"integer","enum":[1,${LARGE}]},"marks":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"integer"}}}`;
  const names = '{"plural":"clocks","singular":"clock","kind":"Clock","listKind":"ClockList"}';
  const version = `{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":${properties}}}}`;
  await must(`POST ${DEFINITIONS}`, `{"metadata":{"name":"clocks.example.com"},"spec":{"group":"example.com","scope":"Cluster","names":${names},"versions":[${version}]}}`);
  await until('the kind is served', async () => (await ask(`GET ${CLOCKS}`)).code === 200);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  tools.client[Symbol.dispose]();
  await audit[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a definition keeps the digits of its defaults and enumerations, whatever is changed of it, and its objects get them', async () => {
  await must(`PATCH ${DEFINITIONS}/clocks.example.com`, '{"metadata":{"labels":{"a":"b"}}}', { 'content-type': 'application/merge-patch+json' });
  holds(await must(`GET ${DEFINITIONS}/clocks.example.com`), `"default":${LARGE}`, `"enum":[1,${LARGE}]`, '"a":"b"');
  holds(await must(`POST ${CLOCKS}`, `{"apiVersion":"example.com/v1","kind":"Clock","metadata":{"name":"defaulted"},"step":${LARGE}}`), `"start":${LARGE}`, `"step":${LARGE}`);
  const refused = await ask(`POST ${CLOCKS}`, `{"apiVersion":"example.com/v1","kind":"Clock","metadata":{"name":"near"},"step":${NEAR}}`);
  assert.equal(refused.code, 422, refused.body);
  holds(refused.body, String.raw`step: Unsupported value: ${NEAR}: supported values: \"1\", \"${LARGE}\"`);
});

test('OpenAPI tells them', async () => {
  holds(await must('GET /openapi/v3/apis/example.com/v1'), `"default":${LARGE}`, `"enum":[1,${LARGE}]`);
  holds(await must('GET /openapi/v2'), `"enum":[1,${LARGE}]`);
});

test('elements of sets that are the same as doubles have owners of their own', async () => {
  const applied = (manager: string, mark: string): Promise<string> => must(`PATCH ${CLOCKS}/set?fieldManager=${manager}`, `{apiVersion: example.com/v1, kind: Clock, metadata: {name: set}, marks: [${mark}]}`, APPLY);
  await applied('one', LARGE);
  holds(await applied('two', NEAR), `"marks":[${LARGE},${NEAR}]`, `"v:${LARGE}":{}`, `"v:${NEAR}":{}`);
  holds(await must(`PATCH ${CLOCKS}/set?fieldManager=one`, '{apiVersion: example.com/v1, kind: Clock, metadata: {name: set}}', APPLY), `"marks":[${NEAR}]`);
});

test('data of ControllerRevisions is kept as it came', async () => {
  await must('POST /api/v1/namespaces', '{"metadata":{"name":"n"}}');
  const path = '/apis/apps/v1/namespaces/n/controllerrevisions';
  holds(await must(`POST ${path}`, `metadata: {name: r}\nrevision: 1\ndata: {time: ${LARGE}}\n`, YAML), `"data":{"time":${LARGE}}`, '"revision":1');
  holds(await must(`GET ${path}/r`, undefined, { accept: 'application/yaml' }), `time: ${LARGE}`);
});

test('a webhook is shown all digits, and its patch keeps its own', async () => {
  const seen: string[] = [];
  hook.behaviour = ({ review, body }) => {
    seen.push(body);
    const patch = Buffer.from(`[{"op":"add","path":"/start","value":${NEAR}}]`).toString('base64');
    return { ...review, response: { uid: review.request.uid, allowed: true, patchType: 'JSONPatch', patch } };
  };
  const rules = [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['clocks'] }];
  const webhooks = [{ name: 'h.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: hook.url('/'), caBundle: hook.caBundle }, rules, reinvocationPolicy: 'IfNeeded' }];
  await must('POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', JSON.stringify({ metadata: { name: 'h' }, webhooks }));
  const made = await must(`POST ${CLOCKS}`, `{"apiVersion":"example.com/v1","kind":"Clock","metadata":{"name":"hooked"},"step":${LARGE}}`);
  holds(made, `"step":${LARGE}`, `"start":${NEAR}`);
  holds(seen[0] ?? '', `"step":${LARGE}`, `"start":${LARGE}`);
  await must('DELETE /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/h');
});

test('a policy reckons with all digits', async () => {
  const resourceRules = [{ operations: ['CREATE'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['clocks'] }];
  const mutations = [{ patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/start', value: object.step - 2}]" } }];
  const group = '/apis/admissionregistration.k8s.io/v1';
  await must(`POST ${group}/mutatingadmissionpolicies`, JSON.stringify({ metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules }, reinvocationPolicy: 'Never', failurePolicy: 'Fail', mutations } }));
  await must(`POST ${group}/mutatingadmissionpolicybindings`, '{"metadata":{"name":"b"},"spec":{"policyName":"p"}}');
  holds(await must(`POST ${CLOCKS}`, `{"apiVersion":"example.com/v1","kind":"Clock","metadata":{"name":"reckoned"},"step":${LARGE}}`), `"step":${LARGE}`, `"start":${NEAR}`);
  await must(`DELETE ${group}/mutatingadmissionpolicybindings/b`);
});

test('the audit log tells requests and answers to the digit', async () => {
  await must(`POST ${CLOCKS}`, `{"apiVersion":"example.com/v1","kind":"Clock","metadata":{"name":"audited"},"start":${NEAR}}`);
  const lines = await until('it is logged', async () => readFileSync(join(folder, 'audit.log'), 'utf8').split('\n').filter((line) => line.includes('"ResponseComplete"') && line.includes('"name":"audited"'))[0]);
  assert.equal(lines.match(new RegExp(`"start":${NEAR}`, 'g'))?.length, 2, lines);
});
