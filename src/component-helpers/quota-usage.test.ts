import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity } from '../apimachinery/quantity.ts';
import { countedResource, quotaUsage } from './quota-usage.ts';

const DEVICES = 'deviceclass.resource.k8s.io/devices';
const claimed = (requests: object[]): object => Object.fromEntries([...quotaUsage({ group: 'resource.k8s.io', resource: 'resourceclaims' }, { metadata: { name: 'c' }, spec: { devices: { requests } } } as never, 0)].map(([name, amount]) => [name, formatQuantity(amount)]));

for (const { name, requests, expected } of [
  { name: 'one for each request', requests: [{ name: 'a', exactly: { deviceClassName: 'gpu' } }, { name: 'b', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 3 } }, { name: 'c', exactly: { deviceClassName: 'nic' } }], expected: { [`gpu.${DEVICES}`]: '4', [`nic.${DEVICES}`]: '1' } },
  { name: 'as many as there may be for all', requests: [{ name: 'a', exactly: { deviceClassName: 'gpu', allocationMode: 'All' } }], expected: { [`gpu.${DEVICES}`]: '32' } },
  { name: 'the most of each class for alternatives', requests: [{ name: 'a', firstAvailable: [{ name: 'x', deviceClassName: 'gpu', count: 2 }, { name: 'y', deviceClassName: 'gpu', count: 5 }, { name: 'z', deviceClassName: 'old', count: 8 }] }], expected: { [`gpu.${DEVICES}`]: '5', [`old.${DEVICES}`]: '8' } },
]) test(`devices of a claim count in quotas: ${name}`, () => assert.deepEqual(claimed(requests), { 'count/resourceclaims.resource.k8s.io': '1', ...expected }));

test('names of quotas tell what they count', () => {
  assert.deepEqual(['requests.cpu', 'count/deployments.apps', 'services.nodeports', 'gold.storageclass.storage.k8s.io/requests.storage', `gpu.${DEVICES}`].map(countedResource), ['pods', 'deployments.apps', 'services', 'persistentvolumeclaims', 'resourceclaims.resource.k8s.io']);
});

const CLAIM = { metadata: { name: 'c' }, spec: { storageClassName: 'slow', resources: { requests: { storage: '1.5' } } } };
const stored = (claim: object): object => Object.fromEntries([...quotaUsage({ group: '', resource: 'persistentvolumeclaims' }, claim as never, 0)].map(([name, amount]) => [name, formatQuantity(amount)]));
const sized = (storage: string, className = 'slow'): object => ({
  'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1', 'requests.storage': storage,
  [`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`]: '1', [`${className}.storageclass.storage.k8s.io/requests.storage`]: storage,
});

test('claims count in whole bytes, with what is set aside for them, and under the class of their old annotation', () => {
  assert.deepEqual(stored(CLAIM), sized('2'));
  assert.deepEqual(stored({ ...CLAIM, status: { allocatedResources: { storage: '5' } } }), sized('5'));
  assert.deepEqual(stored({ ...CLAIM, status: { allocatedResources: { storage: '1' } } }), sized('2'));
  assert.deepEqual(stored({ ...CLAIM, metadata: { name: 'c', annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' } } }), sized('2', 'old'));
});

test('pods count with their overhead, and while they are resized with the most of what they ask for and have', () => {
  const counted = (pod: object): (string | undefined)[] => {
    const usage = quotaUsage({ group: '', resource: 'pods' }, pod as never, 0);
    return ['requests.cpu', 'limits.cpu', 'limits.memory'].map((name) => usage.get(name)).map((amount) => amount && formatQuantity(amount));
  };
  const pod = (cpu: string): object => ({ metadata: { name: 'p', generation: 2 }, spec: { overhead: { cpu: '100m', memory: '1Mi' }, containers: [{ name: 'c', resources: { requests: { cpu }, limits: { cpu } } }] }, status: {} });
  assert.deepEqual(counted(pod('1')), ['1100m', '1100m', undefined]);
  const resources = { requests: { cpu: '2' }, limits: { cpu: '2' } };
  const status = (reason: string): object => ({ observedGeneration: 2, conditions: [{ type: 'PodResizePending', status: 'True', reason }], containerStatuses: [{ name: 'c', resources, allocatedResources: { cpu: '2' } }] });
  assert.deepEqual(counted({ ...pod('1'), status: status('Deferred') }), ['2100m', '2100m', undefined]);
  assert.deepEqual(counted({ ...pod('9'), status: status('Deferred') }), ['9100m', '9100m', undefined]);
  assert.deepEqual(counted({ ...pod('9'), status: status('Infeasible') }), ['2100m', '2100m', undefined]);
});
