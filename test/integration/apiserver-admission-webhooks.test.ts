import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ConfigMap } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { MutatingAdmissionWebhook } from '../../src/apiserver/admission/webhook/mutating-admission-webhook.ts';
import { ValidatingAdmissionWebhook } from '../../src/apiserver/admission/webhook/validating-admission-webhook.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';
import { type Asked, putEndpoint, webhookTools, WebhookServer } from '../support/webhook-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
let server: TestServer;
let client: Client;
let hook: WebhookServer;
/** Lets the administrator break glass, and nobody else. Answers late, as a webhook would. */
const authorizer: Authorizer = { authorize: async ({ verb, user }) => ({ decision: verb === 'break-glass' && user.name === 'admin' ? 'allow' : 'no opinion', reason: '' }) };
const tools = { ...webhookTools(() => server.server), authorizer };

before(async () => {
  hook = await new WebhookServer(['hook.ns.svc']).start();
  server = await startTestServer({ admission: [new MutatingAdmissionWebhook(tools), new ValidatingAdmissionWebhook(tools)], metrics: [tools.metrics] });
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns', labels: { team: 'a' } } } as never, { signal });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  tools.client[Symbol.dispose]();
});
afterEach(async () => {
  hook.asked.length = 0;
  await client.resource(refs.validatingWebhookConfigurations).deleteCollection({ signal });
  await client.resource(refs.mutatingWebhookConfigurations).deleteCollection({ signal });
  await client.resource(refs.configMaps, 'ns').deleteCollection({ signal });
});

const CONFIG_MAPS = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };

function webhook(change: object = {}, path = '/hook'): object {
  return { name: 'h.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: hook.url(path), caBundle: hook.caBundle }, rules: [CONFIG_MAPS], timeoutSeconds: 30, ...change };
}

async function validating(change: object = {}, name = 'v'): Promise<void> {
  await client.resource(refs.validatingWebhookConfigurations).create({ metadata: { name }, webhooks: [webhook(change)] } as never, { signal });
}

async function mutating(webhooks: object[], name = 'm'): Promise<void> {
  await client.resource(refs.mutatingWebhookConfigurations).create({ metadata: { name }, webhooks } as never, { signal });
}

function allow({ review }: Asked, response: object = {}): object {
  return { apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, allowed: true, ...response } };
}

function patching(asked: Asked, patch: object[]): object {
  return allow(asked, { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') });
}

function configMap(name: string, data: Record<string, string> = {}): Promise<ConfigMap> {
  return client.resource(refs.configMaps, 'ns').create({ metadata: { name }, data } as never, { signal }) as Promise<ConfigMap>;
}

const refusal = (code: number, message: string | RegExp) => (error: unknown) => {
  assert.ok(StatusError.is(error));
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.code, code);
  return true;
};

test('a webhook sees the request and its refusal is told', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false, status: { message: 'no, thank you', reason: 'NotNow', code: 418 } });
  await validating();
  await assert.rejects(configMap('a', { k: 'v' }), refusal(418, 'admission webhook "h.example.com" denied the request: no, thank you'));
  const { request } = hook.asked[0]?.review ?? {};
  assert.equal(hook.asked[0]?.path, '/hook?timeout=30s');
  assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'ConfigMap' });
  assert.deepEqual(request.resource, { group: '', version: 'v1', resource: 'configmaps' });
  assert.equal(request.operation, 'CREATE');
  assert.equal(request.namespace, 'ns');
  assert.equal(request.userInfo.username, 'admin');
  assert.deepEqual(request.object.data, { k: 'v' });
  assert.equal(request.oldObject, null);
  assert.equal(request.options.kind, 'CreateOptions');
});

test('a refusal without words is a 400 without explanation', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false });
  await validating();
  await assert.rejects(configMap('a'), refusal(400, 'admission webhook "h.example.com" denied the request without explanation'));
});

