import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Service, ServiceSpec } from '../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery-v1.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { IPV4, IPV6, type AddressFamily } from '../../src/proxy/family.ts';
import { compileService } from '../../src/proxy/plan.ts';
import { ProxyTable } from '../../src/proxy/table.ts';
import { TestNamespace } from '../support/namespaces.ts';
import { unless } from '../support/needs.ts';

const facts = await detectMachine();
const skip = unless(facts.root && facts.programs.nft !== undefined && facts.programs.ip !== undefined && facts.bridgeFilter, 'this needs root, ip, nft and bridge netfilter');

/** Where no answer may come, or the first packet goes lost. */
const SILENCE = { timeoutMs: 1500 };
/** The tests are written for IPv4; each of their addresses has one in IPv6 that stands for it. */
const PREFIXES: ReadonlyMap<string, string> = new Map([['10.244.1', 'fd00:10:244:1::'], ['10.96.0', 'fd00:10:96::'], ['10.96.77', 'fd00:10:96::77:'], ['172.30.230', 'fd00:172:30:230::'], ['192.0.2', '2001:db8::']]);
function inFamily(family: AddressFamily, ip: string): string {
  if (family === IPV4) return ip;
  const at = ip.lastIndexOf('.');
  return `${PREFIXES.get(ip.slice(0, at))}${ip.slice(at + 1)}`;
}

for (const family of [IPV4, IPV6]) rulesInKernel(family);

