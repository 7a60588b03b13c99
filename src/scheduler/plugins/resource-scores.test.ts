/** What scores take pods to use, and nodes to have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { ClusterState } from '../cluster-state.ts';
import { podInfoOf } from '../node-info.ts';
import type { Plugin } from '../framework.ts';
import { VolumeState } from '../volume-state.ts';
import { balancedAllocation } from './balanced-allocation.ts';
import { imageLocality } from './image-locality.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';

const MEBI = 1024 * 1024;

function pod(spec: Partial<PodSpec>, name = 'p'): Pod {
  return { metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], ...spec }, status: {} };
}

const container = (requests: Record<string, string>, image = 'i') => ({ name: 'c', image, resources: { requests } });

for (const { name, spec, expected } of [
  { name: 'what a container asks for', spec: { containers: [container({ cpu: '1', memory: '1Gi' })] }, expected: [1000, 1024] },
  { name: 'the least of each container that asks for nothing', spec: { containers: [container({}), container({ cpu: '1' }), container({})] }, expected: [1200, 600] },
  { name: 'nothing of one that asks for no CPU on purpose', spec: { containers: [container({ cpu: '0', memory: '1Gi' })] }, expected: [0, 1024] },
  { name: 'the least of an init container too', spec: { initContainers: [container({})], containers: [container({ cpu: '10m', memory: '1Mi' })] }, expected: [100, 200] },
  { name: 'what the pod asks for as a whole', spec: { resources: { requests: { cpu: '2' } }, containers: [container({}), container({})] }, expected: [2000, 400] },
  { name: 'what one container of a pod that asks as a whole names', spec: { resources: { requests: { cpu: '2' } }, containers: [container({ memory: '1Mi' }), container({})] }, expected: [2000, 1] },
  { name: 'the overhead besides', spec: { overhead: { cpu: '50m', memory: '8Mi' }, containers: [container({})] }, expected: [150, 208] },
] as { name: string; spec: Partial<PodSpec>; expected: number[] }[]) test(`scores take a pod to use ${name}`, () => {
  const { scored } = podInfoOf(pod(spec));
  assert.deepEqual([scored.milliCpu, scored.memory / MEBI], expected);
});

function node(name: string, allocatable: Record<string, string>, images: Record<string, number> = {}): Node {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: {},
    status: { allocatable, images: Object.entries(images).map(([image, mebi]) => ({ names: [image], sizeBytes: mebi * MEBI })) } as unknown as Node['status'],
  };
}

function cluster(...nodes: readonly Node[]): ClusterState {
  const state = new ClusterState({ volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }), namespace: () => undefined });
  for (const one of nodes) state.setNode(one);
  return state;
}

function score(plugin: Plugin, state: ClusterState, wanted: Pod, name = 'n'): number | undefined {
  const on = state.node(name);
  assert.ok(on);
  return plugin.begin(wanted, state)?.score?.(on);
}

test('a resource that the node has not counts for no score', () => {
  const asking = pod({ containers: [container({ cpu: '1', memory: '1Gi' })] });
  assert.equal(score(nodeResourcesFit, cluster(node('n', { cpu: '4' })), asking), 75);
  assert.equal(score(nodeResourcesFit, cluster(node('n', { memory: '2Gi' })), asking), 50);
  assert.equal(score(nodeResourcesFit, cluster(node('n', {})), asking), 0);
  assert.equal(score(balancedAllocation, cluster(node('n', { cpu: '4' })), asking), 75);
});

for (const { name, there, asked, expected } of [
  { name: 'an even pod on an empty node changes nothing', there: undefined, asked: { cpu: '2', memory: '4Gi' }, expected: 75 },
  { name: 'a lopsided one tips it', there: undefined, asked: { cpu: '4', memory: '0' }, expected: 50 },
  { name: 'one that asks for what is used least rights it', there: { cpu: '4', memory: '0' }, asked: { cpu: '0', memory: '8Gi' }, expected: 100 },
  { name: 'one that leaves a tilt as it is', there: { cpu: '2', memory: '0' }, asked: { cpu: '2', memory: '4Gi' }, expected: 75 },
  { name: 'half points are cut off towards the middle', there: undefined, asked: { cpu: '1', memory: '1Gi' }, expected: 71 },
] as { name: string; there?: Record<string, string>; asked: Record<string, string>; expected: number }[]) test(`the balance of a node: ${name}`, () => {
  const state = cluster(node('n', { cpu: '4', memory: '8Gi' }));
  if (there) state.setPod(pod({ nodeName: 'n', containers: [container(there)] }, 'there'));
  assert.equal(score(balancedAllocation, state, pod({ containers: [container(asked)] })), expected);
});

test('an image counts by how many nodes of the cluster have it, also those that cannot take the pod', () => {
  const state = cluster(node('n', {}, { 'big:1': 500 }), node('m', {}, { 'big:1': 500 }), node('k', {}), node('l', {}));
  const wanted = pod({ containers: [container({}, 'big:1')] });
  const of = (bytes: number): number => Math.floor((100 * (bytes - 23)) / (1000 - 23));
  assert.equal(score(imageLocality, state, wanted), of(250));
  assert.equal(score(imageLocality, state, wanted, 'k'), 0);
  state.setNode(node('k', {}, { 'big:1': 500 }));
  assert.equal(score(imageLocality, state, wanted), of(375));
  state.setNode(node('m', {}));
  state.deleteNode('l');
  assert.equal(score(imageLocality, state, wanted), of(Math.floor(500 * (2 / 3))));
  state.deleteNode('n');
  state.setNode(node('k', {}));
  assert.equal(imageLocality.begin(wanted, state), undefined);
});
