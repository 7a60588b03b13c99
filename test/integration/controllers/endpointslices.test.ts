import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoints, Node, Pod, Service } from '../../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../../src/api/generated/discovery-v1.ts';
import { endpoints, endpointSlices, events, namespaces, nodes, pods, services } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import { type ControllersUnderTest, startControllers } from './controllers-under-test.ts';

const ZONE = 'topology.kubernetes.io/zone';

async function makeNode({ client, signal }: ControllersUnderTest, name: string, zone: string): Promise<void> {
  await client.resource(nodes).create({ metadata: { name, labels: { [ZONE]: zone } } } as unknown as Draft<Node>, { signal });
  await client.resource(nodes).patch(name, { type: 'merge', patch: { status: { allocatable: { cpu: '2' }, conditions: [{ type: 'Ready', status: 'True' }] } } }, { signal }, 'status');
}

async function makePod({ client, signal }: ControllersUnderTest, index: number, nodeName: string): Promise<void> {
  const draft = { metadata: { name: `web-${index}`, labels: { app: 'web' } }, spec: { nodeName, containers: [{ name: 'c', image: 'httpd' }] } };
  await client.resource(pods, 'shop').create(draft as unknown as Draft<Pod>, { signal });
  const status = { phase: 'Running', podIP: `10.0.0.${index}`, podIPs: [{ ip: `10.0.0.${index}` }], conditions: [{ type: 'Ready', status: 'True' }] };
  await client.resource(pods, 'shop').patch(`web-${index}`, { type: 'merge', patch: { status } }, { signal }, 'status');
}

async function start(annotations: Record<string, string> = {}): Promise<ControllersUnderTest> {
  const cluster = await startControllers(['endpointslice-controller']);
  const { client, signal } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  await client.resource(services, 'shop').create({ metadata: { name: 'web', annotations }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } } as unknown as Draft<Service>, { signal });
  return cluster;
}

const slicesOf = async ({ client, signal }: ControllersUnderTest): Promise<readonly DeepReadonly<EndpointSlice>[]> => (await client.resource(endpointSlices, 'shop').list({ signal })).items;
/** `ADDRESS>ZONE` of each endpoint. */
const shown = async (cluster: ControllersUnderTest): Promise<string> =>
  (await slicesOf(cluster)).flatMap(({ endpoints = [] }) => endpoints.map(({ addresses, hints }) => `${addresses[0]}>${hints?.forZones?.map(({ name }) => name).join() ?? ''}`)).toSorted().join(' ');
const until = (cluster: ControllersUnderTest, wanted: string): Promise<unknown> => cluster.until(wanted, async () => (await shown(cluster)) === wanted);
const told = (cluster: ControllersUnderTest, reason: string, message: RegExp): Promise<unknown> =>
  cluster.until(reason, async () => (await cluster.client.resource(events, 'shop').list({ signal: cluster.signal })).items.some((event) => event.reason === reason && message.test(event.message ?? '')));

test('a pod whose node is not there is no endpoint, till the node comes', { timeout: 600_000 }, async () => {
  await using cluster = await start();
  await makeNode(cluster, 'node-1', 'a');
  await makePod(cluster, 1, 'node-1');
  await makePod(cluster, 2, 'node-2');
  await until(cluster, '10.0.0.1>');
  await told(cluster, 'FailedToUpdateEndpointSlices', /^Error updating Endpoint Slices for Service shop\/web: skipping Pod web-2 for Service shop\/web: Node node-2 Not Found$/);
  await makeNode(cluster, 'node-2', 'b');
  await until(cluster, '10.0.0.1> 10.0.0.2>');
});

test('topology-mode Auto: endpoints are for zones as these have CPU, while there are enough', { timeout: 600_000 }, async () => {
  await using cluster = await start({ 'service.kubernetes.io/topology-mode': 'Auto' });
  const { client, signal } = cluster;
  for (const [name, zone] of [['node-1', 'a'], ['node-2', 'b']] as const) await makeNode(cluster, name, zone);
  for (const index of [1, 2, 3]) await makePod(cluster, index, 'node-1');
  await makePod(cluster, 4, 'node-2');
  await cluster.until('each zone has two', async () => /^(>a){2}(>b){2}$/.test((await shown(cluster)).match(/>\w/g)?.toSorted().join('') ?? ''));
  assert.match(await shown(cluster), /10\.0\.0\.4>b/);
  await told(cluster, 'TopologyAwareHintsEnabled', /^Topology Aware Hints has been enabled, addressType: IPv4$/);
  await client.resource(nodes).patch('node-2', { type: 'merge', patch: { metadata: { labels: { [ZONE]: null } } } }, { signal });
  await until(cluster, '10.0.0.1> 10.0.0.2> 10.0.0.3> 10.0.0.4>');
  await told(cluster, 'TopologyAwareHintsDisabled', /^Insufficient Node information: .*, addressType: IPv4$/);
});

test('of endpoints with too many addresses a thousand are mirrored, and an event says so', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['endpointslice-mirroring-controller']);
  const { client, signal } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  await client.resource(services, 'shop').create({ metadata: { name: 'db' }, spec: { ports: [{ port: 80 }] } } as unknown as Draft<Service>, { signal });
  const addresses = Array.from({ length: 1003 }, (_, index) => ({ ip: `10.1.${Math.floor(index / 250)}.${1 + index % 250}` }));
  await client.resource(endpoints, 'shop').create({ metadata: { name: 'db' }, subsets: [{ addresses, ports: [{ port: 80 }] }] } as unknown as Draft<Endpoints>, { signal });
  await told(cluster, 'TooManyAddressesToMirror', /^A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset\. 3 addresses were skipped$/);
  await cluster.until('a thousand are mirrored', async () => (await slicesOf(cluster)).flatMap((slice) => slice.endpoints ?? []).length === 1000);
});
