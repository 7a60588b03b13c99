import { test } from 'node:test';
import { configMaps, namespaces, persistentVolumeClaims, pods, resourceClaims, resourceQuotas } from '../../../src/api/refs.ts';
import { endPods, startControllers } from './controllers-under-test.ts';

test('a ResourceQuota tells what is used already, and less when pods have ended', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['resourcequota-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const hard = { pods: '5', 'requests.cpu': '2', 'limits.memory': '1Gi', 'count/configmaps': '10', 'gpu.deviceclass.resource.k8s.io/devices': '4' };
  const used = (expected: object) => async (): Promise<boolean> => {
    const { status } = await client.resource(resourceQuotas, 'shop').get('all', { signal });
    return Object.entries(expected).every(([name, amount]) => status?.used?.[name] === amount);
  };
  for (const name of ['a', 'b']) {
    const resources = { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } };
    await client.resource(pods, 'shop').create({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'x', resources } as never] } as never }, { signal });
  }
  await client.resource(configMaps, 'shop').create({ metadata: { name: 'c' } }, { signal });
  await client.resource(resourceClaims, 'shop').create({ metadata: { name: 'c' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 3 } }] } }, status: {} }, { signal });
  // What comes after the quota is counted by admission, which is not here.
  await client.resource(resourceQuotas, 'shop').create({ metadata: { name: 'all' }, spec: { hard } }, { signal });
  await until('two pods are counted', used({ pods: '2', 'requests.cpu': '500m', 'limits.memory': '256Mi', 'count/configmaps': '1', 'gpu.deviceclass.resource.k8s.io/devices': '3' }));
  const resized = (conditions: object[]): object => ({ conditions, containerStatuses: [{ name: 'c', image: 'x', imageID: '', ready: true, restartCount: 0, resources: { requests: { cpu: '1' } } }] });
  await client.resource(pods, 'shop').patchStatus('a', { type: 'merge', patch: { status: resized([{ type: 'PodResizeInProgress', status: 'True' }]) } }, { signal });
  await until('a pod that still has more than it asks for is counted with it', used({ 'requests.cpu': '1250m' }));
  await client.resource(pods, 'shop').patchStatus('a', { type: 'merge', patch: { status: resized([]) } }, { signal });
  await until('it is counted as it asks', used({ 'requests.cpu': '500m' }));
  await endPods(cluster, 'shop');
  await until('ended pods take nothing', used({ pods: '0', 'requests.cpu': '0', 'limits.memory': '0', 'count/configmaps': '1' }));
});

test('a quota of an attributes class gets back what a claim that leaves the class had', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['resourcequota-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const claims = client.resource(persistentVolumeClaims, 'shop');
  await claims.create({ metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', volumeName: 'v', volumeAttributesClassName: 'gold', resources: { requests: { storage: '2Gi' } } }, status: {} } as never, { signal });
  await claims.patch('c', { type: 'merge', patch: { status: { phase: 'Bound' } } }, { signal }, 'status');
  const scopeSelector = { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }] };
  await client.resource(resourceQuotas, 'shop').create({ metadata: { name: 'gold' }, spec: { hard: { persistentvolumeclaims: '3', 'requests.storage': '9Gi' }, scopeSelector } }, { signal });
  const used = (count: string, storage: string) => async (): Promise<boolean> => {
    const { status } = await client.resource(resourceQuotas, 'shop').get('gold', { signal });
    return status?.used?.['persistentvolumeclaims'] === count && status.used['requests.storage'] === storage;
  };
  await until('the claim is counted', used('1', '2Gi'));
  await claims.patch('c', { type: 'merge', patch: { spec: { volumeAttributesClassName: 'silver' } } }, { signal });
  await until('it is not any more', used('0', '0'));
});
