import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import type { Namespace } from '../../api/generated/core-v1.ts';

const { signal } = new AbortController();
let running: TestServer;

before(async () => {
  running = await startTestServer();
});
after(() => running[Symbol.asyncDispose]());

async function send(method: 'POST' | 'DELETE', name: string, query = '', body?: object): Promise<{ status: number; object: Namespace }> {
  const path = `/api/v1/namespaces${method === 'POST' ? '' : `/${name}`}`;
  const { status, body: object } = await running.server.transportFor(admin).send({ method, path, query: Object.fromEntries(new URLSearchParams(query)), ...(body && { body }), signal });
  return { status, object: object as Namespace };
}

const make = (name: string, finalizers: string[] = []): Promise<unknown> => send('POST', name, '', { metadata: { name, finalizers } });

test('who deletes a namespace that is on its way out gets it as it is', async () => {
  await make('twice');
  const first = await send('DELETE', 'twice');
  assert.deepEqual([first.status, first.object.status.phase], [200, 'Terminating']);
  const again = await send('DELETE', 'twice', 'propagationPolicy=Foreground');
  assert.deepEqual(again, first);
  assert.equal((await send('DELETE', 'twice', 'orphanDependents=false')).status, 202);
});

for (const { query, had, expected } of [
  { query: '', had: ['example.com/own'], expected: ['example.com/own'] },
  { query: 'propagationPolicy=Background', had: [], expected: undefined },
  { query: 'propagationPolicy=Foreground', had: ['example.com/own'], expected: ['example.com/own', 'foregroundDeletion'] },
  { query: 'propagationPolicy=Orphan', had: ['foregroundDeletion'], expected: ['orphan'] },
  { query: 'orphanDependents=true', had: [], expected: ['orphan'] },
  { query: 'orphanDependents=false', had: ['orphan'], expected: ['foregroundDeletion'] },
]) {
  test(`the finalizers of a namespace that had ${had.join() || 'none'}, deleted with ${query || 'nothing said'}`, async () => {
    const name = `ns-${query.replaceAll(/[^a-zA-Z]/g, '').toLowerCase()}${had.length}`;
    await make(name, had);
    assert.deepEqual((await send('DELETE', name, query)).object.metadata.finalizers, expected);
  });
}
