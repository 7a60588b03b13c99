/** The suite's sig-storage tests that are about API objects alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 1 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const STORAGE = '/apis/storage.k8s.io/v1';

/** Create, get, patch, list, update and delete, each by itself and as a collection: what the lifecycle tests have in common. */
async function playLifecycle(url: string, object: (name: string) => Json, update: (thing: Thing) => void): Promise<void> {
  const [first, second] = ['e2e-one', 'e2e-two'].map((name) => ({ ...object(name), metadata: { ...object(name).metadata, name } }));
  const created = await api.create(url, first);
  const own = `${url}/${created.metadata.name}`;
  assert.equal((await api.get(own)).metadata.uid, created.metadata.uid);
  const patched = await api.patch(own, { metadata: { labels: { [created.metadata.name]: 'patched' } } });
  assert.equal(patched.metadata.labels?.[created.metadata.name], 'patched');
  assert.equal((await api.get(`${url}?labelSelector=${created.metadata.name}%3Dpatched`)).items.length, 1);
  await api.delete(own);
  await api.untilGone(own);
  const again = await api.create(url, second);
  const replaced = await api.update(`${url}/${again.metadata.name}`, (thing) => {
    thing.metadata.labels = { [again.metadata.name]: 'updated' };
    update(thing);
  });
  assert.equal(replaced.metadata.labels?.[again.metadata.name], 'updated');
  await api.delete(`${url}?labelSelector=${again.metadata.name}%3Dupdated`);
  await api.untilGone(`${url}/${again.metadata.name}`);
  assert.equal((await api.get(`${url}?labelSelector=${again.metadata.name}%3Dupdated`)).items.length, 0);
}

for (const { name, resource, object, update = () => undefined } of [
  { name: 'CSIInlineVolumes should run through the lifecycle of a CSIDriver', resource: 'csidrivers', object: () => ({ metadata: {}, spec: { volumeLifecycleModes: ['Ephemeral'], podInfoOnMount: false, attachRequired: false } }), update: (thing: Thing) => (thing.spec.requiresRepublish = true) },
  { name: 'CSINodes CSI Conformance should run through the lifecycle of a csinode', resource: 'csinodes', object: () => ({ metadata: {}, spec: { drivers: [] } }) },
  { name: 'StorageClasses CSI Conformance should run through the lifecycle of a StorageClass', resource: 'storageclasses', object: () => ({ metadata: { labels: { e2e: 'own' } }, provisioner: 'e2e-fake-provisioner' }), update: (thing: Thing) => (thing.allowVolumeExpansion = true) },
  { name: 'VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment', resource: 'volumeattachments', object: (own: string) => ({ metadata: {}, spec: { attacher: 'e2e-test.csi', nodeName: `e2e-node-${own}`, source: { persistentVolumeName: `e2e-pv-${own}` } } }) },
  { name: 'VolumeAttributesClass should run through the lifecycle of a VolumeAttributesClass', resource: 'volumeattributesclasses', object: () => ({ metadata: {}, driverName: 'e2e-fake-csi-driver', parameters: { foo: 'bar' } }) },
]) {
  test(name, () => playLifecycle(`${STORAGE}/${resource}`, object, update));
}

test('CSIInlineVolumes should support CSIVolumeSource in Pod API', async () => {
  const namespace = await api.namespace('inline');
  await api.create(`${STORAGE}/csidrivers`, { metadata: { name: 'e2e.example.com', labels: { group: 'inline' } }, spec: { volumeLifecycleModes: ['Ephemeral'], podInfoOnMount: false, attachRequired: false } });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const source = { driver: 'e2e.example.com', volumeAttributes: { foo: 'bar' } };
  await api.create(pods, { metadata: { name: 'inline' }, spec: { volumes: [{ name: 'csi-inline-vol', csi: source }], containers: [{ name: 'pod', image: 'pause:1', volumeMounts: [{ name: 'csi-inline-vol', mountPath: '/mnt/csi' }] }] } });
  assert.deepEqual((await api.get(`${pods}/inline`)).spec.volumes[0].csi, source);
  assert.equal((await api.get(pods)).items.length, 1);
  assert.deepEqual((await api.patch(`${pods}/inline`, { metadata: { labels: { test: 'patched' } } })).metadata.labels, { test: 'patched' });
  await api.delete(`${pods}/inline`, { gracePeriodSeconds: 0 });
  await api.untilGone(`${pods}/inline`);
  await api.delete(`${STORAGE}/csidrivers?labelSelector=group%3Dinline`);
  await api.untilGone(`${STORAGE}/csidrivers/e2e.example.com`);
});

