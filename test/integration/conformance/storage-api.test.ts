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

const newer = (one: Thing, other: Thing): boolean => BigInt(one.metadata.resourceVersion) > BigInt(other.metadata.resourceVersion);
const having = (label: string): string => `labelSelector=${encodeURIComponent(label)}`;

/** What the lifecycle tests of kinds without a namespace have in common: one that is created, read, patched, listed and deleted, and another that is updated and deleted as a collection. */
async function playLifecycle(url: string, first: Json, second: Json): Promise<void> {
  const created = await api.create(url, first);
  const { name } = created.metadata;
  const read = await api.get(`${url}/${name}`);
  assert.deepEqual([read.metadata.name, read.metadata.uid], [name, created.metadata.uid]);
  const patched = await api.patch(`${url}/${name}`, { metadata: { labels: { [name]: 'patched' } } });
  assert.equal(patched.metadata.labels?.[name], 'patched');
  assert(newer(patched, read));
  assert.equal((await api.get(`${url}?${having(`${name}=patched`)}`)).items.length, 1);
  await api.delete(`${url}/${name}`);
  await api.untilNone(`${url}?${having(`${name}=patched`)}`);
  const again = await api.create(url, second);
  const other = again.metadata.name;
  assert.equal((await api.get(`${url}/${other}`)).metadata.name, other);
  const updated = await api.update(`${url}/${other}`, (thing) => (thing.metadata.labels = { [other]: 'updated' }));
  assert.equal(updated.metadata.labels?.[other], 'updated');
  assert.equal((await api.get(`${url}?${having(`${other}=updated`)}`)).items.length, 1);
  await api.delete(`${url}?${having(`${other}=updated`)}`);
  await api.untilNone(`${url}?${having(`${other}=updated`)}`);
}

for (const { name, resource, first, second } of [
  { name: 'CSINodes CSI Conformance should run through the lifecycle of a csinode', resource: 'csinodes', first: { metadata: { name: 'e2e-csinode-a2b3c' }, spec: { drivers: null } }, second: { metadata: { name: 'e2e-csinode-d4e5f' }, spec: { drivers: null } } },
  { name: 'StorageClasses CSI Conformance should run through the lifecycle of a StorageClass', resource: 'storageclasses', first: { metadata: { generateName: 'e2e-' }, provisioner: 'e2e-fake-provisioner' }, second: { metadata: { generateName: 'e2e-v2-' }, provisioner: 'e2e-fake-provisioner' } },
  { name: 'VolumeAttributesClass should run through the lifecycle of a VolumeAttributesClass', resource: 'volumeattributesclasses', first: { metadata: { generateName: 'e2e-' }, driverName: 'e2e-fake-csi-driver', parameters: { foo: 'bar' } }, second: { metadata: { generateName: 'e2e-v2-' }, driverName: 'e2e-fake-csi-driver', parameters: { foo: 'bar' } } },
]) {
  test(name, () => playLifecycle(`${STORAGE}/${resource}`, first, second));
}

test('CSIInlineVolumes should run through the lifecycle of a CSIDriver', async () => {
  const url = `${STORAGE}/csidrivers`;
  const driver = (name: string, ...volumeLifecycleModes: string[]): Json => ({ metadata: { name, labels: { 'e2e-test': 'inline' } }, spec: { volumeLifecycleModes, fsGroupPolicy: 'ReadWriteOnceWithFSType' } });
  const [one, two] = [driver('inline-driver-1', 'Ephemeral'), driver('inline-driver-2', 'Persistent', 'Ephemeral')];
  const created = [await api.create(url, one), await api.create(url, two)];
  await api.refused(409, 'POST', url, one);
  for (const { metadata } of created) assert.equal((await api.get(`${url}/${metadata.name}`)).metadata.uid, metadata.uid);
  assert.equal((await api.patch(`${url}/inline-driver-2`, { metadata: { labels: { 'inline-driver-2': 'patched' } } })).metadata.labels?.['inline-driver-2'], 'patched');
  assert.equal((await api.update(`${url}/inline-driver-2`, ({ metadata }) => Object.assign(metadata.labels ?? {}, { 'inline-driver-2': 'updated' }))).metadata.labels?.['inline-driver-2'], 'updated');
  assert.equal((await api.get(`${url}?${having('e2e-test=inline')}`)).items.length, 2);
  await api.delete(`${url}/inline-driver-1`);
  await api.refused(404, 'GET', `${url}/inline-driver-1`);
  await api.delete(`${url}?${having('inline-driver-2=updated')}`);
  await api.refused(404, 'GET', `${url}/inline-driver-2`);
});

