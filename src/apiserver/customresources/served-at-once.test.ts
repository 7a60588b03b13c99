import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import type { Transport } from '../../client/transport.ts';
import { isTrue } from './naming.ts';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';

const { signal } = new AbortController();
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let server: TestServer;
let client: Transport;

before(async () => {
  server = await startTestServer();
  client = server.server.transportFor(admin);
});

after(() => server[Symbol.asyncDispose]());

const definition = (plural: string): object => ({
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com', scope: 'Cluster', names: { plural, kind: plural[0]?.toUpperCase() + plural.slice(1) },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

test('whoever sees a definition established finds its objects, whoever sees it gone does not, however many change at once', async () => {
  const stop = new AbortController();
  const events = await client.watch({ method: 'GET', path: CRDS, query: { resourceVersion: '0' }, signal: stop.signal });
  const names = Array.from({ length: 30 }, (_, i) => `things${i}`);
  const asked: Promise<void>[] = [];
  const ask = async (name: string, expected: string): Promise<void> => {
    const { status, body } = await client.send({ method: 'GET', path: `/apis/example.com/v1/${name}`, signal });
    assert.equal(`${name} ${status}`, `${name} ${expected}`, JSON.stringify(body));
  };
  const askAndDelete = async (name: string): Promise<void> => {
    try {
      await ask(name, '200');
    } finally {
      await client.send({ method: 'DELETE', path: `${CRDS}/${name}.example.com`, signal });
    }
  };
  const established = new Set<string>();
  for (const name of names) void client.send({ method: 'POST', path: CRDS, body: definition(name), signal });
  for await (const batch of events) {
    for (const { type, object } of batch) {
      const { spec: { names: { plural } } } = object as CustomResourceDefinition;
      if (type === 'DELETED') asked.push(ask(plural, '404'));
      else if (isTrue(object as CustomResourceDefinition, 'Established') && !established.has(plural)) {
        established.add(plural);
        asked.push(askAndDelete(plural));
      }
    }
    if (asked.length === 2 * names.length) break;
  }
  stop.abort();
  await Promise.all(asked);
});
