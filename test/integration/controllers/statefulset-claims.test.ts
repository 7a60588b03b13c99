import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../../src/api/generated/apps-v1.ts';
import { events, namespaces, persistentVolumeClaims, pods, statefulSets } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { type ControllersUnderTest, named, runPods, startControllers } from './controllers-under-test.ts';

const draft = (spec: object = {}): Draft<StatefulSet> => ({
  metadata: { name: 'db', namespace: 'shop' },
  spec: {
    replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, updateStrategy: {},
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'one' } as never] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } as never],
    ...spec,
  },
});

async function start(): Promise<ControllersUnderTest> {
  const cluster = await startControllers(['statefulset-controller', 'garbage-collector-controller']);
  await cluster.client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal: cluster.signal });
  return cluster;
}

/** Until the set has so many ready pods, and no other. */
async function ready(cluster: ControllersUnderTest, replicas: number): Promise<void> {
  await cluster.until(`${replicas} pods are ready`, async () => {
    const { length } = await runPods(cluster, 'shop');
    const { status } = await cluster.client.resource(statefulSets, 'shop').get('db', { signal: cluster.signal });
    return length === replicas && (status.readyReplicas ?? 0) === replicas;
  });
}

test('claims follow the retention policy of their set: nobody owns them, then the set, then the pod that is scaled away', { timeout: 600_000 }, async () => {
  await using cluster = await start();
  const { client, signal, until } = cluster;
  const sets = client.resource(statefulSets, 'shop');
  const claims = client.resource(persistentVolumeClaims, 'shop');
  const owners = async (name: string) => (await claims.get(name, { signal })).metadata.ownerReferences?.map(({ kind, controller }) => `${kind} ${controller}`).join();
  const { metadata: { uid } } = await sets.create(draft(), { signal });
  await ready(cluster, 2);
  assert.equal(await owners('data-db-1'), undefined);
  await sets.patch('db', { type: 'merge', patch: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } } } }, { signal });
  await until('the set owns the claims', async () => (await claims.list({ signal })).items.every(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid));
  await sets.patch('db', { type: 'merge', patch: { spec: { replicas: 1 } } }, { signal });
  await until('the claim went with its pod', async () => {
    await runPods(cluster, 'shop');
    return named(await claims.list({ signal })).join() === 'data-db-0';
  });
  await until('the set owns it', async () => (await owners('data-db-0')) === 'StatefulSet true');
  await sets.patch('db', { type: 'merge', patch: { spec: { replicas: 2 } } }, { signal });
  await ready(cluster, 2);
  await until('the set owns the new claim', async () => (await owners('data-db-1')) === 'StatefulSet true');
  await sets.delete('db', { propagationPolicy: 'Background', signal });
  await until('all went with the set', async () => {
    await runPods(cluster, 'shop');
    return (await claims.list({ signal })).items.length === 0;
  });
});

test('a claim that a pending pod waits for is made again; a pod that is adopted is told who it is', { timeout: 600_000 }, async () => {
  await using cluster = await start();
  const { client, signal, until } = cluster;
  const claims = client.resource(persistentVolumeClaims, 'shop');
  const { spec } = draft().spec.template;
  const claim = { name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } };
  await client.resource(pods, 'shop').create({ metadata: { name: 'db-1', labels: { app: 'db' } }, spec: { ...spec, volumes: [claim] } } as never, { signal });
  await client.resource(statefulSets, 'shop').create(draft(), { signal });
  await until('the first claim', async () => (await claims.list({ signal })).items.some(({ metadata }) => metadata.name === 'data-db-0'));
  await claims.delete('data-db-0', { signal });
  await client.resource(pods, 'shop').patch('db-0', { type: 'merge', patch: { metadata: { annotations: { seen: 'pending' } } } }, { signal }); // what the scheduler does, which says that it is missing
  await until('it is made again', async () => (await claims.list({ signal })).items.some(({ metadata }) => metadata.name === 'data-db-0'));
  await until('the adopted pod has its labels', async () => {
    const { labels, ownerReferences } = (await client.resource(pods, 'shop').get('db-1', { signal })).metadata;
    return ownerReferences?.length === 1 && labels?.['statefulset.kubernetes.io/pod-name'] === 'db-1' && labels['apps.kubernetes.io/pod-index'] === '1';
  });
  await until('an event tells of it', async () => (await client.resource(events, 'shop').list({ signal })).items.some((event) => (event as { reason?: string; message?: string }).reason === 'SuccessfulUpdate'));
});
