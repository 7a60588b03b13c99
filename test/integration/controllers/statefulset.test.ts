import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../../src/api/generated/apps-v1.ts';
import { namespaces, persistentVolumeClaims, pods, statefulSets } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { named, runPods, startControllers } from './controllers-under-test.ts';

function db(image: string): Draft<StatefulSet> {
  return {
    metadata: { name: 'db', namespace: 'shop' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      updateStrategy: {},
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image } as never] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } as never],
    },
  };
}

test('a StatefulSet starts its pods in order, rolls from the last, scales from the last, and keeps claims', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['statefulset-controller', 'garbage-collector-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const resource = client.resource(statefulSets, 'shop');
  const list = () => client.resource(pods, 'shop').list({ signal });
  await resource.create(db('one'), { signal });
  const first = await until('the first pod', async () => ((await list()).items.length > 0 ? await list() : undefined));
  assert.deepEqual(named(first), ['db-0'], 'the second waits for the first to be ready');
  await until('three are ready', async () => {
    await runPods(cluster, 'shop');
    return (await resource.get('db', { signal })).status.readyReplicas === 3;
  });
  const [pod] = (await list()).items;
  assert.deepEqual([pod?.spec.hostname, pod?.spec.subdomain, pod?.metadata.labels?.['apps.kubernetes.io/pod-index']], ['db-0', 'db', '0']);
  assert.equal(pod?.spec.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-0');
  const { currentRevision } = (await resource.get('db', { signal })).status;

  await resource.patch('db', { type: 'merge', patch: { spec: { template: db('two').spec.template } } }, { signal });
  let order = '';
  await until('all have the new image', async () => {
    const { items } = await list();
    const updated = items.filter(({ spec }) => spec.containers[0]?.image === 'two').map(({ metadata }) => metadata.name).sort((one, other) => (one < other ? -1 : 1)).join(' ');
    if (updated && !order.endsWith(updated)) order += `|${updated}`;
    await runPods(cluster, 'shop');
    const { status } = await resource.get('db', { signal });
    return status.observedGeneration === 2 && status.updatedReplicas === 3 && status.readyReplicas === 3 && status.currentRevision === status.updateRevision;
  });
  assert.equal(order, '|db-2|db-1 db-2|db-0 db-1 db-2');
  assert.notEqual((await resource.get('db', { signal })).status.currentRevision, currentRevision);

  await resource.patch('db', { type: 'merge', patch: { spec: { replicas: 1 } } }, { signal });
  await until('one is left', async () => {
    await runPods(cluster, 'shop');
    return named(await list()).join() === 'db-0';
  });
  assert.deepEqual(named(await client.resource(persistentVolumeClaims, 'shop').list({ signal })), ['data-db-0', 'data-db-1', 'data-db-2']);
});