test('updates, deletes and their old objects are judged', async () => {
  hook.behaviour = (asked) => allow(asked);
  await configMap('a', { k: '1' });
  await validating();
  await client.resource(refs.configMaps, 'ns').patch('a', { type: 'merge', patch: { data: { k: '2' } } }, { signal });
  hook.behaviour = (asked) => allow(asked, { allowed: asked.review.request.operation !== 'DELETE' });
  await assert.rejects(client.resource(refs.configMaps, 'ns').delete('a', { signal }), refusal(400, /denied the request/));
  assert.deepEqual(hook.asked.map(({ review }) => [review.request.operation, review.request.oldObject.data.k, review.request.object?.data.k]), [['UPDATE', '1', '2'], ['DELETE', '2', undefined]]);
  hook.behaviour = (asked) => allow(asked);
});

test('webhooks change objects one after the other, in the order of names', async () => {
  hook.behaviour = (asked) => {
    const { data = {} } = asked.review.request.object;
    if (asked.path.startsWith('/first')) return patching(asked, [{ op: 'add', path: '/data', value: { ...data, first: 'yes' } }]);
    return patching(asked, 'first' in data ? [{ op: 'add', path: '/data/second', value: 'yes' }] : []);
  };
  await mutating([webhook({ name: 'second.example.com' }, '/second')], 'b');
  await mutating([webhook({ name: 'first.example.com' }, '/first')], 'a');
  assert.deepEqual((await configMap('a', { k: 'v' })).data, { k: 'v', first: 'yes', second: 'yes' });
});

test('a webhook that asks for it is called again when a later one changed the object', async () => {
  hook.behaviour = (asked) => (asked.path.startsWith('/later') ? patching(asked, [{ op: 'add', path: '/data/later', value: 'yes' }]) : patching(asked, [{ op: 'add', path: '/data/seen', value: Object.keys(asked.review.request.object.data).join() }]));
  await mutating([webhook({ name: 'early.example.com', reinvocationPolicy: 'IfNeeded' }, '/early'), webhook({ name: 'later.example.com' }, '/later')]);
  const { data } = await configMap('a', { k: 'v' });
  assert.match(data?.['seen'] ?? '', /later/);
  assert.deepEqual(hook.asked.map(({ path }) => path.split('?')[0]), ['/early', '/later', '/early']);
});

test('what a webhook adds gets its defaults, and is validated', async () => {
  const pods = { ...CONFIG_MAPS, resources: ['pods'] };
  hook.behaviour = (asked) => patching(asked, [{ op: 'add', path: '/spec/initContainers', value: [{ name: asked.review.request.name === 'bad' ? 'NO' : 'init', image: 'i' }] }]);
  await mutating([webhook({ rules: [pods] })]);
  const create = (name: string) => client.resource(refs.pods, 'ns').create({ metadata: { name }, spec: { containers: [{ name: 'main', image: 'i' }] } } as never, { signal });
  assert.equal((await create('good')).spec.initContainers?.[0]?.terminationMessagePolicy, 'File');
  await assert.rejects(create('bad'), refusal(422, /spec.initContainers\[0\].name: Invalid value: "NO"/));
});

test('selectors and match conditions keep requests away', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false });
  await validating({ namespaceSelector: { matchLabels: { team: 'b' } } }, 'namespace');
  await validating({ objectSelector: { matchLabels: { judged: 'yes' } } }, 'object');
  await validating({ matchConditions: [{ name: 'only-b', expression: 'object.metadata.name.startsWith("b")' }] }, 'condition');
  await configMap('a');
  await assert.rejects(configMap('b'), refusal(400, /denied/));
  await assert.rejects(client.resource(refs.configMaps, 'ns').patch('a', { type: 'merge', patch: { metadata: { labels: { judged: 'yes' } } } }, { signal }), refusal(400, /denied/));
});

test('conditions may ask what the user may do', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false });
  await validating({ matchConditions: [{ name: 'not-glass', expression: "!authorizer.group('').resource('configmaps').check('break-glass').allowed()" }] });
  await configMap('a');
  await client.resource(refs.validatingWebhookConfigurations).delete('v', { signal });
  await validating({ matchConditions: [{ name: 'not-mine', expression: "!authorizer.requestResource.check('own').allowed()" }] });
  await assert.rejects(configMap('b'), refusal(400, /denied/));
});

