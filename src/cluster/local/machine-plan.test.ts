import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupHierarchies } from './cgroups.ts';
import { chooseFreeRange, ipv6Beside } from './free-range.ts';
import { hostPathOf, hostRules, plugIntoSwitch } from './machine-plan.ts';

test('each directory of a node has a place of its own on the host', () => {
  assert.equal(hostPathOf('/data/nodes/node-1', '/var/log/pods'), '/data/nodes/node-1/var-log-pods');
});

test('plugs a node into the switch', () => {
  assert.deepEqual(plugIntoSwitch({ port: 'port2', holderPid: 77 }), ['link add name port2 type veth peer name eth0 netns 77', 'link set port2 master switch', 'link set port2 up']);
});

test('without outbound traffic, what the nodes send beyond the machine is rejected', () => {
  const rules = hostRules({ table: 't', link: 'l', range: '172.30.0.0/24', outbound: false });
  assert.match(rules, /iifname "l" oifname != "l" reject/);
  assert.doesNotMatch(rules, /masquerade/);
});

for (const { name, routes, expected } of [
  { name: 'takes the first range when nothing is routed', routes: 'default via 192.0.2.1 dev eth0\n', expected: '10.96.0.0/16' },
  { name: 'passes over a range that a route overlaps', routes: '10.96.3.0/24 dev eth1 proto kernel scope link src 10.96.3.2\n', expected: '10.97.0.0/16' },
  { name: 'passes over a range that holds an address of the machine', routes: 'local 10.96.0.1 dev eth1 table local proto kernel scope host src 10.96.0.1\n', expected: '10.97.0.0/16' },
  { name: 'a gateway or a source takes no range', routes: '192.168.0.0/24 via 10.96.0.1 dev eth1 src 10.96.0.4\n', expected: '10.96.0.0/16' },
]) test(name, () => assert.equal(chooseFreeRange(['10.96.0.0/16', '10.97.0.0/16'], routes), expected));

test('says so when every range is taken', () => assert.throws(() => chooseFreeRange(['10.96.0.0/16'], '10.0.0.0/8 dev eth1'), /already has routes into each of 10.96.0.0\/16/));

for (const [range, bits, expected] of [['172.30.240.0/24', 64, 'fd00:172:30:240::/64'], ['10.244.0.0/16', 56, 'fd00:10:244::/56'], ['10.96.0.0/16', 112, 'fd00:10:96::/112']] as const) {
  test(`the range of IPv6 beside ${range}`, () => assert.equal(ipv6Beside(range, bits), expected));
}

test('finds the cgroup hierarchies, each once', () => {
  const mounts = 'cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ncgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\nproc /proc proc rw 0 0\n';
  assert.deepEqual(cgroupHierarchies(mounts), [
    { mountPoint: '/sys/fs/cgroup/cpuset', version: 1, options: ['rw', 'cpuset'] },
    { mountPoint: '/sys/fs/cgroup/unified', version: 2, options: ['rw'] },
  ]);
});
