import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../api/generated/apps-v1.ts';
import type { Node, Pod, PodSpec } from '../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../api/generated/policy-v1.ts';
import { ClusterState } from './cluster-state.ts';
import { noWorkloads } from './default-selector.ts';
import { defaultPlugins } from './plugins/index.ts';
import { planPreemption, type PreemptionVerdict } from './preemption.ts';
import { feasibleNodesToFind, schedulePod, unschedulableMessage } from './schedule-pod.ts';
import type { VolumeListers } from './volume-listers.ts';
import { VolumeState } from './volume-state.ts';

const noVolumes: VolumeListers = { claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined };

function node(name: string, options: { labels?: Record<string, string>; cpu?: string; pods?: string; taints?: NonNullable<Node['spec']['taints']>; unschedulable?: boolean; gpu?: string; features?: readonly string[] } = {}): Node {
  const { labels, cpu = '4', pods = '110', taints, unschedulable, gpu, features } = options;
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: { allocatable: { cpu, memory: '8Gi', pods, ...(gpu && { 'example.com/gpu': gpu }) }, ...(features && { declaredFeatures: features }) } as unknown as Node['status'],
  };
}

function pod(name: string, options: { labels?: Record<string, string>; cpu?: string; gpu?: string; nodeName?: string; priority?: number; spec?: Partial<PodSpec>; controlled?: boolean } = {}): Pod {
  const { labels, cpu, gpu, nodeName, priority, spec, controlled } = options;
  const requests = { ...(cpu && { cpu }), ...(gpu && { 'example.com/gpu': gpu }) };
  return {
    metadata: {
      name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '',
      ...(labels && { labels }),
      ...(controlled && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs', controller: true }] }),
    },
    spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests } }], ...(nodeName && { nodeName }), ...(priority !== undefined && { priority }), ...spec },
    status: {},
  };
}

function cluster(nodes: readonly Node[], pods: readonly Pod[] = [], listers: VolumeListers = noVolumes): ClusterState {
  const workloads = { ...noWorkloads, replicaSet: () => ({ spec: { selector: { matchLabels: web } } }) as unknown as ReplicaSet };
  const state = new ClusterState({ volumes: new VolumeState(listers), workloads, namespace: () => undefined });
  for (const one of nodes) state.setNode(one);
  for (const one of pods) state.setPod(one);
  return state;
}

function place(state: ClusterState, wanted: Pod): string {
  const { outcome } = schedulePod({ pod: wanted, cluster: state, plugins: defaultPlugins, startAt: 0, chance: 0 });
  if ('error' in outcome) return outcome.error;
  if ('heldBackBy' in outcome) return `held back by ${outcome.heldBackBy.name}`;
  return 'node' in outcome ? outcome.node : unschedulableMessage(state.nodes.length, outcome);
}

const noSchedule = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const onlyOn = (name: string): Partial<PodSpec> => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }] } } } });
const web = { app: 'web' };
const restartingAll = { containers: [{ name: 'c', image: 'busybox', resources: {}, restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }] }] };
const nearWeb = { labelSelector: { matchLabels: web }, topologyKey: 'topology.kubernetes.io/zone' };