/** As the suite makes it: on a node that there is, of a volume that there is not, and with a uid that is not for it to choose. */
const attachment = async (name: string): Promise<Json> => {
  const { items } = await api.get('/api/v1/nodes');
  return { metadata: { name, uid: name }, spec: { attacher: 'e2e-test.storage.k8s.io', nodeName: items[0]?.metadata.name, source: { persistentVolumeName: `pv-${name}` } }, status: { attached: false } };
};

test('VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment', async () => {
  const url = `${STORAGE}/volumeattachments`;
  await api.create(url, await attachment('va-one'));
  assert.equal((await api.get(`${url}/va-one`)).metadata.name, 'va-one');
  assert.equal((await api.patch(`${url}/va-one`, { metadata: { labels: { 'va-one': 'patched' } } }, 'merge-patch+json')).metadata.labels?.['va-one'], 'patched');
  assert.equal((await api.get(`${url}?${having('va-one=patched')}`)).items.length, 1);
  await api.delete(`${url}/va-one`);
  await api.untilNone(`${url}?${having('va-one=patched')}`);
  for (const name of ['va-two', 'va-three']) {
    await api.create(url, await attachment(name));
    assert.deepEqual((await api.update(`${url}/${name}`, (thing) => (thing.metadata.labels = { 'va-e2e': 'updated' }))).metadata.labels, { 'va-e2e': 'updated' });
  }
  assert.equal((await api.get(`${url}?${having('va-e2e=updated')}`)).items.length, 2);
  await api.delete(`${url}?${having('va-e2e=updated')}`);
  await api.untilNone(`${url}?${having('va-e2e=updated')}`);
});

test('VolumeAttachment Conformance should apply changes to a volumeattachment status', async () => {
  const url = `${STORAGE}/volumeattachments`;
  const status = `${url}/va-told/status`;
  await api.create(url, await attachment('va-told'));
  assert.equal((await api.patch(`${url}/va-told`, { metadata: { labels: { 'va-told': 'patched' } } }, 'merge-patch+json')).metadata.labels?.['va-told'], 'patched');
  assert.equal((await api.get(status)).status.attached, false);
  assert.equal((await api.patch(status, { status: { attached: true } }, 'merge-patch+json')).status.attached, true);
  assert.equal((await api.update(`${url}/va-told`, (thing) => (thing.status.attached = false), status)).status.attached, false);
  await api.delete(`${url}/va-told`);
  await api.untilNone(`${url}?${having('va-told=patched')}`);
});