/** A node with a bridge and two pods on it, and a machine outside of the cluster whose default route is the node. */
function rulesInKernel(family: AddressFamily): void {
suite(`the rules of services of ${family.name}, in a kernel`, { skip }, () => {
  const a = (ip: string): string => inFamily(family, ip);
  const place = { nodeName: 'here', zone: undefined, family };
  const NODE = a('172.30.230.2');
  const bits = family === IPV4 ? '/24' : '/64 nodad';
  const [serviceRange, otherRange] = family === IPV4 ? ['10.96.0.0/16', '192.0.2.0/24'] : ['fd00:10:96::/96', '2001:db8::/64'];

  const table = new ProxyTable({ family, table: 'kubets-proxy', serviceCIDRs: ['10.96.0.0/16', 'fd00:10:96::/96'], clusterCIDRs: ['10.244.0.0/16', 'fd00:10:244::/48'] });
  let node: TestNamespace;
  let outside: TestNamespace;
  let pods: TestNamespace[];

  before(async () => {
    [node, outside, ...pods] = await Promise.all(['node', 'outside', 'pod-1', 'pod-2'].map((name) => TestNamespace.create(name))) as [TestNamespace, TestNamespace, ...TestNamespace[]];
    await node.commands.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; for name in iptables ip6tables; do echo 1 > /proc/sys/net/bridge/bridge-nf-call-$name; done']);
    await node.commands.nft(table.script());
    table.applied();
    await node.commands.ip([
      'link add name cni0 type bridge',
      `address add ${a('10.244.1.1')}${bits} dev cni0`,
      'link set cni0 up',
      `link add name eth0 type veth peer name eth0 netns ${outside.pid}`,
      `address add ${NODE}${bits} dev eth0`,
      'link set eth0 up',
      `route add default via ${a('172.30.230.1')}`,
      ...pods.flatMap((pod, index) => [
        `link add name veth${index} type veth peer name eth0 netns ${pod.pid}`,
        `link set veth${index} master cni0`,
        `link set veth${index} type bridge_slave hairpin on`,
        `link set veth${index} up`,
      ]),
    ]);
    await outside.commands.ip([`address add ${a('172.30.230.1')}${bits} dev eth0`, 'link set eth0 up', `route add ${serviceRange} via ${NODE}`, `route add ${otherRange} via ${NODE}`]);
    for (const [index, pod] of pods.entries()) {
      await pod.commands.ip([`address add ${a(`10.244.1.${index + 2}`)}${bits} dev eth0`, 'link set eth0 up', `route add default via ${a('10.244.1.1')}`]);
      await pod.serve(`pod-${index + 1}`, 8080);
    }
    await node.serve('node', 9090);
    // The first packets of IPv6 go lost while neighbours are looked for.
    for (const [index] of pods.entries()) while ((await node.ask('tcp', a(`10.244.1.${index + 2}`), 8080, SILENCE))[0] === 'timeout');
    for (const pod of pods) while ((await pod.ask('tcp', a('10.244.1.1'), 9090, SILENCE))[0] === 'timeout');
  });

  after(async () => {
    for (const namespace of [node, outside, ...(pods ?? [])]) await namespace?.[Symbol.asyncDispose]();
  });

  const apply = async (name: string, spec: Partial<ServiceSpec> | undefined, endpoints: readonly string[] = [], nodeName = 'here'): Promise<void> => {
    table.set(`default/${name}`, spec && compileService(serviceOf(name, spec), [sliceOf(family, name, endpoints, nodeName)], place));
    await node.commands.nft(table.script());
    table.applied();
  };
  const pod = (number: number): TestNamespace => pods[number - 1] as TestNamespace;

  test('a pod reaches both endpoints at the address of the service, and keeps its own source', async () => {
    await apply('web', { clusterIP: a('10.96.0.10') }, [a('10.244.1.2'), a('10.244.1.3')]);
    const answers = new Set(await pod(1).ask('tcp', a('10.96.0.10'), 80, { count: 30 }));
    // To itself a pod comes from the node's address, or it would answer itself directly.
    assert.deepEqual([...answers].toSorted(), [`pod-1 ${a('10.244.1.1')}`, `pod-2 ${a('10.244.1.2')}`]);
  });

  test('the node itself and, through it, a machine outside reach the service', async () => {
    assert.match((await node.ask('tcp', a('10.96.0.10'), 80))[0] ?? '', /^pod-[12] /);
    assert.match((await outside.ask('tcp', a('10.96.0.10'), 80))[0] ?? '', new RegExp(`^pod-[12] ${a('10.244.1.1').replaceAll('.', '\\.')}$`));
  });

  test('UDP is translated too', async () => {
    assert.match((await pod(2).ask('udp', a('10.96.0.10'), 53))[0] ?? '', /^pod-[12] /);
  });

  test('a node port answers on the node address, from outside, from pods and from the node', async () => {
    await apply('port', { clusterIP: a('10.96.0.11'), type: 'NodePort', externalIPs: [a('192.0.2.5')], ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] }, [a('10.244.1.2')]);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), [`pod-1 ${a('10.244.1.1')}`]);
    assert.deepEqual(await pod(2).ask('tcp', NODE, 30080), [`pod-1 ${a('10.244.1.1')}`]);
    assert.match((await node.ask('tcp', NODE, 30080))[0] ?? '', /^pod-1 /);
    assert.deepEqual(await outside.ask('tcp', a('192.0.2.5'), 80), [`pod-1 ${a('10.244.1.1')}`]);
  });

  test('externalTrafficPolicy Local keeps the source, or drops when no endpoint is here', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: a('10.96.0.11'), type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
    await apply('port', spec, [a('10.244.1.2')]);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), [`pod-1 ${a('172.30.230.1')}`]);
    await apply('port', spec, [a('10.244.1.2')], 'elsewhere');
    assert.deepEqual(await outside.ask('tcp', NODE, 30080, SILENCE), ['timeout']);
    assert.match((await pod(2).ask('tcp', NODE, 30080))[0] ?? '', /^pod-1 /);
  });

  test('a service without endpoints refuses, wherever the client is; one that comes back answers at once', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: a('10.96.0.11'), type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
    await apply('port', spec, []);
    for (const client of [pod(1), node, outside]) {
      assert.deepEqual(await client.ask('tcp', a('10.96.0.11'), 80), ['ECONNREFUSED']);
      assert.deepEqual(await client.ask('tcp', NODE, 30080), ['ECONNREFUSED']);
    }
    await apply('port', spec, [a('10.244.1.3')]);
    assert.deepEqual(await outside.ask('tcp', NODE, 30080), [`pod-2 ${a('10.244.1.1')}`]);
  });

  test('no connection is refused while endpoints come and go', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: a('10.96.0.11'), type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
    const both = [a('10.244.1.2'), a('10.244.1.3')];
    await apply('port', spec, both);
    const changes = async (): Promise<void> => {
      for (let round = 0; round < 200; round++) {
        await apply('port', { ...spec, sessionAffinity: round % 20 < 10 ? 'None' : 'ClientIP' }, round % 2 === 0 ? [a('10.244.1.3')] : both);
      }
    };
    const { connections, failures } = await outside.knock(NODE, 30080, changes);
    assert.deepEqual({ failures, any: connections > 0 }, { failures: [], any: true });
  });

  test('a service address that nobody owns refuses, and so does a port that a service lacks', async () => {
    for (const client of [pod(1), node, outside]) {
      assert.deepEqual(await client.ask('tcp', a('10.96.77.77'), 80), ['ECONNREFUSED']);
      assert.deepEqual(await client.ask('tcp', a('10.96.0.10'), 81), ['ECONNREFUSED']);
    }
    assert.deepEqual(await pod(1).ask('udp', a('10.96.77.77'), 53), ['ECONNREFUSED']);
  });

  test('with session affinity a client stays with its endpoint, also when others come', async () => {
    const spec: Partial<ServiceSpec> = { clusterIP: a('10.96.0.12'), sessionAffinity: 'ClientIP' };
    await apply('sticky', spec, [a('10.244.1.3')]);
    assert.deepEqual(await pod(1).ask('tcp', a('10.96.0.12'), 80), [`pod-2 ${a('10.244.1.2')}`]);
    await apply('sticky', spec, [a('10.244.1.2'), a('10.244.1.3')]);
    assert.deepEqual(new Set(await pod(1).ask('tcp', a('10.96.0.12'), 80, { count: 12 })), new Set([`pod-2 ${a('10.244.1.2')}`]));
    await apply('sticky', spec, [a('10.244.1.2')]);
    assert.deepEqual(await pod(1).ask('tcp', a('10.96.0.12'), 80), [`pod-1 ${a('10.244.1.1')}`]);
  });

  test('an endpoint may be a process of the node', async () => {
    table.set('default/on-node', compileService(serviceOf('on-node', { clusterIP: a('10.96.0.14') }), [], place, { address: NODE, port: 9090 }));
    await node.commands.nft(table.script());
    table.applied();
    assert.deepEqual(await pod(1).ask('tcp', a('10.96.0.14'), 80), [`node ${a('10.244.1.2')}`]);
    assert.match((await node.ask('udp', a('10.96.0.14'), 53))[0] ?? '', /^node /);
  });

  test('of two services that claim an address the first by name has it, and the second once the first is gone', async () => {
    await apply('claim-b', { clusterIP: a('10.96.0.20'), externalIPs: [a('192.0.2.6')] }, [a('10.244.1.3')]);
    await apply('claim-a', { clusterIP: a('10.96.0.21'), externalIPs: [a('192.0.2.6')] }, [a('10.244.1.2')]);
    assert.deepEqual(await outside.ask('tcp', a('192.0.2.6'), 80), [`pod-1 ${a('10.244.1.1')}`]);
    await apply('claim-a', undefined);
    assert.deepEqual(await outside.ask('tcp', a('192.0.2.6'), 80), [`pod-2 ${a('10.244.1.1')}`]);
  });

  test('what nobody owns in a range that is added is refused too, until the range has gone', async () => {
    const { own, added, one } = family === IPV4 ? { own: '10.96.0.0/16', added: '203.0.113.0/24', one: '203.0.113.9' } : { own: 'fd00:10:96::/96', added: 'fd00:113::/112', one: 'fd00:113::9' };
    const set = async (...ranges: string[]): Promise<void> => {
      table.setServiceCIDRs(ranges);
      await node.commands.nft(table.script());
      table.applied();
    };
    assert.deepEqual(await pod(1).ask('tcp', one, 80, SILENCE), ['timeout']);
    await set(own, added, added);
    assert.deepEqual(await pod(1).ask('tcp', one, 80), ['ECONNREFUSED']);
    await apply('added', { clusterIP: one }, [a('10.244.1.3')]);
    assert.match((await pod(1).ask('tcp', one, 80))[0] ?? '', /^pod-2 /);
    await apply('added', undefined);
    await set(own);
    assert.deepEqual(await pod(1).ask('tcp', one, 80, SILENCE), ['timeout']);
  });

  test('what is removed leaves nothing in the table, and a table written anew is the same', async () => {
    const list = (): Promise<string> => node.commands.run(['nft', '--stateless', 'list', 'table', family.nft, 'kubets-proxy']);
    await apply('sticky', { clusterIP: a('10.96.0.12'), sessionAffinity: 'ClientIP' }, [a('10.244.1.2'), a('10.244.1.3')]);
    const before = await list();
    table.forget();
    await node.commands.nft(table.script());
    table.applied();
    assert.equal(withoutClients(await list()), withoutClients(before));
    for (const name of ['web', 'port', 'sticky', 'on-node', 'claim-b']) await apply(name, undefined);
    assert.doesNotMatch(await list(), /default\/|10\.244\.1\.|10\.96\.0\.1|fd00:10:244:1:|fd00:10:96::1/);
    assert.equal(table.script(), '');
  });
});
}

/** Clients that a service remembers live in the kernel alone. */
function withoutClients(list: string): string {
  return list.replace(/elements = \{ [0-9a-f.:]+ timeout[^}]*\}\n/g, '').split('\n').map((line) => line.trim()).filter((line) => line !== '').toSorted().join('\n');
}

function serviceOf(name: string, spec: Partial<ServiceSpec>): Service {
  return {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }, { name: 'dns', port: 53, protocol: 'UDP' }], ...spec },
    status: { loadBalancer: {} },
  };
}

function sliceOf(family: AddressFamily, name: string, endpoints: readonly string[], nodeName: string): EndpointSlice {
  return {
    metadata: { name: `${name}-1`, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    addressType: family.name,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }, { name: 'dns', port: 8080, protocol: 'UDP' }],
    endpoints: endpoints.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName })),
  };
}
