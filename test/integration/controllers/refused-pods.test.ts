import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSets, namespaces, nodes, pods, replicaSets, statefulSets } from '../../../src/api/refs.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type ControllersUnderTest, startControllers } from './controllers-under-test.ts';

const template = (app: string) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' } as never] } });
const selector = (app: string) => ({ matchLabels: { app } });
const STEP_MS = 50;
const LONGEST_MS = 30_000;

/** Refuses every pod of a namespace as a node does that has no room, for half a minute of virtual time; gives how many there were. */
async function refuseAll({ client, signal }: ControllersUnderTest, clock: VirtualClock, namespace: string): Promise<number> {
  const resource = client.resource(pods, namespace);
  const seen = new Set<string>();
  for (let ms = 0; ms < LONGEST_MS; ms += STEP_MS) {
    for (const pod of (await resource.list({ signal })).items) {
      seen.add(pod.metadata.uid);
      if (pod.metadata.deletionTimestamp !== undefined) await resource.delete(pod.metadata.name, { gracePeriodSeconds: 0, signal });
      else if (pod.status.phase !== 'Failed') await resource.updateStatus({ ...pod, status: { ...pod.status, phase: 'Failed', reason: 'OutOfcpu' } }, { signal });
    }
    await clock.advance(STEP_MS);
  }
  return seen.size;
}

for (const { name, make } of [
  { name: 'statefulset-controller', make: ({ client, signal }) => client.resource(statefulSets, 'n').create({ metadata: { name: 's', namespace: 'n' }, spec: { replicas: 1, serviceName: 's', selector: selector('s'), updateStrategy: {}, template: template('s') } }, { signal }) },
  { name: 'daemonset-controller', make: ({ client, signal }) => client.resource(daemonSets, 'n').create({ metadata: { name: 'd', namespace: 'n' }, spec: { selector: selector('d'), updateStrategy: {}, template: template('d') } }, { signal }) },
  { name: 'replicaset-controller', make: ({ client, signal }) => client.resource(replicaSets, 'n').create({ metadata: { name: 'r', namespace: 'n' }, spec: { replicas: 1, selector: selector('r'), template: template('r') } }, { signal }) },
] as readonly { name: string; make: (cluster: ControllersUnderTest) => Promise<unknown> }[]) {
  test(`${name}: pods that their node refuses are made again, later each time`, { timeout: 600_000 }, async () => {
    const clock = new VirtualClock();
    await using cluster = await startControllers([name], {}, clock);
    const { client, signal } = cluster;
    await client.resource(namespaces).create({ metadata: { name: 'n' }, spec: {} }, { signal });
    await client.resource(nodes).create({ metadata: { name: 'node-1' }, spec: {} } as never, { signal });
    await make(cluster);
    const made = await refuseAll(cluster, clock, 'n');
    assert.ok(made >= 4 && made <= 14, `${made} pods in half a minute`);
  });
}
