import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { dump } from 'js-yaml';
import * as refs from '../../src/api/refs.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { admissionPlugins } from '../../src/apiserver/admission/default-plugins.ts';
import type { PluginConfiguration } from '../../src/apiserver/admission/plugin-configuration.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';
import { type Asked, webhookTools, WebhookServer } from '../support/webhook-server.ts';

const { signal } = new AbortController();
const clock = new SystemClock();
const folder = mkdtempSync(join(tmpdir(), 'kubets-webhook-users-'));
const tools = webhookTools(() => server.server);
let server: TestServer;
let client: Client;
let hook: WebhookServer;
let other: WebhookServer;

const allow = ({ review }: Asked): object => ({ apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, allowed: true } });
const configuration = (value: object): PluginConfiguration => ({ value, folder });
const webhookAdmission = (kubeConfigFile: string): PluginConfiguration => configuration({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile });

function kubeconfig(name: string, users: Readonly<Record<string, object>>): string {
  const file = join(folder, name);
  writeFileSync(file, dump({ apiVersion: 'v1', kind: 'Config', users: Object.entries(users).map(([target, user]) => ({ name: target, user })) }));
  return file;
}

function pluginsWith(configurations: ReadonlyMap<string, PluginConfiguration>): ReturnType<typeof admissionPlugins> {
  const authorizer = { authorize: async () => ({ decision: 'allow' as const, reason: '' }) };
  return admissionPlugins({ objects: tools.objects, clock, random: tools.random, writeQuotaStatus: async () => undefined, authorizer, webhooks: tools }, { configurations, disable: ['ServiceAccount'] });
}

before(async () => {
  hook = await new WebhookServer().start();
  other = await new WebhookServer().start();
  const { certificatePem, keyPem } = hook.clientCertificate('the-apiserver');
  writeFileSync(join(folder, 'client.pem'), certificatePem);
  const judges = kubeconfig('judges', { [`127.0.0.1:${hook.port}`]: { 'client-certificate': 'client.pem', 'client-key-data': Buffer.from(keyPem).toString('base64'), token: 'secret' }, '*': { username: 'u', password: 'p' } });
  const mutates = kubeconfig('mutates', { '*.0.0.1': { token: 'wrong' } });
  server = await startTestServer({ admission: pluginsWith(new Map([['ValidatingAdmissionWebhook', webhookAdmission(judges)], ['MutatingAdmissionWebhook', webhookAdmission(mutates)]])) });
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  tools.client[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  hook.asked.length = 0;
  other.asked.length = 0;
  await client.resource(refs.validatingWebhookConfigurations).deleteCollection({ signal });
  await client.resource(refs.mutatingWebhookConfigurations).deleteCollection({ signal });
});

const webhook = (clientConfig: object): object => ({ name: 'h.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig, rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }], timeoutSeconds: 10 });
const at = (server: WebhookServer, path = '/'): object => ({ url: server.url(path), caBundle: server.caBundle });

async function configure(ref: typeof refs.validatingWebhookConfigurations | typeof refs.mutatingWebhookConfigurations, clientConfig: object): Promise<void> {
  await client.resource(ref as typeof refs.validatingWebhookConfigurations).create({ metadata: { name: 'v' }, webhooks: [webhook(clientConfig)] } as never, { signal });
}

let made = 0;
const create = (): Promise<unknown> => client.resource(refs.configMaps, 'ns').create({ metadata: { name: `made-${made++}` } } as never, { signal });

test('a webhook is shown the certificate and the token of the user that is named after it', async () => {
  hook.behaviour = allow;
  await configure(refs.validatingWebhookConfigurations, at(hook));
  await create();
  assert.deepEqual([hook.asked[0]?.certificateOf, hook.asked[0]?.headers.authorization, hook.asked[0]?.headers['user-agent']], ['the-apiserver', 'Bearer secret', 'kube-apiserver-admission']);
});

test('another is shown the name and the password of everyone, and webhooks that change objects have users of their own', async () => {
  other.behaviour = allow;
  await configure(refs.validatingWebhookConfigurations, at(other));
  await configure(refs.mutatingWebhookConfigurations, at(other));
  await create();
  assert.deepEqual(other.asked.map(({ headers, certificateOf }) => [headers.authorization, certificateOf]), [[undefined, undefined], [`Basic ${Buffer.from('u:p').toString('base64')}`, undefined]]);
});

test('a webhook may send the server on, with what it was sent', async () => {
  await configure(refs.validatingWebhookConfigurations, at(hook));
  hook.behaviour = (asked) => (asked.path.startsWith('/there') ? allow(asked) : { status: 307, body: '', headers: { location: '/there' } });
  await create();
  assert.deepEqual(hook.asked.map(({ path, review, headers }) => [path, review.kind, headers.authorization]), [['/?timeout=10s', 'AdmissionReview', 'Bearer secret'], ['/there', 'AdmissionReview', 'Bearer secret']]);
});

test('round and round is a failed call', async () => {
  hook.behaviour = () => ({ status: 302, body: '', headers: { location: '/' } });
  await configure(refs.validatingWebhookConfigurations, at(hook));
  await assert.rejects(create(), (error) => StatusError.is(error) && error.message === `Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: Post ${JSON.stringify(hook.url('/'))}: stopped after 10 redirects`);
});

test('the server is not sent to itself on a webhook\'s word', async () => {
  hook.behaviour = () => ({ status: 307, body: '', headers: { location: `${server.url}/api` } });
  await configure(refs.validatingWebhookConfigurations, at(hook));
  await assert.rejects(create(), /address 127\.0\.0\.1 not allowed: the server itself/);
});

test('a webhook that is an API of this cluster is asked as the server itself', async () => {
  await configure(refs.validatingWebhookConfigurations, { service: { namespace: 'default', name: 'kubernetes', path: '/apis/admission.example.com/v1/reviews' } });
  await assert.rejects(create(), (error) => StatusError.is(error) && error.message === 'Internal error occurred: failed calling webhook "h.example.com": failed to call webhook: the server could not find the requested resource');
});

for (const { name, value, why } of [
  { name: 'a relative path', value: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile: 'a' }, why: /^RangeError: --admission-control-config-file: plugin ValidatingAdmissionWebhook: kubeConfigFile: Invalid value: "a": must be an absolute file path$/ },
  { name: 'a file that is not there', value: { apiVersion: 'apiserver.config.k8s.io/v1alpha1', kind: 'WebhookAdmission', kubeConfigFile: '/nowhere/x' }, why: /unable to read \/nowhere\/x/ },
  { name: 'another kind', value: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmission', kubeConfigFile: '/x' }, why: /expected kind WebhookAdmissionConfiguration/ },
  { name: 'manifests on disk', value: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', staticManifestsDir: '/x' }, why: /staticManifestsDir: Forbidden/ },
]) test(`refuses ${name}`, () => assert.throws(() => pluginsWith(new Map([['ValidatingAdmissionWebhook', configuration(value)]])), why));
