import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { NetworkPolicy, NetworkPolicySpec } from '../../src/api/generated/networking-v1.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { compilePolicy } from '../../src/network/policy/compile.ts';
import type { NamedPort, PodFacts } from '../../src/network/policy/pod-facts.ts';
import { PolicyState } from '../../src/network/policy/policy-state.ts';
import { PolicyTable } from '../../src/network/policy/policy-table.ts';
import { TestNamespace } from '../support/namespaces.ts';
import { unless } from '../support/needs.ts';

const facts = await detectMachine();
const skip = unless(facts.root && facts.programs.nft !== undefined && facts.programs.ip !== undefined && facts.bridgeFilter, 'this needs root, ip, nft and bridge netfilter');

type Family = 'IPv4' | 'IPv6';
/** Written for IPv4; each address has one in IPv6 that stands for it. */
const PREFIXES: ReadonlyMap<string, string> = new Map([['10.244.1', 'fd00:10:244:1::'], ['10.244.2', 'fd00:10:244:2::'], ['10.96.0', 'fd00:10:96::'], ['172.30.231', 'fd00:172:30:231::']]);
const RANGES: ReadonlyMap<string, string> = new Map([['10.244.0.0/16', 'fd00:10:244::/48'], ['10.244.2.0/24', 'fd00:10:244:2::/64'], ['10.244.2.2/32', 'fd00:10:244:2::2/128'], ['172.30.231.0/24', 'fd00:172:30:231::/64'], ['172.30.231.1/32', 'fd00:172:30:231::1/128'], ['10.96.0.10/32', 'fd00:10:96::10/128'], ['0.0.0.0/0', '::/0']]);

const deny = { ingress: { podSelector: {}, policyTypes: ['Ingress'] }, egress: { podSelector: {}, policyTypes: ['Egress'] }, all: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } };
const only = (pod: string): object => ({ matchLabels: { pod } });
const inNamespaceOf = (name: string): object => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const toA = (ingress: object[]): object => ({ podSelector: only('a'), policyTypes: ['Ingress'], ingress });
const fromA = (egress: object[]): object => ({ podSelector: only('a'), policyTypes: ['Egress'], egress });
const notX = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['x'] }] };

