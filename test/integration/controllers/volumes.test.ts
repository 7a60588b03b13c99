import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, nodes, namespaces, persistentVolumeClaims, persistentVolumes, pods, storageClasses, volumeAttachments, volumeAttributesClasses } from '../../../src/api/refs.ts';
import { endPods, named, startControllers } from './controllers-under-test.ts';

test('an ephemeral volume has a claim, which stays while its pod runs and goes with it', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['ephemeral-volume-controller', 'persistentvolumeclaim-protection-controller', 'garbage-collector-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } }];
  await client.resource(pods, 'shop').create({ metadata: { name: 'p' }, spec: { nodeName: 'n', volumes, containers: [{ name: 'c', image: 'x' } as never] } as never }, { signal });
  const claims = client.resource(persistentVolumeClaims, 'shop');
  await until('the claim is protected', async () => (await claims.list({ signal })).items[0]?.metadata.finalizers?.includes('kubernetes.io/pvc-protection'));
  await claims.create({ metadata: { name: 'q-v' }, spec }, { signal });
  await client.resource(pods, 'shop').create({ metadata: { name: 'q' }, spec: { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec } } }], containers: [{ name: 'c', image: 'x' } as never] } as never }, { signal });
  await until('a pod whose claim is another\'s hears of it', async () => (await client.resource(events, 'shop').list({ signal })).items.some(({ reason, message }) => reason === 'FailedBinding' && message === 'ephemeral volume v: PVC shop/q-v was not created for pod shop/q (pod is not owner)'));
  await client.resource(pods, 'shop').delete('q', { gracePeriodSeconds: 0, signal });
  await claims.delete('q-v', { signal });
  await until('they are gone', async () => (await claims.list({ signal })).items.length === 1);
  await claims.delete('p-scratch', { signal });
  await cluster.until('the claim is going', async () => (await claims.get('p-scratch', { signal })).metadata.deletionTimestamp);
  assert.deepEqual(named(await claims.list({ signal })), ['p-scratch']);
  await client.resource(pods, 'shop').delete('p', { signal });
  await until('both are gone', async () => {
    await endPods(cluster, 'shop');
    return (await claims.list({ signal })).items.length === 0 && (await client.resource(pods, 'shop').list({ signal })).items.length === 0;
  });
});

