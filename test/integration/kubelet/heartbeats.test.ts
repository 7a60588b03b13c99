/** What a node tells of itself when the server is slow, or forgets it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, NodeStatus } from '../../../src/api/generated/core-v1.ts';
import { leases, namespaces, nodes } from '../../../src/api/refs.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { TaskGroup } from '../../../src/base/lifecycle.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Client } from '../../../src/client/client.ts';
import { type Transport, TransportError } from '../../../src/client/transport.ts';
import { renewNodeLease } from '../../../src/kubelet/node/node-lease.ts';
import { NodeReporter } from '../../../src/kubelet/node/node-reporter.ts';
import { registerNode } from '../../../src/kubelet/node/node-registrar.ts';
import { startControllers } from '../controllers/controllers-under-test.ts';

const LIMIT_MS = 120_000;

test('a heartbeat that is not answered is sent again before the node is taken for dead', { timeout: 300_000 }, async () => {
  const clock = new VirtualClock();
  await using cluster = await startControllers([], {}, clock);
  const { client, signal } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'kube-node-lease' }, spec: {} }, { signal });
  let isMute = false;
  const sometimesMute: Transport = {
    send: async (request) => {
      if (!isMute) return client.transport.send(request);
      isMute = false; // this one only
      const { promise, reject } = Promise.withResolvers<never>();
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true });
      return promise;
    },
    watch: (request) => client.transport.watch(request),
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using tasks = new TaskGroup();
  tasks.run((inner) => renewNodeLease({ client: new Client({ transport: sometimesMute, clock }), clock, logger: silentLogger, nodeName: 'one', nodeUid: () => undefined }, inner));
  const renewedAt = async (): Promise<string> => String((await client.resource(leases, 'kube-node-lease').get('one', { signal }).catch(() => undefined))?.spec?.renewTime);
  assert(await clock.advanceUntil(async () => (await renewedAt()) !== 'undefined', LIMIT_MS));
  isMute = true;
  const [before, startedMs] = [await renewedAt(), clock.monotonic()];
  assert(await clock.advanceUntil(async () => (await renewedAt()) !== before, LIMIT_MS));
  assert(clock.monotonic() - startedMs < 30_000, 'the second try came within thirty seconds of the last good one');
});

test('a look that is asked for while the status is being told is not forgotten, and a node that was deleted registers though the server is away meanwhile', { timeout: 300_000 }, async () => {
  const clock = new VirtualClock();
  await using cluster = await startControllers([], {}, clock);
  const { client, signal } = cluster;
  let isAway = 0;
  let times = 0;
  let onCompute = (): void => undefined;
  const reporter: NodeReporter = new NodeReporter({
    client, clock, logger: silentLogger, tell: () => undefined,
    compute: async () => {
      times++;
      onCompute();
      return { daemonEndpoints: {}, conditions: [{ type: 'Ready', status: 'True' }] } as unknown as NodeStatus;
    },
    register: async (status, inner) => {
      if (isAway-- > 0) throw new TransportError('not reached');
      return registerNode(client, { nodeName: 'one', hostname: 'one', architecture: 'amd64', labels: {}, taints: [] }, status, inner);
    },
  });
  await reporter.register(signal);
  await using tasks = new TaskGroup();
  tasks.run((inner) => reporter.run(inner));
  onCompute = () => {
    onCompute = () => undefined;
    reporter.look();
  };
  const before = times;
  await clock.advance(10_000);
  assert.equal(times, before + 2, 'it looked once more at once');

  isAway = 1;
  await client.resource(nodes).delete('one', { signal });
  const node = async (): Promise<Node | undefined> => (await client.resource(nodes).get('one', { signal }).catch(() => undefined)) as Node | undefined;
  await client.resource(nodes).list({ signal });
  // It writes its status again when something of it changes, at the latest after five minutes.
  assert(await clock.advanceUntil(async () => (await node()) !== undefined, 900_000), 'it is there again');
});
