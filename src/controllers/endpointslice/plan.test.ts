import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { planSlices } from './plan.ts';

const service = {
  metadata: { name: 'web', namespace: 'default', uid: 's', creationTimestamp: '2026-01-01T00:00:00Z', labels: { tier: 'front' } },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }], ipFamilies: ['IPv4'], clusterIP: '10.0.0.9' },
  status: {},
} as unknown as Service;

function pod(index: number, { ready = true, port = 8080 } = {}): Pod {
  return {
    metadata: { name: `web-${index}`, namespace: 'default', uid: `uid-${index}`, labels: { app: 'web' } },
    spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] }] },
    status: { phase: 'Running', podIP: `10.1.0.${index}`, podIPs: [{ ip: `10.1.0.${index}` }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as unknown as Pod;
}

const zone = (): never => ({ metadata: { labels: { 'topology.kubernetes.io/zone': 'z1' } } }) as never;
const plan = (pods: Pod[], slices: EndpointSlice[] = []): ReturnType<typeof planSlices> => planSlices({ service, pods, slices, node: zone, maxEndpoints: 100 });

function stored(pods: Pod[]): EndpointSlice[] {
  return plan(pods).create.map((draft, index) => ({ ...draft, metadata: { ...draft.metadata, name: `web-${index}`, uid: String(index) } }) as EndpointSlice);
}

test('makes one slice with the endpoints of the pods', () => {
  const [slice, ...others] = plan([pod(1), pod(2, { ready: false })]).create;
  assert.equal(others.length, 0);
  assert.deepEqual(slice?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
  assert.deepEqual(slice?.metadata.labels, { tier: 'front', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' });
  assert.deepEqual(slice?.endpoints?.[0], {
    addresses: ['10.1.0.1'], conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: 'Pod', namespace: 'default', name: 'web-1', uid: 'uid-1' }, nodeName: 'n1', zone: 'z1',
  });
  assert.equal(slice?.endpoints?.[1]?.conditions.ready, false);
});

test('an unchanged world wants nothing', () => {
  assert.deepEqual(plan([pod(1), pod(2)], stored([pod(1), pod(2)])), { create: [], update: [], delete: [] });
});

test('a Service without pods has an empty slice', () => assert.deepEqual(plan([]).create.map(({ endpoints, ports }) => ({ endpoints, ports })), [{ endpoints: [], ports: [] }]));

test('a changed pod changes its slice only', () => {
  const many = Array.from({ length: 150 }, (_, index) => pod(index + 1));
  const slices = stored(many);
  assert.equal(slices.length, 2);
  const changed = many.map((one, index) => (index === 120 ? pod(121, { ready: false }) : one));
  const { create, update, delete: gone } = plan(changed, slices);
  assert.deepEqual([create.length, update.map(({ metadata }) => metadata.name), gone.length], [0, ['web-1'], 0]);
});

test('pods with other ports are in another slice', () => assert.equal(plan([pod(1), pod(2, { port: 9090 })]).create.length, 2));

test('slices whose ports nobody has any more go', () => {
  const { create, delete: gone } = plan([pod(1, { port: 9090 })], stored([pod(1)]));
  assert.deepEqual([create.length, gone.map(({ metadata }) => metadata.name)], [1, ['web-0']]);
});

test('a slice holds as many endpoints as it is told', () => {
  const many = Array.from({ length: 7 }, (_, index) => pod(index + 1));
  const { create } = planSlices({ service, pods: many, slices: [], node: zone, maxEndpoints: 3 });
  assert.deepEqual(create.map(({ endpoints }) => endpoints?.length), [3, 3, 1]);
});
