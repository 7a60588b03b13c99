import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Node, Service } from '../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery-v1.ts';
import { endpointSlices, nodes, services } from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { Client, InformerFactory } from '../../src/client/index.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { NodeNetwork, removeNodeNetwork } from '../../src/network/index.ts';
import { ServiceProxy } from '../../src/proxy/index.ts';
import { TestNamespace } from '../support/namespaces.ts';
import { unless } from '../support/needs.ts';
import { TinyApi } from '../support/tiny-api.ts';
import { until } from '../support/until.ts';

const facts = await detectMachine();
const skip = unless(facts.root && facts.programs.nft !== undefined && facts.programs.conntrack !== undefined && facts.bridgeFilter, 'this needs root, ip, nft, conntrack and bridge netfilter');

const clusterCIDRs = ['10.244.0.0/16'];
const clock = new SystemClock();
const common = { clock, logger: silentLogger };

suite("a node's network and service proxy", { skip }, () => {
  const api = new TinyApi();
  const stop = new AbortController();
  let node: TestNamespace;
  let pods: TestNamespace[];
  let cniDirectory: string;
  let informers: InformerFactory;
  let network: NodeNetwork;
  let proxy: ServiceProxy;

  before(async () => {
    cniDirectory = await mkdtemp(join(tmpdir(), 'kubets-cni-'));
    node = await TestNamespace.create('node');
    pods = [await TestNamespace.create('pod-1'), await TestNamespace.create('pod-2')];
    await node.commands.ip([
      'link add name eth0 type veth peer name wire', 'link set wire up', 'address add 172.30.228.2/24 dev eth0', 'link set eth0 up', 'route add default via 172.30.228.1',
      ...pods.flatMap((pod, index) => [
        `link add name veth${index} type veth peer name eth0 netns ${pod.pid}`, `link set veth${index} up`, `route add 10.244.1.${index + 2} dev veth${index}`, `address add 10.244.1.1/32 dev veth${index}`,
      ]),
    ]);
    for (const [index, pod] of pods.entries()) {
      await pod.commands.ip([`address add 10.244.1.${index + 2}/24 dev eth0`, 'link set eth0 up', 'route add default via 10.244.1.1']);
      await pod.serve(`pod-${index + 1}`, 8080);
    }
    api.put(nodes, nodeOf('here', '10.244.1.0/24', '172.30.228.2'));
    api.put(nodes, nodeOf('yesterday', '10.244.9.0/24', '203.0.113.7'));
    informers = new InformerFactory({ client: new Client({ transport: api, clock }), random: new SystemRandom(), ...common });
    network = new NodeNetwork({ informers, node: { name: 'here', cniDirectory, bridge: 'cni0' }, clusterCIDRs, commands: node.commands, ...common });
    proxy = new ServiceProxy({ informers, nodeName: 'here', serviceCIDRs: ['10.96.0.0/16'], clusterCIDRs, commands: node.commands, ...common });
    await Promise.all([informers.start(stop.signal), network.start(stop.signal), proxy.start(stop.signal)]);
  });

  after(async () => {
    for (const part of [proxy, network, informers, node, ...(pods ?? [])]) await part?.[Symbol.asyncDispose]();
    if (cniDirectory) await rm(cniDirectory, { recursive: true });
  });

  test('writes the CNI configuration and masquerades what leaves the cluster, though another node has an address of yesterday', async () => {
    assert.deepEqual(await readdir(cniDirectory), ['10-kubets.conflist']);
    assert.match(await node.commands.run(['nft', 'list', 'table', 'ip', 'kubets-network']), /ip saddr 10\.244\.1\.0\/24 ip daddr != .*masquerade/);
  });

  test('routes to a node that comes, changes its address, and goes', async () => {
    api.put(nodes, nodeOf('yesterday', '10.244.9.0/24', '172.30.228.9'));
    await until('the route', async () => (await node.commands.run(['ip', 'route'])).includes('10.244.9.0/24 via 172.30.228.9'));
    api.delete(nodes, nodeOf('yesterday', '10.244.9.0/24', '172.30.228.9'));
    const routes = (): Promise<string> => node.commands.run(['ip', 'route', 'show', 'proto', '107']);
    api.put(nodes, nodeOf('other', '10.244.2.0/24', '172.30.228.3'));
    await until('the routes', async () => (await routes()).includes('10.244.2.0/24 via 172.30.228.3'));
    api.put(nodes, nodeOf('other', '10.244.2.0/24', '172.30.228.4'));
    await until('the routes', async () => (await routes()).includes('10.244.2.0/24 via 172.30.228.4'));
    api.delete(nodes, nodeOf('other', '10.244.2.0/24', '172.30.228.4'));
    await until('the routes', async () => (await routes()).trim() === 'unreachable 10.244.0.0/16');
  });

  test('a node that cannot be reached keeps no other from being routed to', async () => {
    api.put(nodes, nodeOf('a-far', '10.244.3.0/24', '203.0.113.9'));
    api.put(nodes, nodeOf('near', '10.244.4.0/24', '172.30.228.5'));
    await until('the route', async () => (await node.commands.run(['ip', 'route'])).includes('10.244.4.0/24 via 172.30.228.5'));
  });

  test('a new service answers at once', async () => {
    api.put(services, serviceOf('web', '10.96.0.10'));
    api.put(endpointSlices, sliceOf('web', ['10.244.1.2']));
    await until('the rule', async () => (await node.commands.run(['nft', 'list', 'map', 'ip', 'kubets-proxy', 'services'])).includes('10.96.0.10 . tcp . 80'));
    assert.deepEqual(await node.ask('tcp', '10.96.0.10', 80), ['pod-1 172.30.228.2']);
  });

  test('a UDP client that keeps its port is led from an endpoint that is gone to the next', async () => {
    const port = { localPort: 40_123 };
    assert.deepEqual(await node.ask('udp', '10.96.0.10', 53, port), ['pod-1 172.30.228.2']);
    assert.match(await node.commands.run(['conntrack', '--dump', '--proto', 'udp']), /src=10\.244\.1\.2 /);
    api.put(endpointSlices, sliceOf('web', ['10.244.1.3']));
    await until('the end of the connection', async () => !(await node.commands.run(['conntrack', '--dump', '--proto', 'udp'])).includes('src=10.244.1.2 '));
    assert.deepEqual(await node.ask('udp', '10.96.0.10', 53, port), ['pod-2 172.30.228.2']);
  });

  test('a table that somebody took away is written anew', async () => {
    await node.commands.nft('delete table ip kubets-proxy');
    api.put(services, serviceOf('more', '10.96.0.11'));
    api.put(endpointSlices, sliceOf('more', ['10.244.1.2']));
    await until('an answer', async () => (await node.ask('tcp', '10.96.0.11', 80))[0]?.startsWith('pod') === true);
    assert.deepEqual(await node.ask('tcp', '10.96.0.10', 80), ['pod-2 172.30.228.2']);
  });

  test('a machine that leaves keeps nothing of the pod network', async () => {
    await network[Symbol.asyncDispose]();
    await removeNodeNetwork({ commands: node.commands, bridge: 'cni0' });
    assert.equal(await node.commands.run(['ip', 'route', 'show', 'proto', '107']), '');
    assert.doesNotMatch(await node.commands.run(['nft', 'list', 'tables']), /kubets-network/);
  });
});

