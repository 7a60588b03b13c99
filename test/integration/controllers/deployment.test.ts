import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../../src/api/generated/apps-v1.ts';
import { deployments, endpointSlices, events, namespaces, nodes, pods, replicaSets, services } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { hasReason } from '../../../src/apimachinery/status.ts';
import { runPods, startControllers } from './controllers-under-test.ts';

function web(image: string): Draft<Deployment> {
  return {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      strategy: {},
      template: { metadata: { labels: { app: 'web' } }, spec: { nodeName: 'node-1', containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] } as never] } },
    },
  };
}

test('a Deployment becomes pods behind a Service, rolls without a gap, and goes with its namespace', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['deployment-controller', 'replicaset-controller', 'endpointslice-controller', 'endpoints-controller', 'namespace-controller', 'garbage-collector-controller', 'serviceaccount-controller', 'root-ca-certificate-publisher-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  await client.resource(nodes).create({ metadata: { name: 'node-1' } } as never, { signal });
  await client.resource(services, 'shop').create({ metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] } } as never, { signal });
  const resource = client.resource(deployments, 'shop');
  await resource.create(web('one'), { signal });
  const readyEndpoints = async (): Promise<number> => {
    const { items } = await client.resource(endpointSlices, 'shop').list({ signal });
    return items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions.ready).length;
  };
  const isComplete = async (generation: number): Promise<boolean> => {
    await runPods(cluster, 'shop');
    const { status } = await resource.get('web', { signal });
    return status.observedGeneration === generation && status.updatedReplicas === 3 && status.availableReplicas === 3 && status.replicas === 3;
  };
  await until('three pods are available', () => isComplete(1));
  await until('three endpoints are ready', async () => (await readyEndpoints()) === 3);
  const { metadata, status } = await until('it has progressed', async () => {
    const deployment = await resource.get('web', { signal });
    return deployment.status.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable') && deployment;
  });
  assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  assert.deepEqual(status.conditions?.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`).sort(), ['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);

  await resource.patch('web', { type: 'merge', patch: { spec: { template: web('two').spec.template } } }, { signal });
  let fewest = 3;
  await until('the rollout is complete', async () => {
    fewest = Math.min(fewest, (await resource.get('web', { signal })).status.availableReplicas ?? 0);
    return isComplete(2);
  });
  assert.equal(fewest, 3, 'with 25 % of three nothing may be lacking');
  const sets = await client.resource(replicaSets, 'shop').list({ signal });
  assert.deepEqual(sets.items.map(({ spec }) => spec.replicas).sort((one = 0, other = 0) => one - other), [0, 3]);
  assert.equal((await resource.get('web', { signal })).metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
  const told = await until('it is told of', async () => {
    const { items } = await client.resource(events, 'shop').list({ signal });
    const messages = items.filter(({ reason }) => reason === 'ScalingReplicaSet').map(({ message }) => message);
    return messages.length >= 6 && messages;
  });
  assert(told.some((message) => /^Scaled up replica set web-\w+ from 0 to 3$/.test(message ?? '')));

  await client.resource(namespaces).delete('shop', { signal });
  await until('the namespace is gone', async () => {
    await runPods(cluster, 'shop');
    return client.resource(namespaces).get('shop', { signal }).then(
      () => false,
      (error: unknown) => hasReason(error, 'NotFound'),
    );
  });
  assert.deepEqual((await client.resource(pods, 'shop').list({ signal })).items, []);
});

test('deleting a Deployment takes its sets and pods along; orphaning leaves them', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['deployment-controller', 'replicaset-controller', 'garbage-collector-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const resource = client.resource(deployments, 'shop');
  const count = async (): Promise<number> => (await runPods(cluster, 'shop')).length;
  for (const policy of ['Background', 'Foreground'] as const) {
    await resource.create(web('one'), { signal });
    await until('three pods', async () => (await count()) === 3);
    await resource.delete('web', { propagationPolicy: policy, signal });
    await until(`everything is gone (${policy})`, async () => (await count()) === 0 && (await client.resource(replicaSets, 'shop').list({ signal })).items.length === 0 && (await resource.list({ signal })).items.length === 0);
  }
  await resource.create(web('one'), { signal });
  await until('three pods', async () => (await count()) === 3);
  await resource.delete('web', { propagationPolicy: 'Orphan', signal });
  await until('the set has no owner', async () => {
    const { items } = await client.resource(replicaSets, 'shop').list({ signal });
    return (await resource.list({ signal })).items.length === 0 && items.length === 1 && !items[0]?.metadata.ownerReferences?.length;
  });
  assert.equal(await count(), 3);
});