test('a claim is bound to the smallest volume that suffices, which is released with it', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['persistentvolume-binder-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const volumes = client.resource(persistentVolumes);
  for (const [name, storage] of [['small', '1Gi'], ['large', '9Gi'], ['right', '5Gi']] as const) {
    const spec = { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/data/${name}` }, persistentVolumeReclaimPolicy: 'Retain', storageClassName: 'slow' };
    await volumes.create({ metadata: { name }, spec }, { signal });
  }
  const phase = async (name: string): Promise<string | undefined> => (await volumes.get(name, { signal })).status.phase;
  for (const name of ['small', 'large', 'right']) await until(`${name} is available`, async () => (await phase(name)) === 'Available');
  const claims = client.resource(persistentVolumeClaims, 'shop');
  await claims.create({ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, storageClassName: 'slow' } }, { signal });
  const bound = await until('it is bound', async () => {
    const claim = await claims.get('data', { signal });
    return claim.status.phase === 'Bound' ? claim : undefined;
  });
  assert.deepEqual([bound.spec.volumeName, bound.status.capacity, await phase('right'), await phase('large')], ['right', { storage: '5Gi' }, 'Bound', 'Available']);
  await claims.delete('data', { signal });
  await until('the volume is released', async () => (await phase('right')) === 'Released');
  await volumes.patch('right', { type: 'merge', patch: { spec: { persistentVolumeReclaimPolicy: 'Delete' } } }, { signal });
  await until('nobody can delete it', async () => (await phase('right')) === 'Failed');
  assert.equal((await volumes.get('right', { signal })).status.message, 'host_path deleter only supports /tmp/.+ but received provided /data/right');
});

test('claims wait for what they name and for a default class, and volumes that go are let go with their claims', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['persistentvolume-binder-controller', 'persistentvolume-protection-controller', 'persistentvolume-expander-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const [volumes, claims] = [client.resource(persistentVolumes), client.resource(persistentVolumeClaims, 'shop')];
  const wanted = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } };
  await claims.create({ metadata: { name: 'named' }, spec: { ...wanted, storageClassName: '', volumeName: 'disk' } }, { signal });
  await claims.create({ metadata: { name: 'any' }, spec: wanted }, { signal });
  const said = async (reason: string): Promise<string | undefined> => (await client.resource(events, 'shop').list({ signal })).items.find((event) => event.reason === reason)?.message;
  await until('one hears that there is no class', async () => (await said('FailedBinding')) === 'no persistent volumes available for this claim and no storage class is set');
  await volumes.create({ metadata: { name: 'disk' }, spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, persistentVolumeReclaimPolicy: 'Retain' } }, { signal });
  await until('the volume that it names is bound', async () => (await claims.get('named', { signal })).status.phase === 'Bound');
  await claims.patch('named', { type: 'merge', patch: { spec: { resources: { requests: { storage: '6Gi' } } } } }, { signal });
  await until('it hears who is to make it larger', async () => (await said('ExternalExpanding')) === 'waiting for an external controller to expand this PVC');
  await client.resource(storageClasses).create({ metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'csi.example.com' }, { signal });
  await until('the other is given the class, and its provisioner is asked', async () => {
    const { spec, metadata } = await claims.get('any', { signal });
    return spec.storageClassName === 'standard' && metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] === 'csi.example.com';
  });
  await until('the volume is protected', async () => (await volumes.get('disk', { signal })).metadata.finalizers?.length);
  await volumes.delete('disk', { signal });
  assert.deepEqual(named(await volumes.list({ signal })), ['disk']);
  await claims.delete('named', { signal });
  await until('it goes with its claim', async () => (await volumes.list({ signal })).items.length === 0);
});

test('a class of volume attributes stays while a claim names it', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['volumeattributesclass-protection-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const classes = client.resource(volumeAttributesClasses);
  await classes.create({ metadata: { name: 'gold' }, driverName: 'csi.example.com', parameters: { iops: '9' } }, { signal });
  const claims = client.resource(persistentVolumeClaims, 'shop');
  await claims.create({ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, volumeAttributesClassName: 'gold', storageClassName: 'x' } }, { signal });
  await until('it is protected', async () => (await classes.get('gold', { signal })).metadata.finalizers?.includes('kubernetes.io/vac-protection'));
  await classes.delete('gold', { signal });
  assert.ok((await classes.get('gold', { signal })).metadata.deletionTimestamp);
  await claims.delete('data', { signal });
  const forced = await claims.list({ signal });
  for (const claim of forced.items) await claims.patch(claim.metadata.name, { type: 'merge', patch: { metadata: { finalizers: null } } }, { signal });
  await until('it is gone', async () => (await classes.list({ signal })).items.length === 0);
});

test('the volume of a pod is attached to its node, and detached when the pod has gone and the node has unmounted it', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['persistentvolume-attach-detach-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  for (const name of ['n', 'm']) await client.resource(nodes).create({ metadata: { name }, spec: {} } as never, { signal });
  const claim = await client.resource(persistentVolumeClaims, 'shop').create({ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'pv', storageClassName: 'x' } }, { signal });
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'x', csi: { driver: 'disk.example.com', volumeHandle: 'h' }, claimRef: { namespace: 'shop', name: 'data', uid: claim.metadata.uid } };
  await client.resource(persistentVolumes).create({ metadata: { name: 'pv' }, spec } as never, { signal });
  await client.resource(persistentVolumeClaims, 'shop').patchStatus('data', { type: 'merge', patch: { status: { phase: 'Bound' } } }, { signal });
  const pod = (name: string, nodeName: string): object => ({ metadata: { name }, spec: { nodeName, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }], containers: [{ name: 'c', image: 'x' }] } });
  await client.resource(pods, 'shop').create(pod('p', 'n') as never, { signal });
  const attachments = client.resource(volumeAttachments);
  const attached = async (): Promise<string[]> => (await attachments.list({ signal })).items.map(({ spec: own }) => `${own.source.persistentVolumeName} on ${own.nodeName}`);
  await until('it is asked for', async () => (await attached()).includes('pv on n'));
  const [own] = (await attachments.list({ signal })).items;
  await attachments.patchStatus(own?.metadata.name ?? '', { type: 'merge', patch: { status: { attached: true } } }, { signal });
  const told = async (reason: string): Promise<string | undefined> => (await client.resource(events, 'shop').list({ signal })).items.find((event) => event.reason === reason)?.message;
  await until('the pod is told', async () => (await told('SuccessfulAttachVolume')) === 'AttachVolume.Attach succeeded for volume "pv" ');
  const nodeOf = (name: string) => client.resource(nodes).get(name, { signal });
  await until('the node is told', async () => (await nodeOf('n')).status.volumesAttached?.[0]?.name === 'kubernetes.io/csi/disk.example.com^h');
  await client.resource(nodes).patchStatus('n', { type: 'merge', patch: { status: { volumesInUse: ['kubernetes.io/csi/disk.example.com^h'] } } }, { signal });
  await client.resource(pods, 'shop').create(pod('q', 'm') as never, { signal });
  await client.resource(pods, 'shop').delete('p', { gracePeriodSeconds: 0, signal });
  await until('the pod has gone', async () => (await client.resource(pods, 'shop').list({ signal })).items.length === 1);
  assert.deepEqual(await attached(), ['pv on n']);
  await client.resource(nodes).patchStatus('n', { type: 'merge', patch: { status: { volumesInUse: null } } }, { signal });
  await until('it is attached to the other node', async () => (await attached()).join() === 'pv on m');
  await until('the first node has it no more', async () => (await nodeOf('n')).status.volumesAttached === undefined);
  await until('the other pod is told why it waited', async () => (await told('FailedAttachVolume'))?.startsWith('Multi-Attach error for volume "pv" Volume is already '));
  const [other] = (await attachments.list({ signal })).items;
  await attachments.patchStatus(other?.metadata.name ?? '', { type: 'merge', patch: { status: { attached: false, attachError: { message: 'no room' } } } }, { signal });
  await until('the pod is told of the failure', async () => (await client.resource(events, 'shop').list({ signal })).items.some(({ message }) => message === 'AttachVolume.Attach failed for volume "pv" : no room'));
  await client.resource(nodes).patchStatus('m', { type: 'merge', patch: { status: { volumesInUse: ['kubernetes.io/csi/disk.example.com^h'] } } }, { signal });
  await client.resource(nodes).patch('m', { type: 'merge', patch: { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } } }, { signal });
  await client.resource(pods, 'shop').delete('q', { gracePeriodSeconds: 0, signal });
  await until('nothing is mounted on a node that is out of service', async () => (await attached()).length === 0);
});