for (const { name, nodes, pods = [], wanted, expected } of [
  { name: 'there is no node', nodes: [], wanted: pod('p'), expected: 'no nodes available to schedule pods' },
  { name: 'the node with more left is better', nodes: [node('a'), node('b')], pods: [pod('x', { cpu: '2', nodeName: 'a' })], wanted: pod('p', { cpu: '1' }), expected: 'b' },
  {
    name: 'every reason is counted over the nodes',
    nodes: [node('a', { cpu: '1' }), node('b', { unschedulable: true }), node('c', { taints: [noSchedule] })],
    wanted: pod('p', { cpu: '2' }),
    expected: '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.',
  },
  { name: 'a full node takes no more pods', nodes: [node('a', { pods: '1' })], pods: [pod('x', { nodeName: 'a' })], wanted: pod('p'), expected: '0/1 nodes are available: 1 Too many pods.' },
  { name: 'an extended resource nobody has', nodes: [node('a')], wanted: pod('p', { gpu: '1' }), expected: '0/1 nodes are available: 1 Insufficient example.com/gpu.' },
  { name: 'an extended resource is counted', nodes: [node('a', { gpu: '2' }), node('b', { gpu: '2' })], pods: [pod('x', { gpu: '2', nodeName: 'a' })], wanted: pod('p', { gpu: '1' }), expected: 'b' },
  { name: 'a toleration lets the pod through', nodes: [node('c', { taints: [noSchedule] })], wanted: pod('p', { spec: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } }), expected: 'c' },
  { name: 'a cordoned node takes a pod that tolerates it', nodes: [node('b', { unschedulable: true })], wanted: pod('p', { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } }), expected: 'b' },
  { name: 'a node selector', nodes: [node('a'), node('b', { labels: { disk: 'ssd' } })], wanted: pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }), expected: 'b' },
  { name: 'no node matches the selector', nodes: [node('a')], wanted: pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }), expected: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector." },
  {
    name: 'nodes that are not looked at, for the pod names another',
    nodes: [node('a'), node('b', { cpu: '1' }), node('c')],
    wanted: pod('p', { cpu: '2', spec: onlyOn('b') }),
    expected: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    name: 'a pod that wants to be on two nodes at once', nodes: [node('a'), node('b')],
    wanted: pod('p', { spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: ['a', 'b'].map((value) => ({ key: 'metadata.name', operator: 'In', values: [value] })) }] } } } } }),
    expected: '0/2 nodes are available: pod affinity terms conflict.',
  },
  { name: 'a claim that is made for the pod is not there yet', nodes: [node('a')], wanted: pod('p', { spec: { volumes: [{ name: 'v', ephemeral: {} }] } }), expected: '0/1 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v".' },
  { name: 'a pod names a node that is not there', nodes: [node('a'), node('b')], wanted: pod('p', { spec: onlyOn('gone') }), expected: "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [NodeAffinity]." },
  {
    name: 'a host port that is taken for all addresses',
    nodes: [node('a')],
    pods: [pod('x', { nodeName: 'a', spec: { containers: [{ name: 'c', resources: {}, ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }] } })],
    wanted: pod('p', { spec: { containers: [{ name: 'c', resources: {}, ports: [{ containerPort: 80, hostPort: 80, hostIP: '127.0.0.1', protocol: 'TCP' }] }] } }),
    expected: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    name: 'required affinity brings pods together in a zone',
    nodes: [node('a', { labels: zone('one') }), node('b', { labels: zone('two') }), node('c', { labels: zone('two') })],
    pods: [pod('x', { labels: web, nodeName: 'b' })],
    wanted: pod('p', { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [nearWeb] } } } }),
    expected: 'c',
  },
  {
    name: 'the first pod that wants its own kind near may go anywhere',
    nodes: [node('a', { labels: zone('one') })],
    wanted: pod('p', { labels: web, spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [nearWeb] } } } }),
    expected: 'a',
  },
  {
    name: 'required anti-affinity keeps pods apart',
    nodes: [node('a', { labels: zone('one') }), node('b', { labels: zone('two') })],
    pods: [pod('x', { labels: web, nodeName: 'a' })],
    wanted: pod('p', { labels: web, spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [nearWeb] } } } }),
    expected: 'b',
  },
  {
    name: 'the anti-affinity of a pod that is there counts too',
    nodes: [node('a', { labels: zone('one') })],
    pods: [pod('x', { nodeName: 'a', spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [nearWeb] } } } })],
    wanted: pod('p', { labels: web }),
    expected: "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  },
  {
    name: 'a hard spread constraint picks the emptier zone',
    nodes: [node('a', { labels: zone('one') }), node('b', { labels: zone('two'), cpu: '2' })],
    pods: [pod('x', { labels: web, nodeName: 'a' })],
    wanted: pod('p', {
      labels: web,
      spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web } }] },
    }),
    expected: 'b',
  },
  { name: "a controller's pods spread over nodes by default", nodes: [node('a'), node('b', { cpu: '3' })], pods: [pod('x', { labels: web, nodeName: 'a', controlled: true })], wanted: pod('p', { labels: web, controlled: true }), expected: 'b' },
  { name: 'a claim that is not there', nodes: [node('a')], wanted: pod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } }), expected: '0/1 nodes are available: persistentvolumeclaim "data" not found.' },
  { name: 'a node that has not declared what the pod needs', nodes: [node('a'), node('b', { features: ['RestartAllContainersOnContainerExits'] })], wanted: pod('p', { spec: restartingAll }), expected: 'b' },
  { name: 'no node has declared what an init container of the pod needs', nodes: [node('a', { features: ['Other'] })], wanted: pod('p', { spec: { ...restartingAll, containers: [], initContainers: restartingAll.containers } }), expected: "0/1 nodes are available: 1 node(s) didn't match Pod's required features." },
  { name: 'scheduling gates', nodes: [node('a')], wanted: pod('p', { spec: { schedulingGates: [{ name: 'g' }] } }), expected: 'held back by SchedulingGates' },
]) test(name, () => assert.equal(place(cluster(nodes, pods), wanted), expected));

