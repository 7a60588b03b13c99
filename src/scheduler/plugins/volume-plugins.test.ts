/** Where pods may go by the volumes that they, and others, use. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, Volume } from '../../api/generated/core-v1.ts';
import { ClusterState } from '../cluster-state.ts';
import { planPreemption } from '../preemption.ts';
import { type Outcome, schedulePod, unschedulableMessage } from '../schedule-pod.ts';
import { VolumeState } from '../volume-state.ts';
import { defaultPlugins } from './index.ts';

const ZONE = 'topology.kubernetes.io/zone';
const IN_USE = '2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
const NOWHERE = 'no preemption here';

const claims: Readonly<Record<string, string>> = { alone: 'ReadWriteOncePod', shared: 'ReadWriteMany', zoned: 'ReadWriteOnce', old: 'ReadWriteOnce', odd: 'ReadWriteOnce' };
const labels: Readonly<Record<string, Record<string, string>>> = {
  zoned: { [ZONE]: 'one__three' }, old: { 'failure-domain.beta.kubernetes.io/zone': 'two' }, odd: { [ZONE]: 'one__' },
};

function claim(name: string): PersistentVolumeClaim | undefined {
  const mode = claims[name];
  return mode === undefined ? undefined : ({ metadata: { name, namespace: 'default' }, spec: { accessModes: [mode], volumeName: name }, status: { phase: 'Bound' } } as unknown as PersistentVolumeClaim);
}

function volume(name: string): PersistentVolume {
  return { metadata: { name, ...(labels[name] && { labels: labels[name] }) }, spec: {}, status: { phase: 'Bound' } } as unknown as PersistentVolume;
}

function node(name: string, zone?: string): Node {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', ...(zone !== undefined && { labels: { [ZONE]: zone } }) }, spec: {},
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } as unknown as Node['status'],
  };
}

function pod(name: string, volumes: readonly Volume[], spec: Partial<PodSpec> = {}, namespace = 'default'): Pod {
  return { metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [{ name: 'c', image: 'i', resources: {} }], volumes: [...volumes], ...spec }, status: {} };
}

const using = (claimName: string): Volume => ({ name: 'v', persistentVolumeClaim: { claimName } });
const disk = (source: Omit<Volume, 'name'>): Volume => ({ name: 'v', ...source });

function cluster(nodes: readonly Node[], pods: readonly Pod[]): ClusterState {
  const state = new ClusterState({ volumes: new VolumeState({ claim: (namespace, name) => (namespace === 'default' ? claim(name) : undefined), volume, volumes: () => [], storageClass: () => undefined }), namespace: () => undefined });
  for (const one of nodes) state.setNode(one);
  for (const one of pods) state.setPod(one);
  return state;
}

const outcomeOf = (state: ClusterState, wanted: Pod): Outcome => schedulePod({ pod: wanted, cluster: state, plugins: defaultPlugins, startAt: 0, chance: 0 }).outcome;

function place(nodes: readonly Node[], pods: readonly Pod[], wanted: Pod): string {
  const outcome = outcomeOf(cluster(nodes, pods), wanted);
  if ('error' in outcome) return outcome.error;
  if ('heldBackBy' in outcome) return `held back by ${outcome.heldBackBy.name}`;
  return 'node' in outcome ? outcome.node : unschedulableMessage(nodes.length, outcome);
}

const two = [node('a'), node('b')];
const onA = { nodeName: 'a' };
const gce = (readOnly: boolean): Volume => disk({ gcePersistentDisk: { pdName: 'd', readOnly } });
const rbd = (monitor: string): Volume => disk({ rbd: { monitors: [monitor, 'x'], image: 'i', pool: 'rbd' } as NonNullable<Volume['rbd']> });
const iscsi = (lun: number): Volume => disk({ iscsi: { targetPortal: 'p', iqn: 'q', lun } as NonNullable<Volume['iscsi']> });
const ebs = disk({ awsElasticBlockStore: { volumeID: 'e' } as NonNullable<Volume['awsElasticBlockStore']> });
const noDisk = '0/1 nodes are available: 1 node(s) had no available disk.';

for (const { name, nodes = two, pods = [], wanted, expected } of [
  { name: 'a claim that one pod alone may use, used by none', wanted: pod('p', [using('alone')]), expected: 'a' },
  { name: 'used by another, on whatever node', pods: [pod('x', [using('alone')], onA)], wanted: pod('p', [using('alone')]), expected: `0/2 nodes are available: ${IN_USE}.` },
  { name: 'one of that name in another namespace', pods: [pod('x', [using('alone')], onA, 'other')], wanted: pod('p', [using('alone')]), expected: 'b' },
  { name: 'a claim for many', pods: [pod('x', [using('shared')], onA)], wanted: pod('p', [using('shared')]), expected: 'b' },
  { name: 'a disk that is mounted where others write', nodes: [node('a')], pods: [pod('x', [gce(false)], onA)], wanted: pod('p', [gce(true)]), expected: noDisk },
  { name: 'a disk that all only read', nodes: [node('a')], pods: [pod('x', [gce(true)], onA)], wanted: pod('p', [gce(true)]), expected: 'a' },
  { name: 'a block store', nodes: [node('a')], pods: [pod('x', [ebs], onA)], wanted: pod('p', [ebs]), expected: noDisk },
  { name: 'a target of iSCSI', nodes: [node('a')], pods: [pod('x', [iscsi(0)], onA)], wanted: pod('p', [iscsi(1)]), expected: noDisk },
  { name: 'an image of Ceph by another monitor of the same', nodes: [node('a')], pods: [pod('x', [rbd('m')], onA)], wanted: pod('p', [rbd('n')]), expected: noDisk },
  { name: 'another node for the disk', pods: [pod('x', [ebs], onA)], wanted: pod('p', [ebs]), expected: 'b' },
  { name: 'a volume in zones', nodes: [node('a', 'two'), node('b', 'three')], wanted: pod('p', [using('zoned')]), expected: 'b' },
  { name: 'a volume in another zone', nodes: [node('a', 'two')], wanted: pod('p', [using('zoned')]), expected: '0/1 nodes are available: 1 node(s) had no available volume zone.' },
  { name: 'a volume labelled as of old', nodes: [node('a', 'one'), node('b', 'two')], wanted: pod('p', [using('old')]), expected: 'b' },
  { name: 'a volume whose label cannot be read', nodes: [node('a', 'two')], wanted: pod('p', [using('odd')]), expected: 'a' },
  { name: 'a node without labels', nodes: [node('a')], wanted: pod('p', [using('zoned')]), expected: 'a' },
]) test(`places by ${name}`, () => assert.equal(place(nodes, pods, wanted), expected));

test('a more important pod gets the claim that one alone may use', () => {
  const state = cluster(two, [pod('x', [using('alone')], { ...onA, priority: 1 })]);
  const wanted = pod('p', [using('alone')], { priority: 10 });
  const outcome = outcomeOf(state, wanted);
  assert.ok('refusals' in outcome);
  const verdict = planPreemption({ pod: wanted, outcome, budgets: [], cluster: state });
  assert.deepEqual('plan' in verdict ? [verdict.plan.node, verdict.plan.victims.map(({ metadata }) => metadata.name)] : NOWHERE, ['a', ['x']]);
});