test('a condition that does not compile is refused when it is written', async () => {
  await assert.rejects(validating({ matchConditions: [{ name: 'bad', expression: '... [] bad expression' }] }), refusal(422, /compilation failed/));
});

test('a condition that cannot be evaluated refuses, unless the webhook may fail', async () => {
  hook.behaviour = (asked) => allow(asked);
  const broken = { matchConditions: [{ name: 'broken', expression: 'object.spec.replicas > 1' }] };
  await validating({ ...broken, failurePolicy: 'Ignore' });
  await configMap('a');
  await validating(broken, 'fails');
  await assert.rejects(configMap('b'), (error) => StatusError.is(error) && error.code === 403);
  assert.equal(hook.asked.length, 0);
});

test('a webhook for another version of the resource sees that version', async () => {
  hook.behaviour = (asked) => allow(asked);
  await validating({ rules: [{ ...CONFIG_MAPS, apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] }] });
  const spec = { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 3, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] };
  await client.resource(refs.horizontalPodAutoscalers, 'ns').create({ metadata: { name: 'h' }, spec } as never, { signal });
  const { request } = hook.asked[0]?.review ?? {};
  assert.equal(request.object.apiVersion, 'autoscaling/v1');
  assert.equal(request.object.spec.targetCPUUtilizationPercentage, 50);
  assert.deepEqual([request.resource.version, request.requestResource.version], ['v1', 'v2']);
});

test('webhooks by service are dialled at the pod, under the name of the service', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false });
  const clientConfig = { service: { name: 'hook', namespace: 'ns', path: '/by-service', port: 8443 }, caBundle: hook.caBundle };
  await validating({ clientConfig });
  await assert.rejects(configMap('a'), refusal(500, 'Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post "https://hook.ns.svc:8443/by-service?timeout=30s": service "hook" not found'));
  await client.resource(refs.services, 'ns').create({ metadata: { name: 'hook' }, spec: { ports: [{ port: 8443, name: 'https' }] } } as never, { signal });
  await assert.rejects(configMap('a'), refusal(500, /: no endpoints available for service "hook"$/));
  await putEndpoint(server.server, { namespace: 'ns', name: 'hook', portName: 'https', port: hook.port });
  await assert.rejects(configMap('a'), refusal(400, /denied the request/));
  assert.equal(hook.asked[0]?.path, '/by-service?timeout=30s');
});

for (const { name, behaviour, message } of [
  { name: 'an answer of another uid', behaviour: (asked: Asked) => ({ ...allow(asked), response: { uid: 'other', allowed: true } }), message: /: received invalid webhook response: expected response.uid="[-0-9a-f]+", got "other"$/ },
  { name: 'an answer of another kind', behaviour: () => ({ apiVersion: 'v1', kind: 'Pod', response: {} }), message: /expected webhook response of admission.k8s.io\/v1, Kind=AdmissionReview, got v1, Kind=Pod$/ },
  { name: 'no answer in it', behaviour: () => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }), message: /: webhook response was absent$/ },
  { name: 'a patch from one that only judges', behaviour: (asked: Asked) => allow(asked, { patch: 'W10=' }), message: /: validating webhook may not return response.patch$/ },
  { name: 'a refusal by HTTP', behaviour: () => ({ status: 404, body: 'nope' }), message: /: failed to call webhook: the server could not find the requested resource$/ },
  { name: 'an error by HTTP', behaviour: () => ({ status: 500, body: 'broken' }), message: /: failed to call webhook: an error on the server \("broken"\) has prevented the request from succeeding$/ },
]) test(`${name} is a failed call, which the policy may ignore`, async () => {
  hook.behaviour = behaviour;
  await validating({ failurePolicy: 'Ignore' });
  await configMap('a');
  await validating({ failurePolicy: 'Fail' }, 'fails');
  await assert.rejects(configMap('b'), refusal(500, message));
});

