import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Node, Pod, TopologySpreadConstraint } from '../../api/generated/core-v1.ts';
import { SeededRandom } from '../../base/random.ts';
import { ClusterState } from '../cluster-state.ts';
import { noWorkloads } from '../default-selector.ts';
import { schedulePod } from '../schedule-pod.ts';
import { VolumeState } from '../volume-state.ts';
import { defaultPlugins } from './index.ts';
import { podTopologySpread } from './pod-topology-spread.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const labels = { app: 'web' };
const hard = (topologyKey: string, maxSkew: number): TopologySpreadConstraint => ({ topologyKey, maxSkew, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } });
const soft = (topologyKey: string): TopologySpreadConstraint => ({ ...hard(topologyKey, 1), whenUnsatisfiable: 'ScheduleAnyway' });
const workloads = { ...noWorkloads, replicaSet: () => ({ spec: { selector: { matchLabels: labels } } }) as unknown as ReplicaSet };
/** It lets every node pass, but each must be asked. */
const anyNode = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'os', operator: 'NotIn', values: ['none'] }] }] } } };

function nodeNamed(name: string, zone: string | undefined): Node {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { [HOST]: name, ...(zone !== undefined && { [ZONE]: zone }) } },
    spec: {}, status: { allocatable: { cpu: '64', memory: '256Gi', pods: '110' } },
  } as unknown as Node;
}

function podNamed(name: string, spec: Partial<Pod['spec']>, more: Partial<Pod['metadata']> = {}): Pod {
  return { metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '', labels, ...more }, spec: { containers: [{ name: 'c', image: 'i', resources: {} }], ...spec }, status: {} };
}

for (const { what, constraints, isControlled = false, zoneless = false } of [
  { what: 'zones, strictly', constraints: [hard(ZONE, 1)] },
  { what: 'hosts and zones, strictly', constraints: [hard(ZONE, 2), hard(HOST, 2)] },
  { what: 'hosts and zones, strictly, some nodes without a zone', constraints: [hard(ZONE, 2), hard(HOST, 1)], zoneless: true },
  { what: 'hosts and zones, as far as it goes', constraints: [soft(ZONE), soft(HOST)], zoneless: true },
  { what: "the system's defaults", constraints: [], isControlled: true, zoneless: true },
]) {
  test(`pods are spread alike whether each node is asked or what is known of all of them: ${what}`, () => {
    const random = new SeededRandom(7);
    const cluster = new ClusterState({ volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }), workloads, namespace: () => undefined });
    for (let i = 0; i < 9; i++) cluster.setNode(nodeNamed(`node-${i}`, zoneless && i === 8 ? undefined : `zone-${i % 3}`));
    const owned = isControlled ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs', controller: true }] } : {};
    const spread = constraints.length > 0 ? { topologySpreadConstraints: constraints } : {};
    const nodeFor = (pod: Pod, chance: number): string | undefined => {
      const { outcome } = schedulePod({ pod, cluster, plugins: defaultPlugins, startAt: 0, chance });
      return 'node' in outcome ? outcome.node : undefined;
    };
    let placed = 0;
    for (let i = 0; i < 120; i++) {
      const chance = random.next();
      const asked = nodeFor(podNamed(`pod-${i}`, { ...spread, affinity: anyNode }, owned), chance);
      assert.equal(nodeFor(podNamed(`pod-${i}`, spread, owned), chance), asked, `pod ${i}`);
      // Now and then a pod goes, begins to go, or comes to a node of its own choice.
      const gone = `pod-${Math.floor(random.next() * i)}`;
      if (i % 5 === 4) cluster.deletePod(`default/${gone}`);
      const nodeName = i % 7 === 6 ? `node-${Math.floor(random.next() * 9)}` : asked;
      if (nodeName === undefined) continue;
      cluster.setPod(podNamed(`pod-${i}`, { nodeName, ...spread }, { ...owned, ...(i % 11 === 10 && { deletionTimestamp: '2026-01-01T00:00:00Z' }) }));
      placed++;
    }
    assert.ok(placed > 40, `only ${placed} pods were placed`);
  });
}

for (const { what, affinity } of [{ what: 'what is known of all nodes', affinity: {} }, { what: 'each node asked', affinity: { affinity: anyNode } }]) {
  test(`pods on a node that lacks one of the labels count for none of the soft constraints, by ${what}`, () => {
    const cluster = new ClusterState({ volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }), workloads, namespace: () => undefined });
    const node = (name: string, rack: string, row?: string): Node => ({ ...nodeNamed(name, undefined), metadata: { ...nodeNamed(name, undefined).metadata, labels: { rack, ...(row !== undefined && { row }) } } });
    for (const one of [node('a', 'r1', 'x'), node('b', 'r2', 'x'), node('rowless', 'r1')]) cluster.setNode(one);
    for (const [i, nodeName] of ['rowless', 'rowless', 'rowless', 'b'].entries()) cluster.setPod(podNamed(`there-${i}`, { nodeName }));
    const scoresWith = (topologySpreadConstraints: TopologySpreadConstraint[]): Record<string, number> => {
      const cycle = podTopologySpread.begin(podNamed('asking', { topologySpreadConstraints, ...affinity }), cluster);
      assert.equal(cycle?.preScore?.(cluster.nodes), true);
      const scores = Float64Array.from(cluster.nodes, (one) => cycle?.score?.(one) ?? Number.NaN);
      cycle?.normalize?.(scores, cluster.nodes);
      return Object.fromEntries(cluster.nodes.map(({ name }, i) => [name, scores[i] ?? Number.NaN]));
    };
    // a: log(4) * 0 + log(3) * 1, b: log(4) * 1 + log(3) * 1, each rounded: 1 and 2.
    assert.deepEqual(scoresWith([soft('rack'), soft('row')]), { a: 100, b: 50, rowless: 0 });
    // By racks alone the node counts, and is one of those to choose from: 4, 1, 4.
    assert.deepEqual(scoresWith([soft('rack')]), { a: 25, b: 100, rowless: 25 });
  });
}