test("a node's address in the IPv6 network of its pods is valid from its first pod on", { skip }, async () => {
  await using node = await TestNamespace.create('node');
  const cniDirectory = await mkdtemp(join(tmpdir(), 'kubets-cni-'));
  const stop = new AbortController();
  const api = new TinyApi();
  const here = nodeOf('here', '10.244.1.0/24', '172.30.228.2');
  api.put(nodes, { ...here, spec: { ...here.spec, podCIDRs: ['10.244.1.0/24', 'fd00:10:244:1::/64'] } });
  const informers = new InformerFactory({ client: new Client({ transport: api, clock }), random: new SystemRandom(), ...common });
  const network = new NodeNetwork({ informers, node: { name: 'here', cniDirectory, bridge: 'cni0' }, clusterCIDRs: [...clusterCIDRs, 'fd00:10:244::/56'], commands: node.commands, ...common });
  try {
    await Promise.all([informers.start(stop.signal), network.start(stop.signal)]);
    await until('the configuration', async () => (await readdir(cniDirectory)).includes('10-kubets.conflist'));
    // As the CNI plugin does for a pod: its link is plugged in, then the bridge is given the address.
    await node.commands.ip(['link add name veth0 type veth peer name peer0', 'link set peer0 up', 'link set veth0 master cni0 up', 'link set cni0 up', 'address add fd00:10:244:1::1/64 dev cni0']);
    const addresses = await node.commands.run(['ip', '-6', '-oneline', 'address', 'show', 'dev', 'cni0']);
    assert.match(addresses, /inet6 fd00:10:244:1::1\/64 scope global (?!tentative)/);
    assert.match(addresses, /inet6 fe80:\S+ scope link (?!tentative)/);
  } finally {
    for (const part of [network, informers]) await part[Symbol.asyncDispose]();
    await rm(cniDirectory, { recursive: true });
  }
});

function metadataOf(name: string, labels: Record<string, string> = {}): Service['metadata'] {
  return { name, namespace: 'default', labels, uid: name, resourceVersion: '1', creationTimestamp: '' };
}

function nodeOf(name: string, podCIDR: string, address: string): Node {
  const { namespace: _, ...metadata } = metadataOf(name);
  return { metadata, spec: { podCIDR, podCIDRs: [podCIDR] }, status: { addresses: [{ type: 'InternalIP', address }] } as Node['status'] };
}

function serviceOf(name: string, clusterIP: string): Service {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }];
  return { metadata: metadataOf(name), spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports }, status: { loadBalancer: {} } };
}

function sliceOf(service: string, ips: readonly string[]): EndpointSlice {
  return {
    metadata: metadataOf(`${service}-1`, { 'kubernetes.io/service-name': service }),
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }, { name: 'dns', port: 8080, protocol: 'UDP' }],
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName: 'here' })),
  };
}
