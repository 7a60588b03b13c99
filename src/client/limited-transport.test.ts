import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitedTransport } from './limited-transport.ts';
import type { Transport, TransportRequest } from './transport.ts';

test('requests wait for room, heartbeats have their own', async () => {
  const open: { path: string; answer: () => void }[] = [];
  const inner: Transport = {
    send: ({ path }: TransportRequest) => new Promise((resolve) => open.push({ path, answer: () => resolve({ status: 200, headers: {}, body: path }) })),
    watch: () => Promise.reject(new Error('not asked for')),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const limited = new LimitedTransport(inner, { requests: 2, heartbeats: 1 });
  const { signal } = new AbortController();
  const send = (path: string): Promise<unknown> => limited.send({ method: 'GET', path, signal });
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a';
  const all = ['/a', '/b', '/c', lease].map(send);
  assert.deepEqual(open.map(({ path }) => path), ['/a', '/b', lease]);
  open[0]?.answer();
  await all[0];
  assert.deepEqual(open.map(({ path }) => path), ['/a', '/b', lease, '/c']);
  for (const { answer } of open) answer();
  await Promise.all(all);
});
