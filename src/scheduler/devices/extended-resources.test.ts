import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeviceClass } from '../../api/generated/resource-v1.ts';
import { classOfResource, extendedRequests } from './extended-resources.ts';

const GPU = 'example.com/gpu';
const container = (name: string, requests: Record<string, string>, more: object = {}): object => ({ name, image: 'x', resources: { requests }, ...more });
const podOf = (containers: object[], initContainers: object[] = []): Pod => ({ metadata: { name: 'p' }, spec: { containers, initContainers } }) as unknown as Pod;
const asked = (pod: Pod): { requests: string[]; mappings: string[] } => {
  const { requests, mappings } = extendedRequests(pod, new Map([[GPU, 'gpu']]));
  return { requests: requests.map(({ name, exactly }) => `${name}: ${exactly?.count} of ${exactly?.deviceClassName}`), mappings: mappings.map(({ containerName, resourceName, requestName }) => `${containerName} ${resourceName}=${requestName}`) };
};

test('each container has a request of its own, named by its place and that of the resource among its requests', () => {
  assert.deepEqual(asked(podOf([container('a', { cpu: '1', [GPU]: '2' }), container('b', { memory: '1Gi' }), container('c', { [GPU]: '1' })])), {
    requests: ['container-0-request-1: 2 of gpu', 'container-2-request-0: 1 of gpu'], mappings: [`a ${GPU}=container-0-request-1`, `c ${GPU}=container-2-request-0`],
  });
});

test('containers that run to their end first use the devices of those that come later, and share what they need beyond', () => {
  const later = container('main', { [GPU]: '1' });
  assert.deepEqual(asked(podOf([later], [container('one', { [GPU]: '1' })])), { requests: ['container-1-request-0: 1 of gpu'], mappings: [`main ${GPU}=container-1-request-0`, `one ${GPU}=container-1-request-0`] });
  assert.deepEqual(asked(podOf([later], [container('two', { [GPU]: '2' }), container('four', { [GPU]: '4' })])), {
    requests: ['container-1-request-0: 3 of gpu', 'container-2-request-0: 1 of gpu'],
    mappings: [`main ${GPU}=container-2-request-0`, `two ${GPU}=container-2-request-0`, `two ${GPU}=container-1-request-0`, `four ${GPU}=container-2-request-0`, `four ${GPU}=container-1-request-0`],
  });
});

test('containers beside the others have devices of their own, which earlier ones use too', () => {
  assert.deepEqual(asked(podOf([container('main', { [GPU]: '1' })], [container('side', { [GPU]: '1' }, { restartPolicy: 'Always' }), container('init', { [GPU]: '2' })])), {
    requests: ['container-0-request-0: 1 of gpu', 'container-1-request-0: 1 of gpu', 'container-2-request-0: 1 of gpu'],
    mappings: [`side ${GPU}=container-0-request-0`, `main ${GPU}=container-2-request-0`, `init ${GPU}=container-2-request-0`, `init ${GPU}=container-1-request-0`],
  });
});

test('a resource belongs to the class that names it, the newest if there are several, and to the class whose name it has', () => {
  const classOf = (name: string, extendedResourceName: string | undefined, creationTimestamp: string): DeviceClass => ({ metadata: { name, creationTimestamp }, spec: { ...(extendedResourceName && { extendedResourceName }) } }) as DeviceClass;
  const classes = [classOf('old', GPU, '2026-01-01T00:00:00Z'), classOf('b', GPU, '2026-02-01T00:00:00Z'), classOf('a', GPU, '2026-02-01T00:00:00Z'), classOf('plain', undefined, '2026-03-01T00:00:00Z')];
  assert.deepEqual([GPU, 'example.com/none', 'cpu', 'deviceclass.resource.kubernetes.io/plain', 'deviceclass.resource.kubernetes.io/none'].map((name) => classOfResource(name, classes)), ['a', undefined, undefined, 'plain', undefined]);
});
