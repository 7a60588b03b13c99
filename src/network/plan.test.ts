import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Node } from '../api/generated/core-v1.ts';
import { CNI_FILE, writeCniConfig } from './cni-config.ts';
import { desiredRoutes, masqueradeTables, observedRoutes, podCIDRsOf, routeChanges } from './plan.ts';

function nodeOf(name: string, podCIDR: string | undefined, internalIP: string | undefined): Node {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'Hostname', address: name }, ...(internalIP ? [{ type: 'InternalIP', address: internalIP }] : [])] } as Node['status'],
  };
}

const NODES = [nodeOf('a', '10.244.0.0/24', '172.30.0.2'), nodeOf('b', '10.244.1.0/24', '172.30.0.3'), nodeOf('no-range', undefined, '172.30.0.4'), nodeOf('no-address', '10.244.3.0/24', undefined)];

test('a node routes to the pods of every other node, and what is left of the range leads nowhere', () => {
  assert.deepEqual([...desiredRoutes({ nodes: NODES, ownName: 'a', clusterCIDRs: ['10.244.0.0/16'] })], [['10.244.0.0/16', 'unreachable'], ['10.244.1.0/24', 'via 172.30.0.3']]);
});

test('a machine without pods routes to all nodes', () => {
  assert.deepEqual([...desiredRoutes({ nodes: NODES, ownName: undefined, clusterCIDRs: [] }).keys()], ['10.244.0.0/24', '10.244.1.0/24']);
});

test('nobody routes to nodes that are reached within one machine only', () => {
  const simulated = [nodeOf('simulated-1', '10.244.7.0/24', '127.64.0.1'), nodeOf('b', '10.244.1.0/24', '172.30.0.3')];
  assert.deepEqual([...desiredRoutes({ nodes: simulated, ownName: undefined, clusterCIDRs: [] }).keys()], ['10.244.1.0/24']);
});

test('reads back its own routes', () => {
  const text = 'unreachable 10.244.0.0/16 metric 4278198272 \n10.244.1.0/24 via 172.30.0.3 dev eth0 \n10.244.9.1 via 172.30.0.9 dev eth0 \n';
  assert.deepEqual([...observedRoutes(text)], [['10.244.0.0/16', 'unreachable'], ['10.244.1.0/24', 'via 172.30.0.3'], ['10.244.9.1/32', 'via 172.30.0.9']]);
});

for (const { name, observed, desired, expected } of [
  { name: 'no change needs no command', observed: [['10.1.0.0/24', 'via 1.1.1.1']], desired: [['10.1.0.0/24', 'via 1.1.1.1']], expected: [] },
  { name: 'a node that has gone loses its route', observed: [['10.1.0.0/24', 'via 1.1.1.1']], desired: [], expected: ['route del 10.1.0.0/24 via 1.1.1.1 proto 107'] },
  {
    name: 'a node with a new address gets a new route',
    observed: [['10.1.0.0/24', 'via 1.1.1.1']],
    desired: [['10.1.0.0/24', 'via 1.1.1.2']],
    expected: ['route del 10.1.0.0/24 via 1.1.1.1 proto 107', 'route replace 10.1.0.0/24 via 1.1.1.2 proto 107'],
  },
  { name: 'an unreachable rest is set', observed: [], desired: [['10.0.0.0/8', 'unreachable']], expected: ['route replace unreachable 10.0.0.0/8 proto 107'] },
] as { name: string; observed: [string, string][]; desired: [string, string][]; expected: string[] }[]) {
  test(name, () => assert.deepEqual(routeChanges(new Map(observed), new Map(desired)), expected));
}

test('the older form of a range counts, and ranges of both families', () => {
  const node = nodeOf('a', undefined, undefined);
  assert.deepEqual(podCIDRsOf({ ...node, spec: { podCIDR: '10.244.7.0/24' } }), ['10.244.7.0/24']);
  assert.deepEqual(podCIDRsOf({ ...node, spec: { podCIDRs: ['fd00:0::/64', '10.244.7.9/24'] } }), ['fd00::/64', '10.244.7.0/24']);
});

test('each family is routed by the node address of that family', () => {
  const both = nodeOf('b', undefined, '172.30.0.3');
  both.spec = { podCIDRs: ['10.244.1.0/24', 'fd00:244:0:1::/64'] };
  both.status?.addresses?.push({ type: 'InternalIP', address: 'fd00:172:0::3' });
  const routes = desiredRoutes({ nodes: [both], ownName: 'a', clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/48'] });
  assert.deepEqual([...routes], [['10.244.0.0/16', 'unreachable'], ['fd00:244::/48', 'unreachable'], ['10.244.1.0/24', 'via 172.30.0.3'], ['fd00:244:0:1::/64', 'via fd00:172::3']]);
  const text = 'fd00:244:0:1::/64 via fd00:172::3 dev eth0 metric 1024 pref medium\nunreachable fd00:244::/48 dev lo metric 1024 error -101 pref medium\nfd00::9 via fd00:172::9 dev eth0 metric 1024 pref medium\n';
  assert.deepEqual([...observedRoutes(text)], [['fd00:244:0:1::/64', 'via fd00:172::3'], ['fd00:244::/48', 'unreachable'], ['fd00::9/128', 'via fd00:172::9']]);
});

test('pods are hidden beyond the cluster in a table of each of their families', () => {
  const script = masqueradeTables({ table: 't', podCIDRs: ['10.244.1.0/24', 'fd00:244:0:1::/64'], clusterCIDRs: ['10.244.0.0/16', 'fd00:244::/48'] });
  assert.match(script, /ip saddr \{ 10\.244\.1\.0\/24 \} ip daddr != \{ 10\.244\.0\.0\/16, 224\.0\.0\.0\/4 \} masquerade/);
  assert.match(script, /ip6 saddr \{ fd00:244:0:1::\/64 \} ip6 daddr != \{ fd00:244::\/48, ff00::\/8 \} masquerade/);
  assert.doesNotMatch(masqueradeTables({ table: 't', podCIDRs: ['10.244.1.0/24'], clusterCIDRs: ['10.244.0.0/16'] }), /ip6/);
});

test('the CNI configuration is written once, whole, and only when it changes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-cni-'));
  try {
    const options = { podCIDRs: ['10.244.1.0/24'], bridge: 'cni0' };
    assert.equal(await writeCniConfig(directory, options), true);
    assert.equal(await writeCniConfig(directory, options), false);
    assert.deepEqual(await readdir(directory), [CNI_FILE]);
    const config = JSON.parse(await readFile(join(directory, CNI_FILE), 'utf8')) as { plugins: { type: string; ipMasq?: boolean; hairpinMode?: boolean; ipam?: object }[] };
    assert.deepEqual(config.plugins.map(({ type }) => type), ['bridge', 'portmap']);
    assert.deepEqual([config.plugins[0]?.ipMasq, config.plugins[0]?.hairpinMode, config.plugins[0]?.ipam], [false, true, { type: 'host-local', ranges: [[{ subnet: '10.244.1.0/24' }]] }]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
