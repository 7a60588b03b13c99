import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';
import type { Service, ServiceSpec } from '../api/generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../api/generated/discovery-v1.ts';
import { SystemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Answerer } from './answer.ts';
import type { ClusterView } from './records.ts';
import { DnsServer } from './server.ts';
import { Forwarder, parseNameservers } from './upstream.ts';

function metadata(name: string, namespace: string, labels: Record<string, string> = {}): Service['metadata'] {
  return { name, namespace, labels, uid: name, resourceVersion: '1', creationTimestamp: '' };
}

function service(name: string, spec: ServiceSpec, namespace = 'default'): Service {
  return { metadata: metadata(name, namespace), spec, status: { loadBalancer: {} } };
}

function slice(serviceName: string, endpoints: Endpoint[], namespace = 'default'): EndpointSlice {
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
  return { metadata: metadata(`${serviceName}-1`, namespace, { 'kubernetes.io/service-name': serviceName }), addressType: 'IPv4', ports, endpoints };
}

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }];
const SERVICES = [
  service('kubernetes', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ name: 'https', port: 443, protocol: 'TCP' }] }),
  service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'], ports: HTTP }),
  service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: HTTP }),
  service('many', { clusterIP: 'None', clusterIPs: ['None'], ports: HTTP }),
  service('away', { type: 'ExternalName', externalName: 'www.example.org' }),
  service('nick', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
  service('empty', { clusterIP: 'None', clusterIPs: ['None'], ports: HTTP }),
];
const ready = { ready: true };
const SLICES = [
  slice('db', [
    { addresses: ['10.244.1.2'], conditions: ready, hostname: 'db-0' },
    { addresses: ['10.244.2.2'], conditions: ready },
    { addresses: ['10.244.3.2'], conditions: { ready: false } },
  ]),
  slice('many', Array.from({ length: 120 }, (_, index) => ({ addresses: [`10.244.9.${index + 1}`], conditions: ready }))),
];

function viewOf(services: readonly Service[], slices: readonly EndpointSlice[]): ClusterView {
  const isOf = (namespace: string, name: string) => (item: EndpointSlice): boolean => item.metadata.namespace === namespace && item.metadata.labels?.['kubernetes.io/service-name'] === name;
  return {
    service: (namespace, name) => services.find((item) => item.metadata.namespace === namespace && item.metadata.name === name),
    slices: (namespace, name) => slices.filter(isOf(namespace, name)),
    hasNamespace: (namespace) => services.some((item) => item.metadata.namespace === namespace),
    servicesAt: (ip) => services.filter((item) => item.spec.clusterIPs?.includes(ip)),
    slicesAt: (ip) => slices.filter((item) => item.endpoints?.some(({ addresses }) => addresses.includes(ip))),
  };
}

async function listening(view: ClusterView, zoneName: string, upstreams: readonly string[]): Promise<{ server: DnsServer; port: number }> {
  const zone = { name: zoneName, ttl: 5, ownsAddress: (ip: string) => ip.startsWith('10.') };
  const clock = new SystemClock();
  const server = new DnsServer({ answerer: new Answerer({ view, zone, forwarder: new Forwarder(upstreams, clock) }), clock, logger: silentLogger });
  return { server, port: await server.listen('127.0.0.1', 0) };
}