test('CSIInlineVolumes should support CSIVolumeSource in Pod API', async () => {
  const namespace = await api.namespace('inline', { 'pod-security.kubernetes.io/enforce': 'privileged' });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const sources = [{ driver: 'e2e.example.com' }, { driver: 'e2e.example.com', fsType: 'ext4', readOnly: true }];
  const names = ['csi-inline-vol1', 'csi-inline-vol2'];
  const mounts = names.map((name) => ({ name, mountPath: `/mnt/${name}` }));
  const pod = { metadata: { name: 'pod-csi-inline-volumes' }, spec: { volumes: names.map((name, index) => ({ name, csi: sources[index] })), containers: [{ name: 'pod-csi-inline-volumes', image: 'busybox:1', command: ['sh', '-c', 'ls /mnt/*'], volumeMounts: mounts }] } };
  const own = `${pods}/pod-csi-inline-volumes`;
  const created = await api.create(pods, pod);
  await api.refused(409, 'POST', pods, pod);
  const read = await api.get(own);
  assert.equal(read.metadata.uid, created.metadata.uid);
  assert.deepEqual(read.spec.volumes.flatMap(({ csi }: Json) => (csi ? [csi] : [])), sources);
  assert.equal((await api.get(pods)).items.length, 1);
  assert.deepEqual((await api.patch(own, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json')).metadata.annotations, { patched: 'true' });
  await api.delete(own);
  const after = await api.answer('GET', own);
  assert(after.status === 404 || (after.body as Thing).metadata.deletionTimestamp !== undefined);
  await api.untilGone(own);
});

test('CSIStorageCapacity should support CSIStorageCapacities API operations', async () => {
  const namespace = await api.namespace('capacity');
  const url = `${STORAGE}/namespaces/${namespace}/csistoragecapacities`;
  const own = having(`test=${namespace}`);
  const capacity = (name: string): Json => ({ metadata: { name, labels: { test: namespace } }, storageClassName: 'e2e.example.com' });
  assert((await api.get('/apis')).groups.some(({ name, versions }: Json) => name === 'storage.k8s.io' && versions.some(({ version }: Json) => version === 'v1')));
  assert((await api.get('/apis/storage.k8s.io')).versions.some(({ version }: Json) => version === 'v1'));
  assert((await api.get(STORAGE)).resources.some(({ name }: Json) => name === 'csistoragecapacities'));
  const first = await api.create(url, capacity('one'));
  await api.refused(409, 'POST', url, capacity('one'));
  await api.create(url, capacity('two'));
  await using here = api.watch(`${url}?${own}`);
  await using everywhere = api.watch(`${STORAGE}/csistoragecapacities?${own}`);
  await here.next('ADDED');
  await everywhere.next('ADDED');
  await api.create(url, capacity('three'));
  assert.equal((await api.get(`${url}/one`)).metadata.uid, first.metadata.uid);
  for (const all of [url, `${STORAGE}/csistoragecapacities`]) assert.equal((await api.get(`${all}?${own}`)).items.length, 3);
  const patched = await api.patch(`${url}/one`, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  assert.deepEqual(patched.metadata.annotations, { patched: 'true' });
  const updated = await api.put(`${url}/one`, { ...patched, metadata: { ...patched.metadata, annotations: { ...patched.metadata.annotations, updated: 'true' } } });
  assert.deepEqual(updated.metadata.annotations, { patched: 'true', updated: 'true' });
  for (const watch of [here, everywhere]) {
    await watch.until('it was patched', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.patched === 'true');
    await watch.until('it was updated', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.updated === 'true');
  }
  await api.delete(`${url}/one`);
  await api.refused(404, 'GET', `${url}/one`);
  assert.equal((await api.get(`${url}?${own}`)).items.length, 2);
  await api.delete(`${url}?${own}`);
  assert.equal((await api.get(`${url}?${own}`)).items.length, 0);
});

const VOLUME_MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'];
/** As the suite makes them: the server gives the names. */
const volume = (namespace: string, driver: string): Json => ({
  metadata: { generateName: `${namespace}-`, labels: { 'e2e-pv-pool': namespace }, annotations: { 'pv.beta.kubernetes.io/gid': '777' } },
  spec: { capacity: { storage: '2Gi' }, accessModes: VOLUME_MODES, storageClassName: namespace, persistentVolumeReclaimPolicy: 'Retain', csi: { driver, volumeHandle: 'e2e-conformance' } },
});
const claim = (namespace: string): Json => ({ metadata: { generateName: 'pvc-' }, spec: { accessModes: VOLUME_MODES, storageClassName: namespace, resources: { requests: { storage: '1Gi' } } } });

test('PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC', async () => {
  const namespace = await api.namespace('pv');
  const [volumes, claims, pool] = ['/api/v1/persistentvolumes', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, having(`e2e-pv-pool=${namespace}`)];
  await api.create(volumes, volume(namespace, 'inline-driver-pv'));
  await api.create(claims, claim(namespace));
  const [initial, initialClaim] = [(await api.get(`${volumes}?${pool}`)).items, (await api.get(claims)).items];
  assert.deepEqual([initial.length, initialClaim.length], [1, 1]);
  for (const [url, thing] of [[volumes, initial[0]], [claims, initialClaim[0]]] as [string, Thing][]) {
    const { name } = thing.metadata;
    const patched = await api.patch(`${url}/${name}`, { metadata: { labels: { [name]: 'patched' } } });
    assert.equal(patched.metadata.labels?.[name], 'patched');
    assert(newer(patched, thing));
    assert.equal((await api.get(`${url}/${name}`)).metadata.uid, patched.metadata.uid);
  }
  await api.delete(`${claims}/${initialClaim[0]?.metadata.name}`);
  await api.untilNone(claims);
  await api.delete(`${volumes}/${initial[0]?.metadata.name}`);
  await api.untilNone(`${volumes}?${pool}`);
  const { name } = (await api.create(volumes, volume(namespace, 'inline-driver-pv'))).metadata;
  const { name: claimName } = (await api.create(claims, claim(namespace))).metadata;
  assert.equal((await api.update(`${volumes}/${name}`, ({ metadata }) => Object.assign(metadata.labels ?? {}, { [name]: 'updated' }))).metadata.labels?.[name], 'updated');
  assert.deepEqual((await api.update(`${claims}/${claimName}`, (thing) => (thing.metadata.labels = { [claimName]: 'updated' }))).metadata.labels, { [claimName]: 'updated' });
  assert.equal((await api.get(`/api/v1/persistentvolumeclaims?${having(`${claimName}=updated`)}`)).items.length, 1);
  await api.delete(`${claims}?${having(`${claimName}=updated`)}`);
  await api.untilNone(`${claims}?${having(`${claimName}=updated`)}`);
  await api.delete(`${volumes}?${having(`${name}=updated`)}`);
  await api.untilNone(`${volumes}?${having(`${name}=updated`)}`);
});

test('PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async () => {
  const namespace = await api.namespace('pv-status');
  const [volumes, claims] = ['/api/v1/persistentvolumes', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`];
  const volumeUrl = `${volumes}/${(await api.create(volumes, volume(namespace, 'e2e-driver-status'))).metadata.name}`;
  const claimUrl = `${claims}/${(await api.create(claims, claim(namespace))).metadata.name}`;
  assert.equal((await api.get(`${volumes}?${having(`e2e-pv-pool=${namespace}`)}`)).items.length, 1);
  assert.equal((await api.get(claims)).items.length, 1);
  assert.match((await api.get(`${claimUrl}/status`)).status.phase, /^(Pending|Bound)$/);
  assert.match((await api.get(`${volumeUrl}/status`)).status.phase, /^(Pending|Available|Bound)$/);
  const condition = (type: string, reason: string): Json => ({ type, status: 'True', reason, message: 'Set from e2e test' });
  const patched = await api.patch(`${claimUrl}/status`, { status: { conditions: [condition('StatusPatched', 'E2E patchedStatus')] } }, 'merge-patch+json');
  assert.deepEqual([conditionOf(patched, 'StatusPatched').reason, conditionOf(patched, 'StatusPatched').message], ['E2E patchedStatus', 'Set from e2e test']);
  const volumePatched = await api.patch(`${volumeUrl}/status`, { status: { message: 'StatusPatched', reason: 'E2E patchStatus' } }, 'merge-patch+json');
  assert.deepEqual([volumePatched.status.message, volumePatched.status.reason], ['StatusPatched', 'E2E patchStatus']);
  const updated = await api.update(claimUrl, ({ status }) => (status.conditions = [...(status.conditions ?? []), condition('StatusUpdated', 'E2E updateStatus')]), `${claimUrl}/status`);
  assert.deepEqual([conditionOf(updated, 'StatusUpdated').reason, conditionOf(updated, 'StatusUpdated').message], ['E2E updateStatus', 'Set from e2e test']);
  const volumeUpdated = await api.update(volumeUrl, ({ status }) => Object.assign(status, { message: 'StatusUpdated', reason: 'E2E updateStatus' }), `${volumeUrl}/status`);
  assert.deepEqual([volumeUpdated.status.message, volumeUpdated.status.reason], ['StatusUpdated', 'E2E updateStatus']);
  await api.untilIs(claimUrl, 'the claim is bound for all that', ({ status }) => status.phase === 'Bound');
});

for (const { name, resource } of [{ name: 'ConfigMap', resource: 'configmaps' }, { name: 'Secrets', resource: 'secrets' }]) {
  test(`${name} should be immutable if \`immutable\` field is set`, async () => {
    const url = `/api/v1/namespaces/${await api.namespace('immutable')}/${resource}`;
    const text = (data: string): string => (resource === 'secrets' ? Buffer.from(`${data}\n`).toString('base64') : data);
    const entry = (index: number): Record<string, string> => ({ [`data-${index}`]: text(`value-${index}`) });
    const created = await api.create(url, { metadata: { name: 'immutable' }, data: { ...entry(1), ...entry(2), ...entry(3) } });
    const more = await api.put(`${url}/immutable`, { ...created, data: { ...created.data, ...entry(4) } });
    const closed = await api.put(`${url}/immutable`, { ...more, immutable: true });
    await api.refused(422, 'PUT', `${url}/immutable`, { ...closed, data: { ...closed.data, ...entry(5) } });
    const current = await api.get(`${url}/immutable`);
    assert.equal(current.immutable, true);
    await api.refused(422, 'PUT', `${url}/immutable`, { ...current, immutable: false });
    const read = await api.get(`${url}/immutable`);
    await api.put(`${url}/immutable`, { ...read, metadata: { ...read.metadata, labels: { label1: 'value1' } } });
    await api.delete(`${url}/immutable`);
    await api.refused(404, 'GET', `${url}/immutable`);
  });
}
