import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { admin, startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { SystemClock } from '../../base/clock.ts';
import type { Transport } from '../../client/transport.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';

interface Read {
  readonly metadata: { readonly resourceVersion: string; readonly labels?: Record<string, string> };
  readonly status?: { readonly phase?: string };
}

const { signal } = new AbortController();
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const store = new MemoryStore({ clock: new SystemClock() });
let first: TestServer;
/** On the same store: it knows only what is stored. */
let second: TestServer;

before(async () => {
  await store.start(signal);
  first = await startTestServer({ store });
  await first.server.transportFor(admin).send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'default' } }, signal });
});

after(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

async function send(transport: Transport, method: 'GET' | 'PATCH' | 'POST', path: string, body?: object): Promise<Read> {
  const answer = await transport.send({ method, path, ...(method === 'PATCH' && { headers: { 'content-type': 'application/merge-patch+json' } }), ...(body !== undefined && { body }), signal });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body as Read;
}

const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const job = (labels?: Record<string, string>): object => ({ spec: { template: { ...(labels && { metadata: { labels } }), spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'app' }] } } } });
const rows = [
  { name: 'a claim, whose phase the strategy clears after defaulting', path: CLAIMS, body: claim, isRewritten: true },
  { name: 'a job, whose labels are generated after defaulting', path: JOBS, body: job(), isRewritten: true },
  { name: 'a job that had labels of its pods before, which shares the generated ones', path: JOBS, body: job({ app: 'x' }), isRewritten: false },
] as const;

for (const [index, { name, path, body, isRewritten }] of rows.entries()) {
  test(`the first write of nothing ${isRewritten ? 'stores what was only read' : 'stores nothing'}: ${name}`, async () => {
    const client = first.server.transportFor(admin);
    const one = `${path}/one-${index}`;
    const made = await send(client, 'POST', path, { metadata: { name: `one-${index}` }, ...body });
    assert.deepEqual(await send(client, 'GET', one), made);
    const patched = await send(client, 'PATCH', one, { metadata: { annotations: null } });
    assert.deepEqual({ ...patched, metadata: { ...patched.metadata, resourceVersion: '' } }, { ...made, metadata: { ...made.metadata, resourceVersion: '' } });
    assert.equal(patched.metadata.resourceVersion !== made.metadata.resourceVersion, isRewritten);
    assert.equal((await send(client, 'PATCH', one, { metadata: { annotations: null } })).metadata.resourceVersion, patched.metadata.resourceVersion);
    await send(client, 'POST', path, { metadata: { name: `two-${index}` }, ...body });
  });
}

test('a server that finds them in its store reads and writes them the same', async () => {
  const before = first.server.transportFor(admin);
  second = await startTestServer({ store });
  const client = second.server.transportFor(admin);
  for (const [index, { path, isRewritten }] of rows.entries()) {
    const two = `${path}/two-${index}`;
    const read = await send(client, 'GET', two);
    assert.deepEqual(read, await send(before, 'GET', two));
    assert.equal((await send(client, 'PATCH', two, { metadata: { annotations: null } })).metadata.resourceVersion !== read.metadata.resourceVersion, isRewritten);
  }
});

test('jobs without labels have those of their pods, the generated ones among them', async () => {
  const client = first.server.transportFor(admin);
  const { metadata: bare } = await send(client, 'GET', `${JOBS}/one-1`);
  assert.deepEqual(Object.keys(bare.labels ?? {}).sort(), ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name']);
  const { metadata: labelled } = await send(client, 'GET', `${JOBS}/one-2`);
  assert.deepEqual(Object.keys(labelled.labels ?? {}).sort(), ['app', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name']);
});