test('a webhook that is late, unknown or unreachable has failed', async () => {
  hook.behaviour = () => new Promise<object>(() => undefined);
  await validating({ timeoutSeconds: 1 });
  await assert.rejects(configMap('a'), refusal(500, `Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post ${JSON.stringify(`${hook.url('/hook')}?timeout=1s`)}: context deadline exceeded`));
  await client.resource(refs.validatingWebhookConfigurations).delete('v', { signal });
  await validating({ clientConfig: { url: hook.url('/') } });
  await assert.rejects(configMap('a'), refusal(500, /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/));
  await client.resource(refs.validatingWebhookConfigurations).delete('v', { signal });
  await validating({ clientConfig: { url: 'https://127.0.0.1:1/x' } });
  await assert.rejects(configMap('a'), refusal(500, 'Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused'));
});

test('the server is not sent to itself', async () => {
  await validating({ clientConfig: { url: `${server.url}/x` } });
  await assert.rejects(configMap('a'), refusal(500, /address 127.0.0.1 not allowed: the server itself/));
});

test('a dry run asks only webhooks without side effects', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: asked.review.request.dryRun });
  await validating({ sideEffects: 'NoneOnDryRun' });
  await client.resource(refs.configMaps, 'ns').create({ metadata: { name: 'dry' } } as never, { signal, dryRun: true } as never);
  assert.equal(hook.asked[0]?.review.request.dryRun, true);
});

test('what configures admission is not judged, and changes count at once', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false });
  await validating({ rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] });
  await assert.rejects(configMap('a'), refusal(400, /denied/));
  await client.resource(refs.validatingWebhookConfigurations).patch('v', { type: 'json', patch: [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['UPDATE'] }] }, { signal });
  await configMap('a');
});

test('connects are judged: to a pod, and through the proxy', async () => {
  hook.behaviour = (asked) => allow(asked, { allowed: false, status: { message: asked.review.request.kind.kind } });
  await client.resource(refs.pods, 'ns').create({ metadata: { name: 'p' }, spec: { containers: [{ name: 'main', image: 'i' }] } } as never, { signal });
  await validating({ rules: [{ ...CONFIG_MAPS, operations: ['CONNECT'], resources: ['pods/*', 'services/proxy'] }] });
  for (const { path, kind } of [{ path: 'pods/p/attach?stdin=true&container=main', kind: 'PodAttachOptions' }, { path: 'pods/p/exec?command=id&stdout=True', kind: 'PodExecOptions' }, { path: 'pods/none/portforward?ports=80', kind: 'PodPortForwardOptions' }, { path: 'pods/p/proxy/x', kind: 'PodProxyOptions' }, { path: 'services/s/proxy', kind: 'ServiceProxyOptions' }]) {
    const [at = '', text = ''] = path.split('?');
    const { status, body } = await client.transport.send({ method: 'GET', path: `/api/v1/namespaces/ns/${at}`, query: Object.fromEntries(new URLSearchParams(text)), signal });
    assert.equal(status, 400);
    assert.equal((body as { message: string }).message, `admission webhook "h.example.com" denied the request: ${kind}`);
  }
  assert.deepEqual(hook.asked.map(({ review: { request } }) => [request.object, request.options]), [
    [{ kind: 'PodAttachOptions', apiVersion: 'v1', stdin: true, container: 'main' }, null], [{ kind: 'PodExecOptions', apiVersion: 'v1', stdout: true, command: ['id'] }, null],
    [{ kind: 'PodPortForwardOptions', apiVersion: 'v1', ports: [80] }, null], [{ kind: 'PodProxyOptions', apiVersion: 'v1', path: '/x' }, null], [{ kind: 'ServiceProxyOptions', apiVersion: 'v1' }, null],
  ]);
});

test('connections are kept, warnings reach the client, calls are counted', async () => {
  hook.behaviour = (asked) => allow(asked, { warnings: ['careful'] });
  await validating();
  await configMap('a');
  const made = hook.connections;
  for (const name of ['b', 'c', 'd']) await configMap(name);
  assert.equal(hook.connections, made);
  const answer = await client.transport.send({ method: 'POST', path: '/api/v1/namespaces/ns/configmaps', body: { metadata: { name: 'e' } }, signal });
  assert.equal(answer.headers['warning'], '299 - "careful"');
  assert.match(tools.metrics.text(), /apiserver_admission_webhook_request_total\{code="200",name="h\.example\.com",operation="CREATE",rejected="false",type="validating"\} \d+/);
});
