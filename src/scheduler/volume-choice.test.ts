/** Which volumes claims get that wait for their first consumer, and how many volumes a node takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../api/generated/core-v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../api/generated/storage-v1.ts';
import { ClusterState } from './cluster-state.ts';
import { defaultPlugins } from './plugins/index.ts';
import { schedulePod, unschedulableMessage } from './schedule-pod.ts';
import type { VolumeListers } from './volume-listers.ts';
import { VolumeState } from './volume-state.ts';

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' });
const delayed = (provisioner: string, more: Partial<StorageClass> = {}): StorageClass => ({ metadata: meta('slow'), provisioner, volumeBindingMode: 'WaitForFirstConsumer', ...more });
const LOCAL = delayed('kubernetes.io/no-provisioner');

function claim(name: string, size: string, more: { spec?: Partial<PersistentVolumeClaim['spec']>; annotations?: Record<string, string> } = {}): PersistentVolumeClaim {
  return {
    metadata: { ...meta(name), namespace: 'default', ...(more.annotations && { annotations: more.annotations }) },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'slow', resources: { requests: { storage: size } }, ...more.spec }, status: { phase: 'Pending' },
  } as PersistentVolumeClaim;
}

function volume(name: string, size: string, host: string, more: Partial<PersistentVolume['spec']> & { labels?: Record<string, string>; phase?: string } = {}): PersistentVolume {
  const { labels, phase = 'Available', ...spec } = more;
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'host', operator: 'In', values: [host] }] }] };
  return {
    metadata: { ...meta(name), ...(labels && { labels }) },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'slow', capacity: { storage: size }, nodeAffinity: { required }, ...spec }, status: { phase },
  } as PersistentVolume;
}

const node = (name: string): Node => ({ metadata: { ...meta(name), labels: { host: name, rack: `r${name}` } }, spec: {}, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } as unknown as Node['status'] });

function pod(name: string, claims: readonly string[], nodeName?: string): Pod {
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  return { metadata: { ...meta(name), namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'i', resources: {} }], volumes, ...(nodeName && { nodeName }) }, status: {} };
}

interface Storage {
  readonly claims: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly storageClass?: StorageClass;
  readonly limit?: number;
  readonly storageCapacity?: boolean;
  readonly capacities?: readonly CSIStorageCapacity[];
}

function cluster({ claims, volumes = [], storageClass = LOCAL, limit, storageCapacity, capacities = [] }: Storage): ClusterState {
  const listers: VolumeListers = {
    claim: (_, name) => claims.find((one) => one.metadata.name === name), volume: (name) => volumes.find((one) => one.metadata.name === name), volumes: () => volumes, storageClass: () => storageClass,
    csiNode: (name) => (limit === undefined ? undefined : { metadata: meta(name), spec: { drivers: [{ name: 'd', nodeID: name, allocatable: { count: limit } }] } } as CSINode),
    csiDriver: (name) => (storageCapacity === undefined ? undefined : { metadata: meta(name), spec: { storageCapacity } } as CSIDriver),
    capacities: () => capacities,
  };
  const state = new ClusterState({ volumes: new VolumeState(listers), namespace: () => undefined });
  for (const name of ['a', 'b']) state.setNode(node(name));
  return state;
}

function place(state: ClusterState, wanted: Pod): string {
  const { outcome } = schedulePod({ pod: wanted, cluster: state, plugins: defaultPlugins, startAt: 0, chance: 0 });
  if ('error' in outcome) return outcome.error;
  if ('heldBackBy' in outcome) return `held back by ${outcome.heldBackBy.name}`;
  return 'node' in outcome ? outcome.node : unschedulableMessage(2, outcome);
}

const nowhere = (reason: string): string => `0/2 nodes are available: 2 node(s) ${reason}.`;
const NO_VOLUME = nowhere("didn't find available persistent volumes to bind");
const room = (size: string, more: Partial<CSIStorageCapacity> = {}): CSIStorageCapacity => ({ metadata: meta('c'), storageClassName: 'slow', capacity: size, nodeTopology: { matchLabels: { host: 'b' } }, ...more });

for (const { name, storage, expected } of [
  { name: 'a volume that is large enough', storage: { claims: [claim('x', '2Gi')], volumes: [volume('small', '1Gi', 'a'), volume('large', '3Gi', 'b')] }, expected: 'b' },
  { name: 'no volume that is too small', storage: { claims: [claim('x', '2Gi')], volumes: [volume('small', '1Gi', 'a')] }, expected: NO_VOLUME },
  { name: 'no block volume for files', storage: { claims: [claim('x', '1Gi')], volumes: [volume('v', '1Gi', 'a', { volumeMode: 'Block' })] }, expected: NO_VOLUME },
  { name: 'a volume with the labels that the claim selects', storage: { claims: [claim('x', '1Gi', { spec: { selector: { matchLabels: { fast: 'yes' } } } })], volumes: [volume('v', '1Gi', 'a'), volume('w', '1Gi', 'b', { labels: { fast: 'yes' } })] }, expected: 'b' },
  { name: 'no volume of others', storage: { claims: [claim('x', '1Gi')], volumes: [volume('v', '1Gi', 'a', { claimRef: { namespace: 'default', name: 'other' } })] }, expected: NO_VOLUME },
  { name: 'no volume that is still to be recycled', storage: { claims: [claim('x', '1Gi')], volumes: [volume('v', '1Gi', 'a', { phase: 'Pending' })] }, expected: NO_VOLUME },
  { name: 'the volume that is kept for the claim, and no other', storage: { claims: [claim('x', '1Gi')], volumes: [volume('v', '1Gi', 'a'), volume('w', '1Gi', 'b', { claimRef: { namespace: 'default', name: 'x' } })] }, expected: 'b' },
  { name: 'the node that was chosen for the claim', storage: { claims: [claim('x', '1Gi', { annotations: { 'volume.kubernetes.io/selected-node': 'b' } })], storageClass: delayed('d') }, expected: 'b' },
  { name: 'a topology that the class allows', storage: { claims: [claim('x', '1Gi')], storageClass: delayed('d', { allowedTopologies: [{ matchLabelExpressions: [{ key: 'rack', values: ['rb', 'rc'] }] }] }) }, expected: 'b' },
  { name: 'none of the topologies that the class allows', storage: { claims: [claim('x', '1Gi')], storageClass: delayed('d', { allowedTopologies: [{ matchLabelExpressions: [{ key: 'rack', values: ['rc'] }] }] }) }, expected: NO_VOLUME },
  { name: 'storage that the driver tells of', storage: { claims: [claim('x', '2Gi')], storageClass: delayed('d'), storageCapacity: true, capacities: [room('2Gi')] }, expected: 'b' },
  { name: 'too little storage', storage: { claims: [claim('x', '2Gi')], storageClass: delayed('d'), storageCapacity: true, capacities: [room('1Gi')] }, expected: nowhere('did not have enough free storage') },
  { name: 'storage of which no volume may be so large', storage: { claims: [claim('x', '2Gi')], storageClass: delayed('d'), storageCapacity: true, capacities: [room('9Gi', { maximumVolumeSize: '1Gi' })] }, expected: nowhere('did not have enough free storage') },
  { name: 'a driver that does not tell of its storage', storage: { claims: [claim('x', '2Gi')], storageClass: delayed('d'), storageCapacity: false }, expected: 'a' },
  { name: 'no claim that names a volume which is not its own yet', storage: { claims: [claim('x', '1Gi', { spec: { volumeName: 'v' } })], volumes: [volume('v', '1Gi', 'a')] }, expected: '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.' },
] as { name: string; storage: Storage; expected: string }[]) test(`a delayed claim gets ${name}`, () => assert.equal(place(cluster(storage), pod('p', ['x'])), expected));

test('two claims of a pod get two volumes of one node, the smaller one first', () => {
  const state = cluster({ claims: [claim('large', '2Gi'), claim('small', '1Gi')], volumes: [volume('a1', '2Gi', 'a'), volume('b1', '3Gi', 'b'), volume('b2', '1Gi', 'b')] });
  const wanted = pod('p', ['large', 'small']);
  assert.equal(place(state, wanted), 'b');
  const [on] = state.nodes.filter(({ name }) => name === 'b');
  assert.ok(on);
  const places = state.volumes.choice.on(on, state.volumes.volumesOf(wanted).delayed);
  assert.ok(typeof places === 'object');
  assert.deepEqual(places.bindings.map((one) => [one.claim.metadata.name, one.volume.metadata.name]), [['small', 'b2'], ['large', 'b1']]);
});

test('a volume that was promised to a claim is nobody else\'s until that is settled', () => {
  const state = cluster({ claims: [claim('x', '1Gi'), claim('y', '1Gi')], volumes: [volume('v', '1Gi', 'a')] });
  const [on] = state.nodes;
  assert.ok(on);
  const places = state.volumes.choice.on(on, state.volumes.volumesOf(pod('p', ['x'])).delayed);
  assert.ok(typeof places === 'object');
  state.volumes.choice.promise(places);
  assert.deepEqual([place(state, pod('p', ['x'])), place(state, pod('q', ['y']))], ['a', NO_VOLUME]);
  state.volumes.choice.settled('v');
  assert.equal(place(state, pod('q', ['y'])), 'a');
});

test('a node takes as many volumes of a driver as it can have, those that it has already once more', () => {
  const bound = (name: string, handle: string): [PersistentVolumeClaim, PersistentVolume] => [
    { ...claim(name, '1Gi', { spec: { volumeName: name } }), status: { phase: 'Bound' } } as PersistentVolumeClaim,
    { metadata: meta(name), spec: { csi: { driver: 'd', volumeHandle: handle } }, status: { phase: 'Bound' } } as PersistentVolume,
  ];
  const all = [bound('one', 'h1'), bound('again', 'h1'), bound('two', 'h2')];
  const state = cluster({ claims: [...all.map(([first]) => first), claim('new', '1Gi')], volumes: all.map(([, second]) => second), storageClass: delayed('d'), limit: 1 });
  for (const on of ['a', 'b']) state.setPod(pod(`on-${on}`, ['one'], on));
  const exceeded = nowhere('exceed max volume count');
  assert.deepEqual(['again', 'two', 'new'].map((name) => place(state, pod('p', [name]))), ['a', exceeded, exceeded]);
  state.deletePod('default/on-b');
  assert.deepEqual(['two', 'new'].map((name) => place(state, pod('p', [name]))), ['b', 'b']);
});