test('a pod that names a node which is not there is tried again when the node comes', () => {
  const { outcome } = schedulePod({ pod: pod('p', { spec: onlyOn('gone') }), cluster: cluster([node('a')]), plugins: defaultPlugins, startAt: 0, chance: 0 });
  assert.ok('plugins' in outcome);
  assert.deepEqual([...outcome.plugins].flatMap(({ wakesOn }) => wakesOn), ['node-added', 'node-labels']);
});

test('thirty replicas spread evenly over three nodes', () => {
  const state = cluster([node('a'), node('b'), node('c')]);
  const counts = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const one = pod(`p${i}`, { labels: web, controlled: true });
    const where = place(state, one);
    counts.set(where, (counts.get(where) ?? 0) + 1);
    state.assume({ ...one, spec: { ...one.spec, nodeName: where } }, where);
  }
  assert.deepEqual([...counts.values()], [10, 10, 10]);
});

function preempt(state: ClusterState, wanted: Pod, budgets: readonly PodDisruptionBudget[] = []): PreemptionVerdict {
  const { outcome } = schedulePod({ pod: wanted, cluster: state, plugins: defaultPlugins, startAt: 0, chance: 0 });
  assert.ok('refusals' in outcome);
  return planPreemption({ pod: wanted, outcome, budgets, cluster: state });
}

test('a pod of high priority takes the place of the cheapest one of lower priority', () => {
  const state = cluster([node('a', { cpu: '1' }), node('b', { cpu: '1' }), node('c', { unschedulable: true })], [pod('dear', { cpu: '1', nodeName: 'a', priority: 50 }), pod('cheap', { cpu: '1', nodeName: 'b', priority: 5 })]);
  const verdict = preempt(state, pod('p', { cpu: '1', priority: 100 }));
  assert.ok('plan' in verdict);
  assert.equal(verdict.plan.node, 'b');
  assert.deepEqual(verdict.plan.victims.map((victim) => victim.metadata.name), ['cheap']);
  assert.equal(state.node('b')?.requested.milliCpu, 1000, 'asking what if changes nothing');
  assert.deepEqual(preempt(state, pod('q', { cpu: '1', priority: 1 })), { message: '0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.', keepsNomination: false });
  assert.deepEqual(preempt(state, pod('q', { cpu: '2', priority: 100 })), { message: '0/3 nodes are available: 3 Preemption is not helpful for scheduling.', keepsNomination: false });
  assert.deepEqual(preempt(state, pod('q', { cpu: '1', priority: 100, spec: { preemptionPolicy: 'Never' } })), { message: 'not eligible due to preemptionPolicy=Never.', keepsNomination: true });
});

test('a budget whose selector is empty spares nobody from preemption', () => {
  const state = cluster([node('a', { cpu: '1' }), node('b', { cpu: '1' })], [pod('x', { labels: web, cpu: '1', nodeName: 'a', priority: 1 }), pod('y', { labels: { app: 'db' }, cpu: '1', nodeName: 'b', priority: 1 })]);
  const wanted = pod('p', { cpu: '1', priority: 100 });
  const { outcome } = schedulePod({ pod: wanted, cluster: state, plugins: defaultPlugins, startAt: 0, chance: 0 });
  assert.ok('refusals' in outcome);
  const budget = (selector: object): PodDisruptionBudget => ({ metadata: { name: 'x', namespace: 'default' }, spec: { selector }, status: { disruptionsAllowed: 0 } }) as unknown as PodDisruptionBudget;
  const nodeFor = (selector: object): string | undefined => {
    const verdict = planPreemption({ pod: wanted, outcome, budgets: [budget(selector)], cluster: state });
    return 'plan' in verdict ? verdict.plan.node : verdict.message;
  };
  assert.deepEqual([nodeFor({}), nodeFor({ matchLabels: web })], ['a', 'b']);
});

