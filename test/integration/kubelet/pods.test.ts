import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nodes, pods } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, NODE, startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;

function pod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default' },
    spec: { terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...container }], ...spec },
    status: {},
  };
}

describe('pods on a real containerd', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  test('the node is registered and ready', async () => {
    const { status } = await node.client.resource(nodes).get(NODE, { signal: NEVER });
    assert.equal(status.phase, 'Running');
    assert.deepEqual(status.conditions?.map(({ type, status: value }) => `${type}=${value}`), ['OutOfDisk=False', 'MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True']);
    assert.match(status.nodeInfo.containerRuntimeVersion, /^containerd:\/\/\d/);
    assert.equal(status.capacity?.pods, '110');
  });

  test('a plain pod comes up, is ready at once, and goes', async () => {
    const startedMs = node.clock.monotonic();
    await node.create(pod('plain', { command: ['sleep', '3600'] }));
    const ready = await node.until('plain', isReady);
    console.log('create to ready', Math.round(node.clock.monotonic() - startedMs), 'ms');
    assert.equal(ready.status.phase, 'Running');
    assert.match(ready.status.podIP ?? '', /^10\.199\./);
    assert.match(ready.status.containerStatuses?.[0]?.containerID ?? '', /^containerd:\/\/[0-9a-f]{64}$/);
    const deletedMs = node.clock.monotonic();
    await node.client.resource(pods, 'default').delete('plain', { gracePeriodSeconds: 1, signal: NEVER });
    await node.untilGone('plain');
    console.log('delete to gone', Math.round(node.clock.monotonic() - deletedMs), 'ms');
    while ((await node.containerd.runtime.listPodSandbox(undefined, NEVER)).length > 0) await node.clock.sleep(10, NEVER);
  });
});
