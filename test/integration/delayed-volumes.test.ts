/** Claims that wait for their first consumer: the scheduler chooses their volume with the node of the pod, and the controller of volumes binds it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../src/api/generated/core-v1.ts';
import type { StorageClass } from '../../src/api/generated/storage-v1.ts';
import * as refs from '../../src/api/refs.ts';
import type { Client } from '../../src/client/client.ts';
import { until } from '../support/until.ts';
import { freePort, ServerProcess } from './support/server-process.ts';

const { signal } = new AbortController();
let server: ServerProcess;
let client: Client;

before(async () => {
  server = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory', '--disable-agent', '--controllers', 'persistentvolume-binder-controller', '--disable-admission-plugins', 'ServiceAccount'] });
  await server.start();
  client = server.client();
  for (const name of ['a', 'b']) {
    await client.resource(refs.nodes).create({ metadata: { name, labels: { host: name } } } as unknown as Node, { signal });
    await client.resource(refs.nodes).patchStatus(name, { type: 'merge', patch: { status: { allocatable: { cpu: '8', memory: '8Gi', pods: '110' } } } }, { signal });
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'host', operator: 'In', values: [name] }] }] };
    const spec = { storageClassName: 'local', capacity: { storage: name === 'a' ? '1Gi' : '2Gi' }, accessModes: ['ReadWriteOnce'], local: { path: '/mnt' }, nodeAffinity: { required } };
    await client.resource(refs.persistentVolumes).create({ metadata: { name: `on-${name}` }, spec } as unknown as PersistentVolume, { signal });
  }
  await client.resource(refs.storageClasses).create({ metadata: { name: 'local' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' } as StorageClass, { signal });
  await client.resource(refs.storageClasses).create({ metadata: { name: 'made' }, provisioner: 'example.com/disk', volumeBindingMode: 'WaitForFirstConsumer' } as StorageClass, { signal });
});
after(async () => server[Symbol.asyncDispose]());

const claims = () => client.resource(refs.persistentVolumeClaims, 'default');
const pods = () => client.resource(refs.pods, 'default');

async function claimed(name: string, storageClassName: string): Promise<void> {
  await claims().create({ metadata: { name }, spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } as unknown as PersistentVolumeClaim, { signal });
}

async function created(name: string, claimName: string, host: string): Promise<void> {
  const spec = { nodeSelector: { host }, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] };
  await pods().create({ metadata: { name }, spec } as unknown as Pod, { signal });
}

async function told(reason: string, message: string): Promise<void> {
  await until(`${reason} is told`, async () => (await client.resource(refs.events, 'default').list({ signal })).items.some((event) => event.reason === reason && event.message === message));
}

test('a claim gets the volume of the node that its pod can go to, though another one is smaller', async () => {
  await claimed('data', 'local');
  await told('WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  await created('nowhere', 'data', 'none');
  await told('WaitForPodScheduled', 'waiting for pod nowhere to be scheduled');
  assert.equal((await claims().get('data', { signal })).status.phase, 'Pending');
  await created('works', 'data', 'b');
  const bound = await until('the claim is bound', async () => {
    const claim = await claims().get('data', { signal });
    return claim.status.phase === 'Bound' ? claim : undefined;
  });
  assert.equal(bound.spec.volumeName, 'on-b');
  assert.equal((await client.resource(refs.persistentVolumes).get('on-b', { signal })).metadata.annotations?.['pv.kubernetes.io/bound-by-controller'], 'yes');
  assert.equal(await until('the pod has a node', async () => (await pods().get('works', { signal })).spec.nodeName), 'b');
  assert.equal((await client.resource(refs.persistentVolumes).get('on-a', { signal })).spec.claimRef, undefined);
});

test('who makes the volume hears for which node', async () => {
  await claimed('disk', 'made');
  await created('writes', 'disk', 'a');
  const claim = await until('the node is told', async () => {
    const one = await claims().get('disk', { signal });
    return one.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] === 'example.com/disk' ? one : undefined;
  });
  assert.equal(claim.metadata.annotations?.['volume.kubernetes.io/selected-node'], 'a');
});
