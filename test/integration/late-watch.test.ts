import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceLifecycle } from '../../src/apiserver/admission/plugins/namespace-lifecycle.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import type { TransportResponse } from '../../src/client/transport.ts';
import { LateStore } from '../support/late-store.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();

/** Servers with the admission of namespaces on one store whose watches are late. */
async function startServers(lateMs: number, count: number): Promise<AsyncDisposable & { create: (server: number, path: string, name: string) => Promise<TransportResponse> }> {
  const store = new LateStore({ clock, lateMs });
  await store.start(signal);
  const servers: TestServer[] = [];
  for (let i = 0; i < count; i++) {
    const objects = (): CachedObjects => new CachedObjects((servers[i] as TestServer).server.cacher);
    servers.push(await startTestServer({ store, admission: [new NamespaceLifecycle(objects)] }));
  }
  return {
    create: (server, path, name) => (servers[server] as TestServer).server.transportFor(admin).send({ method: 'POST', path, body: { metadata: { name } }, signal }),
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

for (const { name, other } of [
  { name: 'who was told of a namespace makes something in it at once, though the watch of the store is late', other: 0 },
  { name: 'at another server too', other: 1 },
]) {
  test(name, async () => {
    await using servers = await startServers(30, 2);
    for (let round = 0; round < 5; round++) {
      assert.equal((await servers.create(0, '/api/v1/namespaces', `fresh-${round}`)).status, 201);
      const { status, body } = await servers.create(other, `/api/v1/namespaces/fresh-${round}/configmaps`, 'first');
      assert.equal(status, 201, JSON.stringify(body));
    }
  });
}

test('a watch that does not come delays a write and does not fail it', async () => {
  await using servers = await startServers(3_600_000, 1);
  assert.equal((await servers.create(0, '/api/v1/namespaces', 'stored')).status, 201);
});