/** Each line: who, whom (with port 80 where none is given), by TCP unless it says `udp`; after `!` those that must not come through. */
const CASES: readonly { readonly name: string; readonly policies: readonly object[]; readonly comes: readonly string[] }[] = [
  { name: 'nothing is isolated by a policy that selects nobody', policies: [{ podSelector: only('nobody'), policyTypes: ['Ingress', 'Egress'] }], comes: ['x/b x/a', 'y/a x/a', 'x/a z/a'] },
  { name: 'deny all ingress', policies: [deny.ingress], comes: ['! x/b x/a', '! y/a x/a', '! z/a x/a', '! outside x/a', 'x/a y/a', 'x/a z/a', 'node x/a', 'y/a z/a'] },
  { name: 'deny all egress', policies: [deny.egress], comes: ['! x/a x/b', '! x/a y/a', '! x/a z/a', '! x/a node:9090', '! x/a outside', 'y/a x/a', 'z/a x/a', 'node x/a'] },
  { name: 'deny all of both', policies: [deny.all], comes: ['! x/a x/b', '! x/a z/a', '! y/a x/a', 'node x/a', 'node x/b', 'y/a z/a'] },
  { name: 'from pods of the same namespace by label', policies: [toA([{ from: [{ podSelector: only('b') }] }])], comes: ['x/b x/a', '! y/a x/a', '! y/b x/a', '! z/a x/a', 'y/a x/b'] },
  { name: 'from all pods of all namespaces, but nobody else', policies: [deny.ingress, toA([{ from: [{ podSelector: {}, namespaceSelector: {} }] }])], comes: ['x/b x/a', 'z/a x/a', '! outside x/a', '! y/a x/b'] },
  { name: 'from a namespace', policies: [toA([{ from: [{ namespaceSelector: inNamespaceOf('y') }] }])], comes: ['y/a x/a', 'y/b x/a', '! x/b x/a', '! z/a x/a'] },
  { name: 'from namespaces by an expression', policies: [toA([{ from: [{ namespaceSelector: notX }] }])], comes: ['y/a x/a', 'z/a x/a', '! x/b x/a'] },
  { name: 'from a namespace or a pod', policies: [toA([{ from: [{ namespaceSelector: inNamespaceOf('z') }, { podSelector: only('b') }] }])], comes: ['z/a x/a', 'x/b x/a', '! y/a x/a', '! y/b x/a'] },
  { name: 'from a pod in a namespace', policies: [toA([{ from: [{ namespaceSelector: notX, podSelector: only('b') }] }])], comes: ['y/b x/a', '! y/a x/a', '! x/b x/a', '! z/a x/a'] },
  { name: 'an empty rule lets everybody in', policies: [deny.ingress, toA([{}])], comes: ['y/a x/a', 'outside x/a', '! y/a x/b'] },
  { name: 'what several policies allow adds up', policies: [toA([{ from: [{ podSelector: only('b') }] }]), toA([{ from: [{ namespaceSelector: inNamespaceOf('z') }], ports: [{ port: 81, protocol: 'TCP' }] }])], comes: ['x/b x/a', 'z/a x/a:81', '! z/a x/a:80', '! y/a x/a'] },
  { name: 'one port of TCP', policies: [toA([{ ports: [{ port: 80, protocol: 'TCP' }] }])], comes: ['y/a x/a:80', '! y/a x/a:81', '! udp y/a x/a:80'] },
  { name: 'one port of UDP', policies: [toA([{ ports: [{ port: 81, protocol: 'UDP' }] }])], comes: ['udp y/a x/a:81', '! udp y/a x/a:80', '! y/a x/a:81'] },
  { name: 'a protocol without a port', policies: [toA([{ ports: [{ protocol: 'UDP' }] }])], comes: ['udp y/a x/a:81', 'udp y/a x/a:80', '! y/a x/a:80'] },
  { name: 'a port of SCTP is none of TCP', policies: [toA([{ ports: [{ port: 80, protocol: 'SCTP' }] }])], comes: ['! y/a x/a:80', '! udp y/a x/a:80'] },
  { name: 'a range of ports, and one within it', policies: [toA([{ ports: [{ port: 81, endPort: 82, protocol: 'TCP' }, { port: 82, protocol: 'TCP' }] }])], comes: ['y/a x/a:81', 'y/a x/a:82', '! y/a x/a:80'] },
  { name: 'a port by its name', policies: [toA([{ ports: [{ port: 'serve-81', protocol: 'TCP' }] }])], comes: ['y/a x/a:81', '! y/a x/a:80', '! udp y/a x/a:81'] },
  { name: 'a name that no port has', policies: [toA([{ ports: [{ port: 'nobody', protocol: 'TCP' }] }])], comes: ['! y/a x/a:81', '! y/a x/a:80'] },
  { name: 'a port for some and another for others', policies: [toA([{ from: [{ podSelector: only('b') }], ports: [{ port: 80 }] }, { from: [{ namespaceSelector: inNamespaceOf('y') }], ports: [{ port: 81 }] }])], comes: ['x/b x/a:80', '! x/b x/a:81', 'y/a x/a:81', '! y/a x/a:80'] },
  { name: 'a block of addresses', policies: [toA([{ from: [{ ipBlock: { cidr: '172.30.231.0/24' } }] }])], comes: ['outside x/a', '! y/a x/a', '! z/a x/a'] },
  { name: 'a block with exceptions', policies: [toA([{ from: [{ ipBlock: { cidr: '10.244.0.0/16', except: ['10.244.2.0/24'] } }] }])], comes: ['y/a x/a', '! z/a x/a', '! outside x/a'] },
  { name: 'an exception of one block may be in another', policies: [toA([{ from: [{ ipBlock: { cidr: '10.244.0.0/16', except: ['10.244.2.0/24'] } }, { ipBlock: { cidr: '10.244.2.2/32' } }] }])], comes: ['y/a x/a', 'z/a x/a', '! outside x/a'] },
  { name: 'all addresses but one', policies: [toA([{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['172.30.231.1/32'] } }] }])], comes: ['y/a x/a', 'z/a x/a', '! outside x/a'] },
  { name: 'egress to a pod of the same namespace', policies: [fromA([{ to: [{ podSelector: only('b') }] }])], comes: ['x/a x/b', '! x/a y/b', '! x/a z/a', 'x/b z/a'] },
  { name: 'egress to a namespace, at a port', policies: [fromA([{ to: [{ namespaceSelector: inNamespaceOf('z') }], ports: [{ port: 81 }] }])], comes: ['x/a z/a:81', '! x/a z/a:80', '! x/a y/a:81'] },
  { name: 'egress to a port by the name that it has at the other end', policies: [fromA([{ ports: [{ port: 'serve-81' }] }])], comes: ['x/a z/a:81', 'x/a x/b:81', '! x/a z/a:80', '! x/a outside:81'] },
  { name: 'egress to a block', policies: [fromA([{ to: [{ ipBlock: { cidr: '10.244.0.0/16', except: ['10.244.2.0/24'] } }] }])], comes: ['x/a y/a', '! x/a z/a', '! x/a outside', '! x/a node:9090'] },
  { name: 'both ends must allow it: the receiver does not', policies: [fromA([{}]), { podSelector: only('b'), policyTypes: ['Ingress'] }], comes: ['! x/a x/b', 'x/a y/a'] },
  { name: 'both ends must allow it: the sender does not', policies: [fromA([]), { podSelector: only('b'), policyTypes: ['Ingress'], ingress: [{}] }], comes: ['! x/a x/b', 'y/a x/b'] },
  { name: 'policy types: rules of a direction that is not named count for nothing', policies: [{ podSelector: only('a'), policyTypes: ['Ingress'], ingress: [{}], egress: [] }], comes: ['x/a y/a', 'y/a x/a'] },
  { name: 'cluster DNS is what pods labelled as it are', policies: [deny.egress, fromA([{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }])], comes: ['udp x/a dns:10053', 'x/a dns:10053', '! x/a node:9090', '! x/b dns:10053'] },
  { name: 'cluster DNS by port alone', policies: [fromA([{ ports: [{ port: 53, protocol: 'UDP' }] }])], comes: ['udp x/a dns:10053', '! x/a dns:10053'] },
  { name: 'cluster DNS by the address of its service', policies: [fromA([{ to: [{ ipBlock: { cidr: '10.96.0.10/32' } }] }])], comes: ['udp x/a dns:10053', '! x/a node:9090'] },
  { name: 'cluster DNS is not among other pods', policies: [fromA([{ to: [{ namespaceSelector: inNamespaceOf('y') }] }])], comes: ['! udp x/a dns:10053', 'x/a y/a'] },
  { name: 'a pod reaches itself through a service', policies: [deny.all], comes: ['x/a service', '! x/b service', '! y/a service'] },
];