test('CSIStorageCapacity should support CSIStorageCapacities API operations', async () => {
  const namespace = await api.namespace('capacity');
  const url = `${STORAGE}/namespaces/${namespace}/csistoragecapacities`;
  const capacity = (name: string): Json => ({ metadata: { name, labels: { test: namespace } }, nodeTopology: { matchLabels: { foo: 'bar' } }, storageClassName: 'example', capacity: '10Gi' });
  assert((await api.get(STORAGE)).resources.some(({ name }: Json) => name === 'csistoragecapacities'));
  const first = await api.create(url, capacity('one'));
  await api.refused(409, 'POST', url, capacity('one'));
  await api.create(url, capacity('two'));
  await using watch = api.watch(`${url}?labelSelector=test%3D${namespace}&resourceVersion=${first.metadata.resourceVersion}`);
  await api.create(url, capacity('three'));
  assert.equal((await api.get(`${STORAGE}/csistoragecapacities?labelSelector=test%3D${namespace}`)).items.length, 3);
  await api.patch(`${url}/one`, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  await api.update(`${url}/one`, (thing) => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }));
  await watch.until('both annotations', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.updated === 'true');
  await api.delete(`${url}/one`);
  await api.untilGone(`${url}/one`);
  await api.delete(`${url}?labelSelector=test%3D${namespace}`);
  assert.equal((await api.get(url)).items.length, 0);
});

