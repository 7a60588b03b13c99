import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';

/**
 * A client that knows protobuf and nothing of ours: field numbers are those of generated.proto in k8s.io/api, apimachinery's runtime and meta
 * packages, written down here by hand.
 */
const UNKNOWN = { typeMeta: 1, raw: 2, contentType: 4 };
const TYPE_META = { apiVersion: 1, kind: 2 };
const CONFIG_MAP = { metadata: 1, data: 2 };
const LIST = { metadata: 1, items: 2 };
const OBJECT_META = { name: 1, namespace: 3, uid: 5, resourceVersion: 6, labels: 11 };
const LIST_META = { resourceVersion: 2 };
const WATCH_EVENT = { type: 1, object: 2 };
const RAW_EXTENSION = { raw: 1 };
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const MEDIA = 'application/vnd.kubernetes.protobuf';
const LENGTH_DELIMITED = 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes]);
};

/** The length-delimited fields of a message, by number; others are passed over. */
function fields(message: Buffer): Map<number, Buffer[]> {
  const found = new Map<number, Buffer[]>();
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = readVarint();
    const type = key % 8;
    if (type === LENGTH_DELIMITED) {
      const length = readVarint();
      found.set(Math.floor(key / 8), [...(found.get(Math.floor(key / 8)) ?? []), message.subarray(at, at + length)]);
      at += length;
    } else if (type === 0) readVarint();
    else at += type === 1 ? 8 : 4;
  }
  return found;
}

const textOf = (message: Buffer, number: number): string => fields(message).get(number)?.[0]?.toString() ?? '';
const partOf = (message: Buffer, number: number): Buffer => fields(message).get(number)?.[0] ?? Buffer.alloc(0);

/** The message inside of the envelope. */
function opened(body: Buffer): { kind: string; raw: Buffer } {
  assert.deepEqual(body.subarray(0, 4), MAGIC);
  const unknown = body.subarray(4);
  return { kind: textOf(partOf(unknown, UNKNOWN.typeMeta), TYPE_META.kind), raw: partOf(unknown, UNKNOWN.raw) };
}

function enveloped(kind: string, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(TYPE_META.apiVersion, 'v1'), field(TYPE_META.kind, kind)]);
  return Buffer.concat([MAGIC, field(UNKNOWN.typeMeta, typeMeta), field(UNKNOWN.raw, raw), field(UNKNOWN.contentType, '')]);
}

let server: TestServer;
const path = '/api/v1/namespaces/default/configmaps';

function open(method: string, target: string, accept: string, body?: Buffer, type = MEDIA): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { accept, authorization: `Bearer ${ADMIN_TOKEN}`, ...(body && { 'content-type': type, 'content-length': body.length }) };
  request(new URL(target, server.url), { method, ca: server.ca, headers, agent: false }, resolve).on('error', reject).end(body);
  return promise;
}