for (const family of ['IPv4', 'IPv6'] as const) policiesInKernel(family);

/** A node with four pods on a bridge; a machine beyond it that is another node with pod `z/a`, and the world. */
function policiesInKernel(family: Family): void {
  suite(`network policies of ${family}, in a kernel`, { skip }, () => {
    const a = (ip: string): string => (family === 'IPv4' ? ip : `${PREFIXES.get(ip.slice(0, ip.lastIndexOf('.')))}${ip.slice(ip.lastIndexOf('.') + 1)}`);
    const inFamily = (policy: object): NetworkPolicySpec => JSON.parse(JSON.stringify(policy), (_, value: unknown) => (family === 'IPv6' && typeof value === 'string' ? (RANGES.get(value) ?? value) : value)) as NetworkPolicySpec;
    const addresses: Readonly<Record<string, string>> = { 'x/a': a('10.244.1.2'), 'x/b': a('10.244.1.3'), 'y/a': a('10.244.1.4'), 'y/b': a('10.244.1.5'), 'z/a': a('10.244.2.2'), node: a('172.30.231.2'), outside: a('172.30.231.1'), service: a('10.96.0.20'), dns: a('10.244.1.1') };
    const local = ['x/a', 'x/b', 'y/a', 'y/b'];
    const nft = family === 'IPv4' ? 'ip' : 'ip6';
    const bits = family === 'IPv4' ? '/24' : '/64 nodad';
    const standIns = [{
      namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, addresses: [a('10.244.1.1')], serviceAddresses: [a('10.96.0.10')],
      ports: [{ name: 'dns', protocol: 'UDP', port: 53, nodePort: 10_053 }, { name: 'dns-tcp', protocol: 'TCP', port: 53, nodePort: 10_053 }],
    }];
    const state = new PolicyState(standIns);
    const table = new PolicyTable(family, 'kubets-policy');
    const machines = new Map<string, TestNamespace>();
    const machine = (name: string): TestNamespace => machines.get(name) ?? assert.fail(name);

    const podOf = (key: string, labels: Record<string, string> = {}): PodFacts => {
      const [namespace = '', pod = ''] = key.split('/');
      const ports: NamedPort[] = [{ name: 'serve-81', protocol: 'TCP', port: 81 }];
      return { key, uid: key, namespace, labels: { pod, ...labels }, ips: [addresses[key] ?? ''], ports, isLocal: local.includes(key) };
    };
    const apply = async (): Promise<void> => {
      await machine('node').commands.nft(table.script(state.contents([family])[0] ?? assert.fail()));
      table.applied();
    };
    const setPolicies = (policies: readonly object[]): Promise<void> => {
      for (let index = 0; index < 5; index++) {
        const spec = policies[index];
        state.setPolicy(`x/policy-${index}`, spec && compilePolicy({ metadata: { name: `policy-${index}`, namespace: 'x' }, spec: inFamily(spec) } as NetworkPolicy));
      }
      return apply();
    };
    /** What is kept away is told by silence: a short one will do, unless an answer is expected. */
    const comesThrough = async (line: string): Promise<boolean> => {
      const parts = line.replace('! ', '').split(' ');
      const protocol = parts[0] === 'udp' ? 'udp' : 'tcp';
      const [from = '', to = ''] = parts.slice(-2);
      const [name = '', port = '80'] = to.split(':');
      const isRemote = from === 'z/a';
      const options = { timeoutMs: line.startsWith('!') ? 300 : 15_000, ...(isRemote && { localAddress: addresses[from] ?? '' }) };
      const [answer = ''] = await machine(isRemote ? 'outside' : from).ask(protocol, addresses[name] ?? '', Number(port), options);
      assert.match(answer, /^(timeout$|[a-z/]+ )/, `${line}: ${answer}`);
      return answer !== 'timeout';
    };
    const check = async (lines: readonly string[]): Promise<void> => {
      const seen = await Promise.all(lines.map(async (line) => `${(await comesThrough(line)) ? '' : '! '}${line.replace('! ', '')}`));
      assert.deepEqual(seen, lines, await machine('node').commands.run(['nft', 'list', 'ruleset', nft]));
    };

    before(async () => {
      for (const [index, made] of (await Promise.all(['node', 'outside', ...local].map((name) => TestNamespace.create(name.replace('/', '-'))))).entries()) machines.set(['node', 'outside', ...local][index] ?? '', made);
      const node = machine('node');
      const outside = machine('outside');
      await node.commands.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; for name in iptables ip6tables; do echo 1 > /proc/sys/net/bridge/bridge-nf-call-$name; done']);
      await node.commands.ip([
        'link add name cni0 type bridge', `address add ${a('10.244.1.1')}${bits} dev cni0`, 'link set cni0 up',
        `link add name eth0 type veth peer name eth0 netns ${outside.pid}`, `address add ${addresses['node']}${bits} dev eth0`, 'link set eth0 up', `route add default via ${addresses['outside']}`,
        ...local.flatMap((name, index) => [`link add name veth${index} type veth peer name eth0 netns ${machine(name).pid}`, `link set veth${index} master cni0`, `link set veth${index} type bridge_slave hairpin on`, `link set veth${index} up`]),
      ]);
      await outside.commands.ip([`address add ${addresses['outside']}${bits} dev eth0`, `address add ${addresses['z/a']}${family === 'IPv4' ? '/32' : '/128'} dev lo`, 'link set eth0 up', `route add ${family === 'IPv4' ? '10.244.1.0/24' : 'fd00:10:244:1::/64'} via ${addresses['node']}`]);
      for (const name of local) await machine(name).commands.ip([`address add ${addresses[name]}${bits} dev eth0`, 'link set eth0 up', `route add default via ${a('10.244.1.1')}`]);
      for (const name of ['outside', ...local]) for (const port of [80, 81, 82]) await machine(name).serve(name, port);
      for (const port of [9090, 10_053]) await node.serve('node', port);
      // A service of which x/a is the only endpoint.
      await node.commands.nft(`table ${nft} services { chain pre { type nat hook prerouting priority dstnat; ${nft} daddr ${addresses['service']} dnat to ${addresses['x/a']}; }
chain post { type nat hook postrouting priority srcnat; ${nft} saddr . ${nft} daddr { ${addresses['x/a']} . ${addresses['x/a']} } masquerade; }\n }`);
      for (const name of ['x', 'y', 'z', 'kube-system']) state.setNamespace(name, { 'kubernetes.io/metadata.name': name });
      for (const name of [...local, 'z/a']) state.setPod(name, podOf(name));
      // The first packets of IPv6 go lost while neighbours are looked for.
      for (const line of ['x/a outside', 'x/b outside', 'y/a outside', 'y/b outside', 'node x/a', 'node x/b', 'x/a x/b', 'x/a y/a', 'x/a y/b', 'x/b y/a', 'y/b x/b', 'x/a node:9090', 'x/a service']) while (!(await comesThrough(line)));
    });

    after(async () => {
      for (const one of machines.values()) await one[Symbol.asyncDispose]();
    });

    for (const { name, policies, comes } of CASES.filter((one) => family === 'IPv4' || /deny|block|address|DNS|name|itself|range/.test(one.name))) {
      test(name, async () => {
        await setPolicies(policies);
        await check(comes);
      });
    }

    test('a flow that was there before a policy stays; the next one does not come through', async () => {
      await setPolicies([]);
      const flow = { localPort: 40_321 };
      assert.match((await machine('y/a').ask('udp', addresses['x/a'] ?? '', 80, flow)).join(), /^x\/a /);
      await setPolicies([deny.all]);
      assert.match((await machine('y/a').ask('udp', addresses['x/a'] ?? '', 80, flow)).join(), /^x\/a /);
      await check(['! udp y/a x/a']);
    });

    test('labels of pods and namespaces change, pods come and go', async () => {
      await setPolicies([toA([{ from: [{ podSelector: only('friend') }, { namespaceSelector: { matchLabels: { team: 'one' } } }] }])]);
      await check(['! x/b x/a', '! y/a x/a']);
      state.setPod('x/b', { ...podOf('x/b'), labels: { pod: 'friend' } });
      state.setNamespace('y', { 'kubernetes.io/metadata.name': 'y', team: 'one' });
      await apply();
      await check(['x/b x/a', 'y/a x/a', 'y/b x/a', '! z/a x/a']);
      state.setPod('y/a', undefined);
      state.setNamespace('z', { team: 'one' });
      await apply();
      await check(['! y/a x/a', 'y/b x/a', 'z/a x/a']);
      // The pod itself is no longer meant.
      state.setPod('x/a', { ...podOf('x/a'), labels: { pod: 'other' } });
      await apply();
      await check(['y/a x/a', 'outside x/a']);
      for (const key of local) state.setPod(key, podOf(key));
      for (const key of ['y', 'z']) state.setNamespace(key, { 'kubernetes.io/metadata.name': key });
    });

    test('a table that changed step by step is the one that is written at once', async () => {
      const list = async (): Promise<string[]> => (await machine('node').commands.run(['nft', '--stateless', 'list', 'table', nft, 'kubets-policy'])).split('\n').map((line) => line.trim()).toSorted();
      for (const { policies } of CASES.slice(10, 30)) await setPolicies(policies);
      await setPolicies([...(CASES[22]?.policies ?? []), ...(CASES[26]?.policies ?? []), ...(CASES[8]?.policies ?? [])]);
      const before = await list();
      assert.equal(table.script(state.contents([family])[0] ?? assert.fail()), '');
      table.forget();
      await apply();
      assert.deepEqual(await list(), before);
    });

    test('without a policy for a pod of the node nothing is in the kernel', async () => {
      await setPolicies([]);
      assert.doesNotMatch(await machine('node').commands.run(['nft', 'list', 'tables']), /kubets-policy/);
      assert.equal(table.script(state.contents([family])[0] ?? assert.fail()), '');
    });
  });
}