const volume = (name: string): Json => ({
  metadata: { name, labels: { 'e2e-pv-pool': name } },
  spec: { capacity: { storage: '20Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: name, persistentVolumeReclaimPolicy: 'Retain', csi: { driver: 'e2e-driver', volumeHandle: 'e2e-test' } },
});
const claim = (name: string): Json => ({ metadata: { name, labels: { 'e2e-pv-pool': name } }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: name, resources: { requests: { storage: '1Gi' } } } });

test('PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC', async () => {
  const namespace = await api.namespace('pv');
  const [volumes, claims] = ['/api/v1/persistentvolumes', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`];
  await api.create(volumes, volume('pool'));
  await api.create(claims, claim('pool'));
  assert.equal((await api.get(`${volumes}?labelSelector=e2e-pv-pool%3Dpool`)).items.length, 1);
  assert.equal((await api.get(claims)).items.length, 1);
  await api.patch(`${volumes}/pool`, { metadata: { labels: { pool: 'patched' } } });
  await api.patch(`${claims}/pool`, { metadata: { labels: { pool: 'patched' } } });
  await api.untilIs(`${claims}/pool`, 'the claim is bound', ({ status }) => status.phase === 'Bound');
  assert.equal((await api.get(`${volumes}/pool`)).spec.claimRef.name, 'pool');
  await api.delete(`${claims}/pool`);
  await api.untilGone(`${claims}/pool`);
  await api.delete(`${volumes}/pool`);
  await api.untilGone(`${volumes}/pool`);
  await api.create(volumes, volume('pool-2'));
  await api.create(claims, claim('pool-2'));
  await api.update(`${claims}/pool-2`, (thing) => (thing.metadata.labels = { ...thing.metadata.labels, 'pool-2': 'updated' }));
  await api.update(`${volumes}/pool-2`, (thing) => (thing.metadata.labels = { ...thing.metadata.labels, 'pool-2': 'updated' }));
  assert.equal((await api.get('/api/v1/persistentvolumeclaims?labelSelector=pool-2%3Dupdated')).items.length, 1);
  await api.delete(`${claims}?labelSelector=pool-2%3Dupdated`);
  await api.untilGone(`${claims}/pool-2`);
  await api.delete(`${volumes}?labelSelector=pool-2%3Dupdated`);
  await api.untilGone(`${volumes}/pool-2`);
});

test('PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async () => {
  const namespace = await api.namespace('pv-status');
  const [volumes, claims] = ['/api/v1/persistentvolumes', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`];
  await api.create(volumes, volume('told'));
  await api.create(claims, claim('told'));
  await api.untilIs(`${claims}/told`, 'the claim is bound', ({ status }) => status.phase === 'Bound');
  assert.equal((await api.get(`${claims}/told/status`)).status.phase, 'Bound');
  const condition = (type: string): Json => ({ type, status: 'True', reason: 'Set by an e2e test', message: 'Set by an e2e test' });
  const patched = await api.patch(`${claims}/told/status`, { metadata: { annotations: { e2ePatchedStatus: 'true' } }, status: { conditions: [condition('StatusPatched')] } });
  assert.equal(conditionOf(patched, 'StatusPatched').message, 'Set by an e2e test');
  const updated = await api.update(`${claims}/told/status`, (thing) => (thing.status.conditions = [...thing.status.conditions, condition('StatusUpdated')]));
  assert.equal(conditionOf(updated, 'StatusUpdated').status, 'True');
  assert.equal((await api.get(`${volumes}/told/status`)).status.phase, 'Bound');
  const volumePatched = await api.patch(`${volumes}/told/status`, { status: { message: 'StatusPatched', reason: 'E2E patchStatus' } });
  assert.deepEqual([volumePatched.status.message, volumePatched.status.reason], ['StatusPatched', 'E2E patchStatus']);
  const volumeUpdated = await api.update(`${volumes}/told/status`, (thing) => Object.assign(thing.status, { message: 'StatusUpdated', reason: 'E2E updateStatus' }));
  assert.equal(volumeUpdated.status.message, 'StatusUpdated');
});

test('VolumeAttachment Conformance should apply changes to a volumeattachment status', async () => {
  const url = `${STORAGE}/volumeattachments`;
  await api.create(url, { metadata: { name: 'told' }, spec: { attacher: 'e2e-test.csi', nodeName: 'e2e-node', source: { persistentVolumeName: 'e2e-pv' } } });
  const patched = await api.patch(`${url}/told/status`, { metadata: { annotations: { told: 'patched' } }, status: { attached: true } }, 'merge-patch+json');
  assert.equal(patched.status.attached, true);
  const updated = await api.update(`${url}/told`, (thing) => (thing.status.attached = false), `${url}/told/status`);
  assert.equal(updated.status.attached, false);
  await api.delete(`${url}/told`);
  await api.untilGone(`${url}/told`);
});

test('ConfigMap and Secrets should be immutable if `immutable` field is set', async () => {
  const namespace = await api.namespace('immutable');
  for (const resource of ['configmaps', 'secrets']) {
    const url = `/api/v1/namespaces/${namespace}/${resource}`;
    const text = (data: string): string => (resource === 'secrets' ? Buffer.from(data).toString('base64') : data);
    await api.create(url, { metadata: { name: 'own' }, data: { 'data-1': text('value-1') } });
    await api.update(`${url}/own`, (thing) => (thing.data['data-4'] = text('value-4')));
    await api.update(`${url}/own`, (thing) => (thing.immutable = true));
    const current = await api.get(`${url}/own`);
    await api.refused(422, 'PUT', `${url}/own`, { ...current, data: { ...current.data, 'data-5': text('value-5') } });
    await api.refused(422, 'PUT', `${url}/own`, { ...current, immutable: false });
    await api.update(`${url}/own`, (thing) => (thing.metadata.labels = { label1: 'value1' }));
    await api.delete(`${url}/own`);
    await api.untilGone(`${url}/own`);
  }
});
