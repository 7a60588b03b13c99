import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSets, events, leases, namespaces, nodes, pods } from '../../../src/api/refs.ts';
import { hasReason } from '../../../src/apimachinery/status.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type ControllersUnderTest, startControllers } from './controllers-under-test.ts';

async function addNode({ client, signal }: ControllersUnderTest, name: string, now: string): Promise<void> {
  await client.resource(nodes).create({ metadata: { name }, spec: {} }, { signal });
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: type === 'Ready' ? 'True' : 'False', lastHeartbeatTime: now, lastTransitionTime: now }));
  await client.resource(nodes).patchStatus(name, { type: 'merge', patch: { status: { conditions } } }, { signal });
}

test('a node that falls silent is Unknown after 40 s, tainted, and emptied after the pods have borne it for 300 s', { timeout: 600_000 }, async () => {
  const clock = new VirtualClock();
  await using cluster = await startControllers(['node-lifecycle-controller', 'taint-eviction-controller', 'node-ipam-controller'], { clusterCIDRs: ['10.244.0.0/16'] }, clock);
  const { client, signal } = cluster;
  const now = (): string => new Date(clock.now()).toISOString().replace('Z', '000Z');
  for (const name of ['default', 'kube-node-lease']) await client.resource(namespaces).create({ metadata: { name }, spec: {} }, { signal });
  for (const name of ['a', 'b']) {
    await addNode(cluster, name, now());
    await client.resource(leases, 'kube-node-lease').create({ metadata: { name }, spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now() } }, { signal });
  }
  const tolerations = ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  const pod = await client.resource(pods, 'default').create({ metadata: { name: 'p' }, spec: { nodeName: 'a', tolerations, containers: [{ name: 'c', image: 'x' } as never] } as never }, { signal });
  await client.resource(pods, 'default').updateStatus({ ...pod, status: { ...pod.status, phase: 'Running', startTime: now(), conditions: [{ type: 'Ready', status: 'True', reason: 'Served', message: 'by its kubelet', lastTransitionTime: now() }] } } as never, { signal });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000);
      if (second % 10 !== 0) continue;
      await client.resource(leases, 'kube-node-lease').patch('b', { type: 'merge', patch: { spec: { renewTime: now() } } }, { signal });
    }
  };
  const ready = async (name: string): Promise<string | undefined> => (await client.resource(nodes).get(name, { signal })).status.conditions?.find(({ type }) => type === 'Ready')?.status;
  await pass(1);
  const cidrs = await Promise.all(['a', 'b'].map(async (name) => (await client.resource(nodes).get(name, { signal })).spec.podCIDR));
  assert.deepEqual(cidrs.sort((one = '', other = '') => (one < other ? -1 : 1)), ['10.244.0.0/24', '10.244.1.0/24']);
  await pass(37);
  assert.equal(await ready('a'), 'True');
  await pass(6);
  assert.deepEqual([await ready('a'), await ready('b')], ['Unknown', 'True']);
  const { spec } = await client.resource(nodes).get('a', { signal });
  assert.deepEqual(spec.taints?.map(({ key, effect }) => `${key}:${effect}`), ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
  const marked = await client.resource(pods, 'default').get('p', { signal });
  const condition = marked.status.conditions?.find(({ type }) => type === 'Ready');
  assert.deepEqual([condition?.status, condition?.reason, condition?.message], ['False', 'Served', 'by its kubelet']);
  await pass(290);
  assert.equal((await client.resource(pods, 'default').get('p', { signal })).metadata.deletionTimestamp, undefined);
  await pass(12);
  const gone = await client.resource(pods, 'default').get('p', { signal }).catch((error: unknown) => {
    if (!hasReason(error, 'NotFound')) throw error;
    return undefined;
  });
  assert(gone?.metadata.deletionTimestamp);
  assert.equal(gone.status.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'DeletionByTaintManager');
});

test('nodes that come, cease to be ready and go are told of', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['node-lifecycle-controller']);
  const { client, signal, until } = cluster;
  for (const name of ['default', 'kube-node-lease']) await client.resource(namespaces).create({ metadata: { name }, spec: {} }, { signal });
  await addNode(cluster, 'a', new Date().toISOString());
  const node = await client.resource(nodes).get('a', { signal });
  const pod = await client.resource(pods, 'default').create({ metadata: { name: 'p' }, spec: { nodeName: 'a', containers: [{ name: 'c', image: 'x' } as never] } as never }, { signal });
  await client.resource(pods, 'default').updateStatus({ ...pod, status: { ...pod.status, phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } } as never, { signal });
  const told = async (): Promise<string[]> => {
    const { items } = await client.resource(events, 'default').list({ signal });
    return items.map(({ source, type, reason, message, involvedObject: { apiVersion, kind, name, uid } }) => [source?.component, type, reason, message, apiVersion, kind, name, uid].join('|'));
  };
  const aboutNode = `v1|Node|a|${node.metadata.uid}`;
  const registered = `node-controller|Normal|RegisteredNode|Node a event: Registered Node a in Controller|${aboutNode}`;
  await until('the node is registered', async () => (await told()).includes(registered));
  await client.resource(nodes).patchStatus('a', { type: 'strategic', patch: { status: { conditions: [{ type: 'Ready', status: 'False' }] } } }, { signal });
  await until('it is not ready', async () => (await told()).includes(`node-controller|Normal|NodeNotReady|Node a status is now: NodeNotReady|${aboutNode}`));
  await until('its pod is told so', async () => (await told()).includes(`node-controller|Warning|NodeNotReady|Node is not ready|v1|Pod|p|${pod.metadata.uid}`));
  await client.resource(nodes).delete('a', { signal });
  await until('it is removed', async () => (await told()).includes(`node-controller|Normal|RemovingNode|Node a event: Removing Node a from Controller|${aboutNode}`));
  assert.equal((await told()).filter((one) => one === registered).length, 1);
});

test('a DaemonSet follows the nodes', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['daemonset-controller', 'garbage-collector-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'default' }, spec: {} }, { signal });
  for (const name of ['a', 'b']) await addNode(cluster, name, new Date().toISOString());
  const template = { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'x' } as never] } };
  await client.resource(daemonSets, 'default').create({ metadata: { name: 'agent' }, spec: { selector: { matchLabels: { app: 'agent' } }, template, updateStrategy: {} } }, { signal });
  const targets = async (): Promise<string> => {
    const { items } = await client.resource(pods, 'default').list({ signal });
    return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ spec }) => spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? '').sort((one, other) => (one < other ? -1 : 1)).join();
  };
  await until('a pod for each node', async () => (await targets()) === 'a,b');
  await addNode(cluster, 'c', new Date().toISOString());
  await until('one more', async () => (await targets()) === 'a,b,c');
  await client.resource(nodes).delete('a', { signal });
  await until('one less', async () => (await targets()) === 'b,c');
  await until('the status counts two nodes', async () => (await client.resource(daemonSets, 'default').get('agent', { signal })).status.desiredNumberScheduled === 2);
  await client.resource(daemonSets, 'default').delete('agent', { propagationPolicy: 'Foreground', signal });
  await until('all are gone', async () => (await targets()) === '' && (await client.resource(daemonSets, 'default').list({ signal })).items.length === 0);
});

test('ttl-controller tells a node how long it may keep what it has read', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['ttl-controller']);
  const { client, signal, until } = cluster;
  await client.resource(nodes).create({ metadata: { name: 'a' }, spec: {} }, { signal });
  await until('it is told', async () => (await client.resource(nodes).get('a', { signal })).metadata.annotations?.['node.alpha.kubernetes.io/ttl'] === '0');
});