async function ask(method: string, target: string, body?: Buffer, accept = MEDIA, answered = MEDIA): Promise<{ code: number; body: Buffer }> {
  const response = await open(method, target, accept, body);
  assert.equal(response.headers['content-type'], answered);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { code: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}

const pair = (key: string, value: string): Buffer => Buffer.concat([field(1, key), field(2, value)]);
const configMap = (name: string, value: string): Buffer => enveloped('ConfigMap', Buffer.concat([field(CONFIG_MAP.metadata, Buffer.concat([field(OBJECT_META.name, name), field(OBJECT_META.labels, pair('l', 'm'))])), field(CONFIG_MAP.data, pair('k', value))]));

before(async () => {
  server = await startTestServer();
  const created = await ask('POST', '/api/v1/namespaces', enveloped('Namespace', field(1, field(OBJECT_META.name, 'default'))));
  assert.equal(created.code, 201);
});

after(() => server[Symbol.asyncDispose]());

test('a protobuf client creates, reads, lists and deletes', async () => {
  const { code, body } = await ask('POST', path, configMap('a', 'v'));
  assert.equal(code, 201);
  const { kind, raw } = opened(body);
  const metadata = partOf(raw, CONFIG_MAP.metadata);
  assert.deepEqual([kind, textOf(metadata, OBJECT_META.name), textOf(metadata, OBJECT_META.namespace)], ['ConfigMap', 'a', 'default']);
  assert.match(textOf(metadata, OBJECT_META.uid), /^[\da-f-]{36}$/);
  assert.equal(textOf(partOf(raw, CONFIG_MAP.data), 2), 'v');
  const list = opened((await ask('GET', `${path}?labelSelector=l%3Dm`)).body);
  assert.equal(list.kind, 'ConfigMapList');
  assert.ok(Number(textOf(partOf(list.raw, LIST.metadata), LIST_META.resourceVersion)) > 0);
  assert.deepEqual((fields(list.raw).get(LIST.items) ?? []).map((item) => textOf(partOf(item, CONFIG_MAP.metadata), OBJECT_META.name)), ['a']);
  const again = await ask('POST', path, configMap('a', 'v'));
  assert.deepEqual([again.code, opened(again.body).kind], [409, 'Status']);
  assert.equal((await ask('DELETE', `${path}/a`)).code, 200);
});

test('a protobuf client watches: events in frames of their length', async () => {
  const list = opened((await ask('GET', path)).body);
  const version = textOf(partOf(list.raw, LIST.metadata), LIST_META.resourceVersion);
  const response = await open('GET', `${path}?watch=1&resourceVersion=${version}`, `${MEDIA};stream=watch`);
  assert.equal(response.headers['content-type'], `${MEDIA};stream=watch`);
  await ask('POST', path, configMap('w', 'x'));
  let buffer = Buffer.alloc(0);
  for await (const chunk of response) {
    buffer = Buffer.concat([buffer, chunk as Buffer]);
    if (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32BE(0)) break;
  }
  const event = buffer.subarray(4, 4 + buffer.readUInt32BE(0));
  assert.equal(textOf(event, WATCH_EVENT.type), 'ADDED');
  const { kind, raw } = opened(partOf(partOf(event, WATCH_EVENT.object), RAW_EXTENSION.raw));
  assert.deepEqual([kind, textOf(partOf(raw, CONFIG_MAP.metadata), OBJECT_META.name)], ['ConfigMap', 'w']);
});

test('a client of metadata alone has that of custom resources in protobuf too, and says in protobuf how to delete', async () => {
  const post = async (target: string, object: object): Promise<number> => {
    const response = await open('POST', target, 'application/json', Buffer.from(JSON.stringify(object)), 'application/json');
    return response.resume().statusCode ?? 0;
  };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { metadata: { name: 'things.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] } });
  const things = '/apis/example.com/v1/namespaces/default/things';
  await until('the kind is served', async () => (await post(things, { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one' }, spec: { a: 1 } })) === 201);
  const as = (kind: string): string => `${MEDIA};as=${kind};g=meta.k8s.io;v=v1,application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
  const one = opened((await ask('GET', `${things}/one`, undefined, as('PartialObjectMetadata'))).body);
  assert.deepEqual([one.kind, textOf(partOf(one.raw, 1), OBJECT_META.name)], ['PartialObjectMetadata', 'one']);
  const list = opened((await ask('GET', things, undefined, as('PartialObjectMetadataList'))).body);
  assert.deepEqual([list.kind, (fields(list.raw).get(LIST.items) ?? []).map((item) => textOf(partOf(item, 1), OBJECT_META.name))], ['PartialObjectMetadataList', ['one']]);
  const watched = await open('GET', `${things}?watch=1&timeoutSeconds=1`, as('PartialObjectMetadata'));
  assert.equal(watched.headers['content-type'], `${MEDIA};stream=watch`);
  assert.equal((await ask('GET', `${things}/one`)).code, 406, 'the whole object has no such form');
  const dryRun = enveloped('DeleteOptions', field(5, 'All'));
  assert.equal((await ask('DELETE', `${things}/one`, dryRun, `${MEDIA}, */*`, 'application/json')).code, 200);
  assert.equal((await ask('GET', `${things}/one`, undefined, as('PartialObjectMetadata'))).code, 200, 'it was a dry run');
});
