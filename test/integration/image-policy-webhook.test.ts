import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as refs from '../../src/api/refs.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { ImagePolicyWebhook } from '../../src/apiserver/admission/plugins/image-policy-webhook.ts';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { formatKubeconfig, makeKubeconfig } from '../../src/pki/index.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';
import { webhookTools, WebhookServer } from '../support/webhook-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'kubets-image-policy-'));
let server: TestServer;
let hook: WebhookServer;
let client: Client;
const tools = webhookTools(() => server.server);
let plugin: ImagePolicyWebhook | undefined;

function configured(imagePolicy: object): ImagePolicyWebhook {
  return new ImagePolicyWebhook({ client: tools.client, clock }, { value: { imagePolicy: { kubeConfigFile: 'webhook.conf', retryBackoff: 1, ...imagePolicy } }, folder });
}

/** The plugin of the moment: the server is made once. */
const current: AdmissionPlugin = { name: 'ImagePolicyWebhook', handles: (operation, attributes) => plugin?.handles(operation, attributes) ?? false, validate: (attributes) => plugin?.validate(attributes) };

before(async () => {
  hook = await new WebhookServer().start();
  const certificateAuthorityPem = Buffer.from(hook.caBundle, 'base64').toString();
  writeFileSync(join(folder, 'webhook.conf'), formatKubeconfig(makeKubeconfig({ name: 'policy', server: hook.url('/policy'), certificateAuthorityPem, credentials: { token: 'secret' } })));
  server = await startTestServer({ admission: [current] });
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  tools.client[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const create = (name: string, image: string): Promise<unknown> =>
  client.resource(refs.pods, 'ns').create({ metadata: { name, annotations: { 'break.image-policy.k8s.io/ticket': '7', other: 'x' } }, spec: { containers: [{ name: 'main', image }] } } as never, { signal });
const forbidden = (message: string | RegExp) => (error: unknown) => {
  assert.ok(StatusError.is(error) && error.code === 403);
  assert.match(error.message, typeof message === 'string' ? new RegExp(`^${message}$`) : message);
  return true;
};

test('images are shown to the backend, its word counts and is remembered', async () => {
  plugin = configured({});
  hook.behaviour = ({ review }) => ({ ...review, status: { allowed: review.spec.containers[0].image !== 'bad', reason: 'too old' } });
  await create('a', 'good');
  await create('b', 'good');
  assert.equal(hook.asked.length, 1);
  assert.deepEqual(hook.asked[0]?.review.spec, { containers: [{ image: 'good' }], annotations: { 'break.image-policy.k8s.io/ticket': '7' }, namespace: 'ns' });
  await assert.rejects(create('c', 'bad'), forbidden('pods "c" is forbidden: image policy webhook backend denied one or more images: too old'));
});

test('a backend that fails is asked again, then defaultAllow decides', async () => {
  hook.asked.length = 0;
  hook.behaviour = () => ({ status: 503, body: '' });
  plugin = configured({ defaultAllow: true });
  await create('d', 'unknown');
  assert.equal(hook.asked.length, 5);
  plugin = configured({});
  await assert.rejects(create('e', 'unknown'), forbidden(/^pods "e" is forbidden: the server is currently unable to handle the request$/));
});

test('a configuration that makes no sense is told', () => {
  assert.throws(() => new ImagePolicyWebhook({ client: tools.client, clock }, undefined), /it needs a configuration: imagePolicy/);
  assert.throws(() => configured({ kubeConfigFile: 'missing' }), /unable to read .*missing/);
  assert.throws(() => configured({ allowTTL: 7200 }), /imagePolicy.allowTTL: valid value is between 1 and 1800 seconds, got 7200/);
  assert.throws(() => configured({ allowTtl: 1 }), /imagePolicy: unknown field "allowTtl"/);
});
