import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../api/generated/core-v1.ts';
import { changesShares, zoneShares } from './zone-shares.ts';

const node = (zone: string | undefined, cpu: string | undefined, { ready = true, labels = {} } = {}): Node =>
  ({ metadata: { name: 'n', labels: { ...labels, ...(zone && { 'topology.kubernetes.io/zone': zone }) } }, status: { ...(cpu && { allocatable: { cpu } }), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } }) as unknown as Node;

for (const { name, nodes, expected } of [
  { name: 'zones have the CPU of their nodes', nodes: [node('a', '2'), node('b', '500m'), node('b', '1500m')], expected: { a: 0.5, b: 0.5 } },
  { name: 'nodes that are not ready do not count', nodes: [node('a', '3'), node('b', '1'), node(undefined, undefined, { ready: false })], expected: { a: 0.75, b: 0.25 } },
  { name: 'nodes of the control plane do not count', nodes: [node('a', '1'), node('b', '1'), node('c', '1', { labels: { 'node-role.kubernetes.io/control-plane': '' } })], expected: { a: 0.5, b: 0.5 } },
  { name: 'one zone alone has no shares', nodes: [node('a', '1'), node('a', '1')], expected: undefined },
  { name: 'a node without zone says too little', nodes: [node('a', '1'), node('b', '1'), node(undefined, '1')], expected: undefined },
  { name: 'a node without CPU says too little', nodes: [node('a', '1'), node('b', undefined)], expected: undefined },
]) {
  test(name, () => {
    const shares = zoneShares(nodes);
    assert.deepEqual(shares && Object.fromEntries(shares), expected);
  });
}

for (const { name, before, after, expected } of [
  { name: 'a report that says the same', before: node('a', '1'), after: node('a', '1000m'), expected: false },
  { name: 'another zone', before: node('a', '1'), after: node('b', '1'), expected: true },
  { name: 'more CPU', before: node('a', '1'), after: node('a', '2'), expected: true },
  { name: 'a node that is no longer ready', before: node('a', '1'), after: node('a', '1', { ready: false }), expected: true },
  { name: 'a node that comes, not ready', before: undefined, after: node('a', '1', { ready: false }), expected: false },
  { name: 'a node that goes', before: node('a', '1'), after: undefined, expected: true },
]) {
  test(`shares change: ${name}`, () => assert.equal(changesShares(before, after), expected));
}
