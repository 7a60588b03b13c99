import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { test } from 'node:test';
import { Cluster, type StoredWrite } from '../../src/index.ts';
import { APPS, BATCH, DEFAULT, deployment } from './support/objects.ts';

interface Run {
  readonly digest: string;
  readonly writes: readonly string[];
}

/** Something of everything: controllers, scheduler, nodes, tokens, certificates, events, a node that is lost. */
async function run(seed: number): Promise<Run> {
  const writes: string[] = [];
  const onWrite = ({ revision, key, value }: StoredWrite): void => void writes.push(`${revision} ${key} ${value === undefined ? 'deleted' : Buffer.from(value).toString('utf8')}`);
  await using cluster = await Cluster.start({ clock: 'virtual', seed, simulatedNodes: { count: 5, zones: ['a', 'b'] }, onWrite });
  await cluster.request('POST', `${APPS}/deployments`, deployment('web', 10));
  await cluster.request('POST', `${BATCH}/jobs`, { metadata: { name: 'work' }, spec: { completions: 3, parallelism: 2, ttlSecondsAfterFinished: 60, template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'example/work:1', command: ['sleep', '7'] }] } } } });
  await cluster.request('POST', `${DEFAULT}/secrets`, { metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'default' } }, type: 'kubernetes.io/service-account-token' });
  await cluster.request('POST', `${DEFAULT}/services`, { metadata: { name: 'web' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } });
  await cluster.clock.advance('90s');
  await cluster.stopNode('simulated-1');
  await cluster.clock.advance('7m');
  await cluster.request('DELETE', `${APPS}/deployments/web`);
  await cluster.clock.advance('2m');
  return { digest: cluster.digest(), writes };
}

test('the same seed and calls give the same writes, byte for byte; another seed gives others', async () => {
  const [first, again, other] = [await run(42), await run(42), await run(43)];
  assert.deepEqual(again.writes, first.writes);
  assert.equal(again.digest, first.digest);
  assert.notEqual(other.digest, first.digest);
  assert.ok(first.writes.length > 500, `${first.writes.length} writes`);
  const withToken = first.writes.filter((line) => line.includes('/secrets/default/token'));
  assert.match(withToken.at(-1) ?? '', /"token":"/);
});

test('nothing in it waits for a timer, a socket, a file or a thread', async () => {
  await run(1); // loads what is loaded on first use
  const types = new Map<number, string>();
  const waited = new Set<string>();
  const before = (id: number): void => void waited.add(types.get(id) ?? 'PROMISE'); // those that are unknown were begun before
  const hook = createHook({ init: (id, type) => void types.set(id, type), before }).enable();
  try {
    await run(1);
  } finally {
    hook.disable();
  }
  assert.ok(waited.has('Immediate')); // turns of the event loop, which pass by themselves
  const passing = new Set(['PROMISE', 'Immediate', 'TickObject', 'Microtask']);
  assert.deepEqual([...waited].filter((type) => !passing.has(type)), []);
  // Signatures are made at once: jobs that nobody waits for.
  assert.deepEqual([...new Set(types.values())].filter((type) => !passing.has(type)), ['SIGNREQUEST']);
});

test('runs side by side do not disturb each other', async () => {
  const alone = await run(5);
  const [one, two] = await Promise.all([run(5), run(6)]);
  assert.deepEqual(one.writes, alone.writes);
  assert.notEqual(two.digest, alone.digest);
});