suite('the DNS server', () => {
  const resolver = new dns.Resolver({ timeout: 30_000, tries: 2 });
  const servers: DnsServer[] = [];
  let port: number;

  before(async () => {
    // Another of our servers plays the machine's resolver: it knows the pod 192.0.2.80 as 192-0-2-80.x.pod.example.org.
    const upstream = await listening(viewOf([], []), 'example.org', []);
    const main = await listening(viewOf(SERVICES, SLICES), 'cluster.local', [`127.0.0.1:${upstream.port}`]);
    servers.push(upstream.server, main.server);
    port = main.port;
    resolver.setServers([`127.0.0.1:${port}`]);
  });

  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  for (const { name, expected } of [
    { name: 'kubernetes.default.svc.cluster.local', expected: ['10.96.0.1'] },
    { name: 'WEB.default.SVC.cluster.local', expected: ['10.96.0.7'] },
    { name: 'db.default.svc.cluster.local', expected: ['10.244.1.2', '10.244.2.2'] },
    { name: 'db-0.db.default.svc.cluster.local', expected: ['10.244.1.2'] },
    { name: '10-244-2-2.db.default.svc.cluster.local', expected: ['10.244.2.2'] },
    { name: '10-244-7-9.default.pod.cluster.local', expected: ['10.244.7.9'] },
    { name: 'nick.default.svc.cluster.local', expected: ['10.96.0.7'] },
    { name: '192-0-2-80.x.pod.example.org', expected: ['192.0.2.80'] },
  ]) test(`${name} has the addresses ${expected.join(' and ')}`, async () => assert.deepEqual((await resolver.resolve4(name)).toSorted(), expected));

  test('an address of IPv6 has its name', async () => assert.deepEqual(await resolver.reverse('fd00::7'), ['web.default.svc.cluster.local']));

  test('addresses of IPv6 are told apart', async () => assert.deepEqual(await resolver.resolve6('web.default.svc.cluster.local'), ['fd00::7']));

  for (const { name, code } of [
    { name: 'nobody.default.svc.cluster.local', code: 'ENOTFOUND' },
    { name: 'web.nowhere.svc.cluster.local', code: 'ENOTFOUND' },
    { name: 'nowhere.svc.cluster.local', code: 'ENOTFOUND' },
    { name: 'x.web.default.svc.cluster.local', code: 'ENOTFOUND' },
    { name: 'empty.default.svc.cluster.local', code: 'ENOTFOUND' },
    { name: '300-1-1-1.default.pod.cluster.local', code: 'ENOTFOUND' },
    { name: 'nothing.cluster.local', code: 'ENOTFOUND' },
    { name: 'nothing.example.org', code: 'ENOTFOUND' },
    { name: 'default.svc.cluster.local', code: 'ENODATA' },
    { name: 'svc.cluster.local', code: 'ENODATA' },
    { name: '_tcp.web.default.svc.cluster.local', code: 'ENODATA' },
  ]) test(`${name} has no address: ${code}`, () => assert.rejects(resolver.resolve4(name), { code }));

  test('a port of a service has an SRV record', async () => {
    const records = await resolver.resolveSrv('_http._tcp.web.default.svc.cluster.local');
    assert.deepEqual(records.map(({ name, port: number, priority, weight }) => [name, number, priority, weight]), [['web.default.svc.cluster.local', 80, 0, 100]]);
    await assert.rejects(resolver.resolveSrv('_http._udp.web.default.svc.cluster.local'), { code: 'ENOTFOUND' });
  });

  test('a port of a headless service has one SRV record an endpoint', async () => {
    const records = (await resolver.resolveSrv('_http._tcp.db.default.svc.cluster.local')).map(({ name, port: number }) => `${name}:${number}`).toSorted();
    assert.deepEqual(records, ['10-244-2-2.db.default.svc.cluster.local:8080', 'db-0.db.default.svc.cluster.local:8080']);
  });

  for (const { ip, expected } of [
    { ip: '10.96.0.7', expected: ['web.default.svc.cluster.local'] },
    { ip: '10.244.1.2', expected: ['db-0.db.default.svc.cluster.local'] },
  ]) test(`${ip} is called ${expected.join()}`, async () => assert.deepEqual(await resolver.reverse(ip), expected));

  test('an address of the cluster that nobody has is called nothing', () => assert.rejects(resolver.reverse('10.244.200.200'), { code: 'ENOTFOUND' }));

  test('an external name is an alias', async () => assert.deepEqual(await resolver.resolveCname('away.default.svc.cluster.local'), ['www.example.org']));

  test('the zone tells its version and its name server', async () => {
    assert.deepEqual(await resolver.resolveTxt('dns-version.cluster.local'), [['1.1.0']]);
    assert.deepEqual(await resolver.resolveNs('cluster.local'), ['ns.dns.cluster.local']);
  });

  test('what does not fit into a datagram is cut off, and comes whole over TCP', async () => {
    assert.equal((await resolver.resolve4('many.default.svc.cluster.local')).length, 120);
    const short = await ask({ type: 'query', id: 7, questions: [{ type: 'A', name: 'many.default.svc.cluster.local' }] }, port);
    assert.equal(short.flag_tc, true);
    assert.ok(short.bytes.length <= 512 && (short.answers?.length ?? 0) > 5);
  });

  test('a negative answer names the authority, and EDNS is answered in kind', async () => {
    const reply = await ask({ type: 'query', id: 8, questions: [{ type: 'A', name: 'nobody.cluster.local' }], additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, flag_do: false, extendedRcode: 0, ednsVersion: 0, options: [] }] }, port);
    assert.deepEqual([reply.flag_aa, reply.authorities?.[0]?.type, reply.authorities?.[0]?.name, reply.additionals?.[0]?.type], [true, 'SOA', 'cluster.local', 'OPT']);
  });

  test('what is no query is refused or ignored, and the server goes on', async () => {
    const garbage = Buffer.from([0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 255, 255]);
    assert.equal(((await exchange(garbage, port)).readUInt8(3)) & 15, 1);
    const update = Buffer.from([0, 9, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(((await exchange(update, port)).readUInt8(3)) & 15, 4);
    await new Promise<void>((resolve, reject) => connect(port, '127.0.0.1').on('close', () => resolve()).on('error', reject).end(Buffer.from([0, 3, 1, 2, 3])));
    assert.deepEqual(await resolver.resolve4('web.default.svc.cluster.local'), ['10.96.0.7']);
  });
});

test('without resolvers only the names of the cluster exist', async () => {
  const { server, port } = await listening(viewOf(SERVICES, SLICES), 'cluster.local', []);
  const resolver = new dns.Resolver({ timeout: 30_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await assert.rejects(resolver.resolve4('www.example.org'), { code: 'ENOTFOUND' });
  await server[Symbol.asyncDispose]();
});

test('a resolver where nobody listens is a failure at once', async () => {
  const { server, port } = await listening(viewOf([], []), 'cluster.local', ['127.0.0.1:1']);
  const resolver = new dns.Resolver({ timeout: 30_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await assert.rejects(resolver.resolve4('www.example.org'), { code: 'ESERVFAIL' });
  await server[Symbol.asyncDispose]();
});

test('reads the resolvers of a machine, but for those on its loopback', () => {
  assert.deepEqual(parseNameservers('search x\nnameserver 127.0.0.53\nnameserver 192.0.2.1\n# nameserver 192.0.2.2\n'), ['192.0.2.1']);
});

async function ask(query: Packet, port: number): Promise<ReturnType<typeof decode> & { bytes: Buffer }> {
  const bytes = await exchange(encode(query), port);
  return { ...decode(bytes), bytes };
}

function exchange(query: Buffer, port: number): Promise<Buffer> {
  const socket = createSocket('udp4');
  return new Promise<Buffer>((resolve) => {
    socket.once('message', resolve);
    socket.send(query, port, '127.0.0.1');
  }).finally(() => socket.close());
}
