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
const NO_HINTS = { shares: () => undefined, wasHinted: false };
const plan = (pods: Pod[], slices: EndpointSlice[] = []): ReturnType<typeof planSlices> => planSlices({ service, pods, slices, node: zone, maxEndpoints: 100, ...NO_HINTS });

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
  assert.deepEqual(plan([pod(1), pod(2)], stored([pod(1), pod(2)])), { create: [], update: [], delete: [], isHinted: false, events: [], skipped: [] });
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

test('a slice whose ports nobody has any more becomes the new one, and keeps its name', () => {
  const { create, update, delete: gone } = plan([pod(1, { port: 9090 })], stored([pod(1)]));
  assert.deepEqual([create, update.map(({ metadata, ports }) => [metadata.name, ports?.[0]?.port]), gone], [[], [['web-0', 9090]], []]);
});

test('a slice whose last pod goes stays as the empty one', () => {
  const { create, update, delete: gone } = plan([], stored([pod(1)]));
  assert.deepEqual([create, update.map(({ metadata, ports, endpoints }) => [metadata.name, ports, endpoints]), gone], [[], [['web-0', [], []]], []]);
});

test('slices of a Service of the same name that is gone go too', () => {
  const [slice] = stored([pod(1)]);
  const foreign = { ...slice, metadata: { ...slice?.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'former' }] } } as EndpointSlice;
  const { create, update, delete: gone } = plan([pod(1)], [foreign]);
  assert.deepEqual([create.length, update, gone], [1, [], [foreign]]);
});

test('a pod without the port that the Service names is told without ports', () => {
  const lost = pod(1);
  lost.spec.containers = [{ name: 'c' }] as never;
  assert.deepEqual(plan([lost]).create.map(({ ports, endpoints }) => [ports, endpoints?.length]), [[[], 1]]);
});

for (const { name, before, after, sizes } of [
  { name: 'few new endpoints go to an unchanged slice that holds them all', before: 6, after: 8, sizes: { 'web-0': 8 } },
  { name: 'more than an unchanged slice holds go to a new one', before: 8, after: 12, sizes: { 'new': 4 } },
  { name: 'as many as a slice holds go to a new one', before: 0, after: 10, sizes: { 'web-0': 10 } },
]) {
  test(name, () => {
    const pods = (count: number): Pod[] => Array.from({ length: count }, (_, index) => pod(index + 1));
    const { create, update } = planSlices({ service, pods: pods(after), slices: stored(pods(before)), node: zone, maxEndpoints: 10, ...NO_HINTS });
    assert.deepEqual(Object.fromEntries([...create, ...update].map(({ metadata, endpoints }) => [metadata.name ?? 'new', endpoints?.length])), sizes);
  });
}

test('a slice holds as many endpoints as it is told', () => {
  const many = Array.from({ length: 7 }, (_, index) => pod(index + 1));
  const { create } = planSlices({ service, pods: many, slices: [], node: zone, maxEndpoints: 3, ...NO_HINTS });
  assert.deepEqual(create.map(({ endpoints }) => endpoints?.length), [3, 3, 1]);
});

test('a pod whose node is not there is left out, unless the Service publishes what is not ready', () => {
  const [here, lost] = [pod(1), pod(2)];
  lost.spec.nodeName = 'gone';
  const view = { pods: [here, lost], slices: [], node: (name: string) => (name === 'gone' ? undefined : zone()), maxEndpoints: 100, ...NO_HINTS };
  const { create, skipped } = planSlices({ ...view, service });
  assert.deepEqual([create[0]?.endpoints?.map(({ nodeName }) => nodeName), skipped], [['n1'], [lost]]);
  const all = planSlices({ ...view, service: { ...service, spec: { ...service.spec, publishNotReadyAddresses: true } } });
  assert.deepEqual([all.create[0]?.endpoints?.map(({ nodeName, zone: in_ }) => [nodeName, in_]), all.skipped], [[['n1', 'z1'], ['gone', undefined]], []]);
});

const withMode = (mode: string, spec: object = {}): Service => ({ ...service, metadata: { ...service.metadata, annotations: { 'service.kubernetes.io/topology-mode': mode } }, spec: { ...service.spec, ...spec } });
const inZone = (index: number, name: string): Pod => ({ ...pod(index), spec: { ...pod(index).spec, nodeName: name } });
const nodeIn = (name: string): never => ({ metadata: { labels: { 'topology.kubernetes.io/zone': name } } }) as never;
const zoned = (of: Service, pods: Pod[], slices: EndpointSlice[] = [], { shares = (): ReadonlyMap<string, number> | undefined => new Map([['a', 0.5], ['b', 0.5]]), wasHinted = false } = {}): ReturnType<typeof planSlices> =>
  planSlices({ service: of, pods, slices, node: nodeIn, maxEndpoints: 100, shares, wasHinted });
const asStored = ({ create }: ReturnType<typeof planSlices>): EndpointSlice[] => create.map((draft, index) => ({ ...draft, metadata: { ...draft.metadata, name: `web-${index}`, uid: String(index) } }) as EndpointSlice);
const hintsOf = (slice: Pick<EndpointSlice, 'endpoints'> | undefined): unknown => slice?.endpoints?.map(({ hints }) => hints);
const forZone = (name: string): object => ({ forZones: [{ name }] });

test('topology-mode Auto gives hints by the shares of zones, and tells of it once', () => {
  const pods = [inZone(1, 'a'), inZone(2, 'a'), inZone(3, 'a'), inZone(4, 'b')];
  const first = zoned(withMode('Auto'), pods);
  assert.deepEqual(hintsOf(first.create[0]), [forZone('b'), forZone('a'), forZone('a'), forZone('b')], 'one of a is for b');
  assert.deepEqual([first.isHinted, first.events], [true, [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: 'Topology Aware Hints has been enabled, addressType: IPv4' }]]);
  const again = zoned(withMode('Auto'), pods, asStored(first), { wasHinted: true });
  assert.deepEqual([again.update, again.create, again.events], [[], [], []]);
});

test('hints that can no longer be given go, and why is told', () => {
  const pods = [inZone(1, 'a'), inZone(2, 'b')];
  const slices = asStored(zoned(withMode('auto'), pods));
  const { update, isHinted, events } = zoned(withMode('auto'), pods, slices, { shares: () => undefined, wasHinted: true });
  assert.deepEqual([hintsOf(update[0] as EndpointSlice), isHinted], [[undefined, undefined], false]);
  assert.deepEqual(events, [{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4' }]);
});

test('a Service that no longer asks for hints by zones has none, or those of its trafficDistribution', () => {
  const pods = [inZone(1, 'a'), inZone(2, 'a'), inZone(3, 'a'), inZone(4, 'b')];
  const slices = asStored(zoned(withMode('Auto', { trafficDistribution: 'PreferClose' }), pods));
  const off = zoned(service, pods, slices, { wasHinted: true });
  assert.deepEqual(hintsOf(off.update[0] as EndpointSlice), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(off.events.map(({ type, message }) => [type, message]), [['Warning', 'Topology Aware Hints has been disabled, addressType: IPv4']]);
  const near = zoned(withMode('Disabled', { trafficDistribution: 'PreferClose' }), pods, slices, { wasHinted: true });
  assert.deepEqual(hintsOf(near.update[0] as EndpointSlice), ['a', 'a', 'a', 'b'].map(forZone));
  assert.deepEqual(zoned(withMode('Disabled', { trafficDistribution: 'PreferClose' }), pods, asStored(zoned(withMode('', { trafficDistribution: 'PreferClose' }), pods))).update, []);
});
