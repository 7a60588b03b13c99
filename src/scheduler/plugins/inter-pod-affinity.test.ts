import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { ClusterState } from '../cluster-state.ts';
import { VolumeState } from '../volume-state.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';

const labels = { app: 'peer' };

function node(name: string): Node {
  return { metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { host: name } }, spec: {}, status: { allocatable: { pods: '200' } } } as unknown as Node;
}

function pod(name: string, spec: Partial<Pod['spec']>): Pod {
  return { metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '', labels }, spec: { containers: [], ...spec }, status: {} };
}

test('scores are the whole part of their share of a hundred, as kube-scheduler reckons it', () => {
  const cluster = new ClusterState({ volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }), namespace: () => undefined });
  const counts = { none: 0, some: 29, half: 50, all: 100 };
  for (const [name, count] of Object.entries(counts)) {
    cluster.setNode(node(name));
    for (let i = 0; i < count; i++) cluster.setPod(pod(`${name}-${i}`, { nodeName: name }));
  }
  const near = { weight: 1, podAffinityTerm: { topologyKey: 'host', labelSelector: { matchLabels: labels } } };
  const cycle = interPodAffinity.begin(pod('asking', { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near] } } }), cluster);
  assert.equal(cycle?.preScore?.(cluster.nodes), true);
  const scores = Float64Array.from(cluster.nodes, (one) => cycle?.score?.(one) ?? Number.NaN);
  assert.deepEqual([...scores], Object.values(counts));
  cycle?.normalize?.(scores, cluster.nodes);
  // 29/100 of 100 in floating point is a hair below 29.
  assert.deepEqual([...scores], [0, 28, 50, 100]);
});
