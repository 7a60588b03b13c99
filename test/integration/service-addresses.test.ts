import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Service, ServiceSpec } from '../../src/api/generated/core-v1.ts';
import type { IPAddress, ServiceCIDR } from '../../src/api/generated/networking-v1.ts';
import { events, ipAddresses, namespaces, serviceCIDRs, services } from '../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../src/apimachinery/meta.ts';
import { hasReason } from '../../src/apimachinery/status.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { claimServiceAddresses } from '../../src/cluster/service-addresses/repair.ts';
import { admin, startTestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const call = { signal };

/** KEP-1880 against `kubets server`: addresses of Services are IPAddresses, given from ServiceCIDRs. The range of its flags has room for fourteen. */
suite('addresses of services', { timeout: 600_000 }, () => {
  let server: ServerProcess;
  let client: Client;

  before(async () => {
    server = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory', '--disable-agent', '--service-cluster-ip-range', '10.96.0.0/28'] });
    await server.start();
    client = server.client();
  });
  after(() => server[Symbol.asyncDispose]());

  const create = (name: string, spec: Partial<ServiceSpec> = {}, options = call): Promise<DeepReadonly<Service>> =>
    client.resource(services, 'default').create({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } as unknown as Draft<Service>, options);
  const addressOf = async (ip: string): Promise<DeepReadonly<IPAddress> | undefined> => {
    try {
      return await client.resource(ipAddresses).get(ip, call);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  };
  const conditionsOf = async (name: string): Promise<string> => ((await client.resource(serviceCIDRs).get(name, call)).status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).join();

  test('the range of the flags is ServiceCIDR kubernetes, ready and protected', async () => {
    await until('it is protected', async () => (await client.resource(serviceCIDRs).get('kubernetes', call)).metadata.finalizers?.includes('networking.k8s.io/service-cidr-finalizer'));
    assert.deepEqual((await client.resource(serviceCIDRs).get('kubernetes', call)).spec.cidrs, ['10.96.0.0/28']);
    await until('it is ready', async () => (await conditionsOf('kubernetes')) === 'Ready=True ');
  });

  test('an address is an IPAddress as long as its service has it', async () => {
    const { spec } = await create('web');
    const ip = spec.clusterIP ?? '';
    const { metadata, spec: { parentRef } } = (await addressOf(ip)) ?? assert.fail('no IPAddress');
    assert.deepEqual(metadata.labels, { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' });
    assert.deepEqual(parentRef, { resource: 'services', namespace: 'default', name: 'web' });
    assert.deepEqual(metadata.managedFields?.map(({ manager }) => manager), ['kube-apiserver']);
    assert.deepEqual((await addressOf('10.96.0.1'))?.spec.parentRef?.name, 'kubernetes');
    await assert.rejects(create('other', { clusterIP: ip }), new RegExp(`spec\\.clusterIPs: Invalid value: \\["${ip}"\\]: failed to allocate IP ${ip}: provided IP is already allocated`));
    await client.resource(services, 'default').patch('web', { type: 'merge', patch: { spec: { type: 'ExternalName', externalName: 'example.com' } } }, call);
    assert.equal(await addressOf(ip), undefined, 'a name has no address');
    await client.resource(services, 'default').patch('web', { type: 'merge', patch: { spec: { type: 'ClusterIP', externalName: null } } }, call);
    const again = (await client.resource(services, 'default').get('web', call)).spec.clusterIP ?? '';
    assert.ok(await addressOf(again));
    await client.resource(services, 'default').delete('web', call);
    assert.equal(await addressOf(again), undefined, 'a service that is gone has no address');
  });

  test('what is refused leaves no address behind', async () => {
    await assert.rejects(create('bad', { clusterIP: '10.96.0.9', sessionAffinity: 'Sometimes' }), /sessionAffinity: Unsupported value/);
    await assert.rejects(create('beyond', { clusterIP: '10.97.0.9' }), /failed to allocate IP 10\.97\.0\.9: the provided network does not match the current range/);
    await assert.rejects(create('broadcast', { clusterIP: '10.96.0.15' }), /the provided IP \(10\.96\.0\.15\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/28/);
    await create('dry', { clusterIP: '10.96.0.9' }, { ...call, dryRun: true } as typeof call);
    assert.equal(await addressOf('10.96.0.9'), undefined);
  });

  test('an address that is taken away is made again, and told of', async () => {
    const { spec } = await create('kept');
    const ip = spec.clusterIP ?? '';
    const first = await addressOf(ip);
    await client.resource(ipAddresses).delete(ip, call);
    await until('it is there again', async () => ((await addressOf(ip))?.metadata.uid ?? first?.metadata.uid) !== first?.metadata.uid);
    const told = await until('an event', async () => (await client.resource(events, 'default').list(call)).items.find(({ reason }) => reason === 'ClusterIPNotAllocated'));
    assert.equal(told.message, `Cluster IP [IPv4]: ${ip} is not allocated; repairing`);
    await client.resource(services, 'default').delete('kept', call);
  });

  test('a range that is added gives addresses, and does not go while services have them', async () => {
    const range = { metadata: { name: 'more' }, spec: { cidrs: ['10.100.0.0/24'] } } as Draft<ServiceCIDR>;
    await client.resource(serviceCIDRs).create(range, call);
    await until('it is ready', async () => (await conditionsOf('more')) === 'Ready=True ');
    assert.equal((await create('named', { clusterIP: '10.100.0.77' })).spec.clusterIP, '10.100.0.77');
    const many = await Promise.all(Array.from({ length: 20 }, (_, index) => create(`many-${index}`)));
    const ips = many.map(({ spec }) => spec.clusterIP ?? '');
    assert.equal(new Set(ips).size, 20);
    assert.ok(ips.some((ip) => ip.startsWith('10.100.0.')), 'the first range has room for fourteen');
    await client.resource(serviceCIDRs).delete('more', call);
    await until('it is blocked', async () => (await conditionsOf('more')) === 'Ready=False Terminating');
    await assert.rejects(create('late', { clusterIP: '10.100.0.78' }), /the provided network does not match the current range/);
    for (const name of ['named', ...many.map(({ metadata }) => metadata.name)]) await client.resource(services, 'default').delete(name, call);
    await until('it is gone', async () => !(await client.resource(serviceCIDRs).list(call)).items.some(({ metadata }) => metadata.name === 'more'));
  });

  test('addresses of others are left alone', async () => {
    const address = { metadata: { name: '255.255.255.255', labels: { type: 'broadcast' } }, spec: { parentRef: { group: 'mygroup', resource: 'myresources', namespace: 'foo', name: 'bar' } } } as Draft<IPAddress>;
    await client.resource(ipAddresses).create(address, call);
    await client.resource(ipAddresses).patch('255.255.255.255', { type: 'merge', patch: { metadata: { annotations: { patched: 'true' } } } }, call);
    await client.resource(ipAddresses).deleteCollection({ ...call, labelSelector: 'type=broadcast' });
    assert.equal(await addressOf('255.255.255.255'), undefined);
  });
});

test('allocations are counted', async () => {
  await using server = await startTestServer({ serviceClusterIPRanges: ['10.96.0.0/24'], serviceNodePortRange: { first: 30_000, last: 30_009 } });
  const client = new Client({ transport: server.server.transportFor(admin), clock });
  await client.resource(namespaces).create({ metadata: { name: 'default' } } as never, call);
  const create = (name: string, spec: object): Promise<unknown> => client.resource(services, 'default').create({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } as unknown as Draft<Service>, call);
  await create('any', { type: 'NodePort' });
  await create('named', { clusterIP: '10.96.0.9' });
  await assert.rejects(create('again', { clusterIP: '10.96.0.9' }));
  const { body } = await client.transport.send({ method: 'GET', path: '/metrics', signal });
  for (const line of [
    'kube_apiserver_clusterip_allocator_allocated_ips{cidr="10.96.0.0/24"} 2', 'kube_apiserver_clusterip_allocator_available_ips{cidr="10.96.0.0/24"} 252',
    'kube_apiserver_clusterip_allocator_allocation_total{cidr="10.96.0.0/24",scope="dynamic"} 1', 'kube_apiserver_clusterip_allocator_allocation_total{cidr="10.96.0.0/24",scope="static"} 1',
    'kube_apiserver_clusterip_allocator_allocation_errors_total{cidr="10.96.0.0/24",scope="static"} 1',
    'kube_apiserver_nodeport_allocator_allocated_ports 1', 'kube_apiserver_nodeport_allocator_available_ports 9', 'kube_apiserver_nodeport_allocator_allocation_total{scope="dynamic"} 1',
  ]) assert.ok(String(body).split('\n').includes(line), line);
});

test('services of a store from before there were IPAddresses keep their addresses', async () => {
  await using server = await startTestServer();
  const client = new Client({ transport: server.server.transportFor(admin), clock });
  await client.resource(namespaces).create({ metadata: { name: 'default' } } as never, call);
  await client.resource(serviceCIDRs).create({ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } } as Draft<ServiceCIDR>, call);
  const { spec } = await client.resource(services, 'default').create({ metadata: { name: 'old' }, spec: { ports: [{ port: 80 }] } } as unknown as Draft<Service>, call);
  await client.resource(ipAddresses).delete(spec.clusterIP ?? '', call);
  await claimServiceAddresses(client, signal);
  assert.equal((await client.resource(ipAddresses).get(spec.clusterIP ?? '', call)).spec.parentRef?.name, 'old');
});
