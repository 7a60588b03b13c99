import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Service, ServiceSpec } from '../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery-v1.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { compileService } from '../../src/proxy/plan.ts';
import { ProxyTable } from '../../src/proxy/table.ts';
import { TestNamespace } from '../support/namespaces.ts';
import { unless } from '../support/needs.ts';

const facts = await detectMachine();
const skip = unless(facts.root && facts.programs.nft !== undefined && facts.programs.ip !== undefined && facts.bridgeFilter, 'this needs root, ip, nft and bridge netfilter');

const place = { nodeName: 'here', zone: undefined, clusterCIDRs: ['10.244.0.0/16'] };
const NODE = '172.30.230.2';

/** A node with a bridge and two pods on it, and a machine outside of the cluster whose default route is the node. */
suite('the rules of services, in a kernel', { skip }, () => {
  const table = new ProxyTable({ table: 'kubets-proxy', serviceCIDRs: ['10.96.0.0/16'], clusterCIDRs: place.clusterCIDRs });
  let node: TestNamespace;
  let outside: TestNamespace;
  let pods: TestNamespace[];

  before(async () => {
    [node, outside, ...pods] = await Promise.all(['node', 'outside', 'pod-1', 'pod-2'].map((name) => TestNamespace.create(name))) as [TestNamespace, TestNamespace, ...TestNamespace[]];
    await node.commands.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables']);
    await node.commands.nft(table.script());
    table.applied();
    await node.commands.ip([
      'link add name cni0 type bridge',
      'address add 10.244.1.1/24 dev cni0',
      'link set cni0 up',
      `link add name eth0 type veth peer name eth0 netns ${outside.pid}`,
      `address add ${NODE}/24 dev eth0`,
      'link set eth0 up',
      'route add default via 172.30.230.1',
      ...pods.flatMap((pod, index) => [
        `link add name veth${index} type veth peer name eth0 netns ${pod.pid}`,
        `link set veth${index} master cni0`,
        `link set veth${index} type bridge_slave hairpin on`,
        `link set veth${index} up`,
      ]),
    ]);
    await outside.commands.ip(['address add 172.30.230.1/24 dev eth0', 'link set eth0 up', `route add 10.96.0.0/16 via ${NODE}`, `route add 192.0.2.0/24 via ${NODE}`]);
    for (const [index, pod] of pods.entries()) {
      await pod.commands.ip([`address add 10.244.1.${index + 2}/24 dev eth0`, 'link set eth0 up', 'route add default via 10.244.1.1']);
      await pod.serve(`pod-${index + 1}`, 8080);
    }
    await node.serve('node', 9090);
  });

  after(async () => {
    for (const namespace of [node, outside, ...(pods ?? [])]) await namespace?.[Symbol.asyncDispose]();
  });

  const apply = async (name: string, spec: Partial<ServiceSpec> | undefined, endpoints: readonly string[] = [], nodeName = 'here'): Promise<void> => {
    table.set(`default/${name}`, spec && compileService(serviceOf(name, spec), [sliceOf(name, endpoints, nodeName)], place));
    await node.commands.nft(table.script());
    table.applied();
  };
  const pod = (number: number): TestNamespace => pods[number - 1] as TestNamespace;

  test('a pod reaches both endpoints at the address of the service, and keeps its own source', async () => {
    await apply('web', { clusterIP: '10.96.0.10' }, ['10.244.1.2', '10.244.1.3']);
    const answers = new Set(await pod(1).ask('tcp', '10.96.0.10', 80, { count: 30 }));
    // To itself a pod comes from the node's address, or it would answer itself directly.
    assert.deepEqual([...answers].toSorted(), ['pod-1 10.244.1.1', 'pod-2 10.244.1.2']);
  });

  test('the node itself and, through it, a machine outside reach the service', async () => {
    assert.match((await node.ask('tcp', '10.96.0.10', 80))[0] ?? '', /^pod-[12] /);
    assert.match((await outside.ask('tcp', '10.96.0.10', 80))[0] ?? '', /^pod-[12] 10\.244\.1\.1$/);
  });

  test('UDP is translated too', async () => {
    assert.match((await pod(2).ask('udp', '10.96.0.10', 53))[0] ?? '', /^pod-[12] /);
  });

  test('a node port answers on the node address, from outside, from pods and from the node', async () => {
    await apply('port', { clusterIP: '10.96.0.11', type: 'NodePort', externalIPs: ['192.0.2.5'], ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] }, ['10.244.1.2']);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), ['pod-1 10.244.1.1']);
    assert.deepEqual(await pod(2).ask('tcp', NODE, 30080), ['pod-1 10.244.1.1']);
    assert.match((await node.ask('tcp', NODE, 30080))[0] ?? '', /^pod-1 /);
    assert.deepEqual(await outside.ask('tcp', '192.0.2.5', 80), ['pod-1 10.244.1.1']);
  });

  test('externalTrafficPolicy Local keeps the source, or drops when no endpoint is here', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: '10.96.0.11', type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
    await apply('port', spec, ['10.244.1.2']);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), ['pod-1 172.30.230.1']);
    await apply('port', spec, ['10.244.1.2'], 'elsewhere');
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), ['timeout']);
    assert.match((await pod(2).ask('tcp', NODE, 30080))[0] ?? '', /^pod-1 /);
  });

  test('a service without endpoints refuses, wherever the client is; one that comes back answers at once', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: '10.96.0.11', type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
    await apply('port', spec, []);
    for (const client of [pod(1), node, outside]) {
      assert.deepEqual(await client.ask('tcp', '10.96.0.11', 80), ['ECONNREFUSED']);
      assert.deepEqual(await client.ask('tcp', NODE, 30080), ['ECONNREFUSED']);
    }
    await apply('port', spec, ['10.244.1.3']);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), ['pod-2 10.244.1.1']);
  });

  test('a service address that nobody owns refuses, and so does a port that a service lacks', async () => {
    for (const client of [pod(1), node, outside]) {
      assert.deepEqual(await client.ask('tcp', '10.96.77.77', 80), ['ECONNREFUSED']);
      assert.deepEqual(await client.ask('tcp', '10.96.0.10', 81), ['ECONNREFUSED']);
    }
    assert.deepEqual(await pod(1).ask('udp', '10.96.77.77', 53), ['ECONNREFUSED']);
  });

  test('with session affinity a client stays with its endpoint, also when others come', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: '10.96.0.12', sessionAffinity: 'ClientIP' };
    await apply('sticky', spec, ['10.244.1.3']);
    assert.deepEqual(await pod(1).ask('tcp', '10.96.0.12', 80), ['pod-2 10.244.1.2']);
    await apply('sticky', spec, ['10.244.1.2', '10.244.1.3']);
    assert.deepEqual(new Set(await pod(1).ask('tcp', '10.96.0.12', 80, { count: 12 })), new Set(['pod-2 10.244.1.2']));
    await apply('sticky', spec, ['10.244.1.2']);
    assert.deepEqual(await pod(1).ask('tcp', '10.96.0.12', 80), ['pod-1 10.244.1.1']);
  });

  test('an endpoint may be a process of the node', async () => {
    table.set('default/on-node', compileService(serviceOf('on-node', { clusterIP: '10.96.0.14' }), [], place, { address: NODE, port: 9090 }));
    await node.commands.nft(table.script());
    table.applied();
    assert.deepEqual(await pod(1).ask('tcp', '10.96.0.14', 80), ['node 10.244.1.2']);
    assert.match((await node.ask('udp', '10.96.0.14', 53))[0] ?? '', /^node /);
  });

  test('of two services that claim an address the first by name has it, and the second once the first is gone', async () => {
    await apply('claim-b', { clusterIP: '10.96.0.20', externalIPs: ['192.0.2.6'] }, ['10.244.1.3']);
    await apply('claim-a', { clusterIP: '10.96.0.21', externalIPs: ['192.0.2.6'] }, ['10.244.1.2']);
    assert.deepEqual(await outside.ask('tcp', '192.0.2.6', 80), ['pod-1 10.244.1.1']);
    await apply('claim-a', undefined);
    assert.deepEqual(await outside.ask('tcp', '192.0.2.6', 80), ['pod-2 10.244.1.1']);
  });

  test('what is removed leaves nothing in the table, and a table written anew is the same', async () => {
    const list = (): Promise<string> => node.commands.run(['nft', '--stateless', 'list', 'table', 'ip', 'kubets-proxy']);
    await apply('sticky', { clusterIP: '10.96.0.12', sessionAffinity: 'ClientIP' }, ['10.244.1.2', '10.244.1.3']);
    const before = await list();
    table.forget();
    await node.commands.nft(table.script());
    table.applied();
    assert.equal(withoutClients(await list()), withoutClients(before));
    for (const name of ['web', 'port', 'sticky', 'on-node', 'claim-b']) await apply(name, undefined);
    assert.doesNotMatch(await list(), /default\/|10\.244\.1\.|10\.96\.0\.1/);
    assert.equal(table.script(), '');
  });
});

/** Clients that a service remembers live in the kernel alone. */
function withoutClients(list: string): string {
  return list.replace(/elements = \{ 10\.244\.1\.\d+ timeout[^}]*\}\n/g, '').split('\n').map((line) => line.trim()).filter((line) => line !== '').toSorted().join('\n');
}

function serviceOf(name: string, spec: Partial<ServiceSpec>): Service {
  return {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }], ...spec },
    status: { loadBalancer: {} },
  };
}

function sliceOf(name: string, endpoints: readonly string[], nodeName: string): EndpointSlice {
  return {
    metadata: { name: `${name}-1`, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }, { name: 'dns', port: 8080, protocol: 'UDP' }],
    endpoints: endpoints.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName })),
  };
}