test('a pod without labels is spared by no budget, whatever the selector of that', () => {
  const state = cluster([node('a', { cpu: '1' }), node('b', { cpu: '1' })], [pod('x', { cpu: '1', nodeName: 'a', priority: 1 }), pod('y', { labels: web, cpu: '1', nodeName: 'b', priority: 1 })]);
  const budget = { metadata: { name: 'x', namespace: 'default' }, spec: { selector: { matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] } }, status: { disruptionsAllowed: 0 } } as unknown as PodDisruptionBudget;
  const verdict = preempt(state, pod('p', { cpu: '1', priority: 100 }), [budget]);
  assert.equal('plan' in verdict && verdict.plan.node, 'a');
});

test('a node that takes no pods at all is one that could be helped, if anybody were there', () => {
  assert.match(JSON.stringify(preempt(cluster([node('a', { pods: '0' })]), pod('p', { priority: 100 }))), /1 No preemption victims found for incoming pod/);
});

test('the room that preemption made is kept from less important pods, and is looked at first by the one it is for', () => {
  const state = cluster([node('a', { cpu: '1' }), node('b', { cpu: '4' })]);
  const promised = pod('p', { cpu: '1', priority: 100 });
  state.nominated.set(promised, 'a');
  const nodeSelector = { 'kubernetes.io/hostname': 'a' };
  assert.match(place(state, pod('q', { cpu: '1', priority: 1, spec: { nodeSelector } })), /1 Insufficient cpu/);
  assert.equal(place(state, pod('r', { cpu: '1', priority: 1000, spec: { nodeSelector } })), 'a');
  assert.equal(place(state, promised), 'a', 'although b has more room');
  assert.equal(state.node('a')?.requested.milliCpu, 0, 'asking what if changes nothing');
  state.assume({ ...promised, spec: { ...promised.spec, nodeName: 'a' } }, 'a');
  assert.equal(state.nominated.nodeOf(promised), undefined);
});

test('a pod whose victims are on their way out makes no more of them', () => {
  const going = pod('going', { cpu: '1', nodeName: 'a', priority: 1 });
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  going.status = { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] } as Pod['status'];
  const state = cluster([node('a', { cpu: '1' }), node('b', { cpu: '1' })], [going, pod('other', { cpu: '1', nodeName: 'b', priority: 1 })]);
  const wanted = pod('p', { cpu: '1', priority: 100 });
  state.nominated.set(wanted, 'a');
  assert.deepEqual(preempt(state, wanted), { message: 'not eligible due to a terminating pod on the nominated node.', keepsNomination: true });
});

test('pods count where they were assumed until a watch shows them elsewhere or gone', () => {
  const state = cluster([node('a'), node('b')]);
  const one = pod('p', { cpu: '1' });
  state.assume({ ...one, spec: { ...one.spec, nodeName: 'a' } }, 'a');
  assert.equal(state.node('a')?.requested.milliCpu, 1000);
  state.setPod({ ...one, spec: { ...one.spec, nodeName: 'b' } });
  assert.equal(state.node('a')?.requested.milliCpu, 0);
  assert.equal(state.node('b')?.requested.milliCpu, 1000);
  state.deletePod('default/p');
  assert.equal(state.node('b')?.requested.milliCpu, 0);
});

test('a pod on a node that is not known yet counts once the node comes', () => {
  const state = cluster([], [pod('p', { cpu: '1', nodeName: 'late' })]);
  state.setNode(node('late'));
  assert.equal(state.node('late')?.requested.milliCpu, 1000);
});

for (const [nodes, expected] of [[50, 50], [100, 100], [1000, 420], [5000, 500], [10_000, 500]] as const) {
  test(`of ${nodes} nodes ${expected} feasible ones are enough`, () => assert.equal(feasibleNodesToFind(nodes), expected));
}

test('what thousands of nodes say is told once', () => {
  const outcome = schedulePod({ pod: pod('p', { cpu: '8', gpu: '1' }), cluster: cluster(Array.from({ length: 3000 }, (_, i) => node(`node-${i}`, { cpu: i % 3 === 0 ? '16' : '4' }))), plugins: defaultPlugins, startAt: 7, chance: 0 }).outcome;
  assert.ok('refusals' in outcome && outcome.refusal === undefined);
  assert.deepEqual([...outcome.refusals.counted().values()].sort((a, b) => a - b), [1000, 2000]);
  assert.equal(unschedulableMessage(3000, outcome), '0/3000 nodes are available: 2000 Insufficient cpu, 3000 Insufficient example.com/gpu.');
});
