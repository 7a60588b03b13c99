import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { schemas } from '../../src/api/schemas.ts';
import { unwrap } from '../../src/apimachinery/codec/protobuf/envelope.ts';
import { ProtobufMessageCodec } from '../../src/apimachinery/codec/protobuf/message-codec.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const OBJECTS = 450;
/** Pages of so many are made at once: what they hold together is what a long list must hold. */
const PAGE = 150;
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const codec = new ProtobufMessageCodec(schemas);

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly unknown[];
  readonly rows?: readonly unknown[];
  readonly columnDefinitions?: readonly unknown[];
}

const FORMS: readonly { name: string; path: string; accept: string; message?: string }[] = [
  { name: 'JSON', path: MAPS, accept: 'application/json' },
  { name: 'protobuf', path: MAPS, accept: PROTOBUF, message: 'core.v1.ConfigMapList' },
  { name: 'a Table', path: MAPS, accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
  { name: 'a Table with whole objects', path: `${MAPS}?includeObject=Object`, accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
  { name: 'metadata alone', path: MAPS, accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
  { name: 'metadata alone in protobuf', path: MAPS, accept: `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`, message: 'meta.v1.PartialObjectMetadataList' },
  { name: 'another version of custom resources', path: WIDGETS.replace('/v1/', '/v2/'), accept: 'application/json' },
];

/** A Table's cells tell ages, which go on from one answer to the next. */
function withoutAge(name: string, value: unknown): unknown {
  return name === 'cells' && Array.isArray(value) ? value.map((cell: unknown) => (typeof cell === 'string' && /^\d+[smh]/.test(cell) ? 'AGE' : cell)) : value;
}

suite('long lists', { timeout: 600_000 }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await write('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === 'v1', schema })) },
    });
    for (let tries = 0; tries < 3000 && (await ask(WIDGETS, 'application/json')).status !== 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    for (let i = 0; i < OBJECTS; i++) {
      await write(MAPS, { metadata: { name: `map-${i}`, labels: { half: String(i % 2) } }, data: { text: `${i} ${'ä'.repeat((i * 37) % 3000)}` } });
      await write(WIDGETS, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: `widget-${i}` }, spec: { size: i } });
    }
    await write(MAPS, { metadata: { name: 'large' }, data: { text: 'x'.repeat(900_000) } });
  });
  after(() => server[Symbol.asyncDispose]());

  async function write(path: string, object: object): Promise<void> {
    const { status, body } = await ask(path, 'application/json', { method: 'POST', body: JSON.stringify(object) });
    assert.equal(status, 201, body.toString());
  }

  async function ask(path: string, accept: string, options: { method?: string; body?: string; gzip?: boolean } = {}): Promise<{ status: number; body: Buffer; headers: Record<string, unknown> }> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, accept, ...(options.gzip && { 'accept-encoding': 'gzip' }), ...(options.body !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(options.body)) }) };
    const request = httpsRequest(`${server.url}${path}`, { method: options.method ?? 'GET', ca: server.ca, headers });
    request.end(options.body);
    const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, unknown> }];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    return { status: response.statusCode, body: Buffer.concat(parts), headers: response.headers };
  }

  async function askHttp2(path: string, accept: string): Promise<Buffer> {
    const session = connectHttp2(server.url, { ca: server.ca });
    try {
      const stream = session.request({ ':path': path, authorization: `Bearer ${ADMIN_TOKEN}`, accept, 'accept-encoding': 'gzip' });
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      return gunzipSync(Buffer.concat(parts));
    } finally {
      session.destroy();
    }
  }

  function read(body: Buffer, message: string | undefined): List {
    if (message === undefined) return JSON.parse(body.toString(), withoutAge) as List;
    const { apiVersion, kind, raw } = unwrap(body);
    return { apiVersion, kind, ...codec.decode(message, raw) } as unknown as List;
  }

  async function pages({ path, accept, message }: (typeof FORMS)[number]): Promise<List> {
    const elements: unknown[] = [];
    let first: List | undefined;
    for (let token: string | undefined = ''; token !== undefined && (first === undefined || token !== '');) {
      const page = read((await ask(`${path}${path.includes('?') ? '&' : '?'}limit=${PAGE}&continue=${encodeURIComponent(token)}`, accept)).body, message);
      elements.push(...(page.items ?? page.rows ?? []));
      first ??= page;
      token = page.metadata.continue;
    }
    assert.ok(first);
    return { ...first, ...(first.rows ? { rows: elements } : { items: elements }) };
  }

  for (const form of FORMS) {
    test(`a long list as ${form.name} holds what its pages hold, also with gzip and over HTTP/2`, async () => {
      const { metadata: _, ...expected } = await pages(form);
      const plain = await ask(form.path, form.accept);
      const zipped = await ask(form.path, form.accept, { gzip: true });
      assert.equal(zipped.headers['content-encoding'], 'gzip');
      assert.equal(zipped.headers['content-type'], plain.headers['content-type']);
      assert.ok(zipped.body.length < plain.body.length / 2);
      for (const body of [plain.body, gunzipSync(zipped.body), await askHttp2(form.path, form.accept)]) {
        const { metadata, ...list } = read(body, form.message);
        assert.ok(Number(metadata.resourceVersion) > OBJECTS);
        assert.deepEqual(list, expected);
      }
    });
  }

  test('a connection goes on after a long list whose length was not known', async () => {
    const { Agent } = await import('node:https');
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: server.ca });
    const lengths: number[] = [];
    for (let i = 0; i < 3; i++) {
      const request = httpsRequest(`${server.url}${MAPS}`, { agent, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, accept: PROTOBUF } });
      request.end();
      const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
      let length = 0;
      for await (const part of response) length += part.length;
      lengths.push(length);
    }
    assert.ok(lengths[0] !== undefined && lengths[0] > 1_000_000);
    assert.deepEqual(lengths, [lengths[0], lengths[0], lengths[0]]);
    agent.destroy();
  });
});
