import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Node, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { ClusterState } from '../cluster-state.ts';
import { noWorkloads } from '../default-selector.ts';
import type { Profile } from '../profile.ts';
import { schedulePod, unschedulableMessage } from '../schedule-pod.ts';
import { VolumeState } from '../volume-state.ts';
import { ConfigurationError } from './checked-object.ts';
import { defaultConfiguration, readSchedulerConfiguration } from './scheduler-configuration.ts';

const HEAD = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' };
const WEB = { app: 'web' };
const ZONE = 'topology.kubernetes.io/zone';
const EVEN = { topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' };

function node(name: string, options: { zone?: string; cpu?: string; taint?: string; gpu?: string } = {}): Node {
  const { zone = name, cpu = '4', taint, gpu } = options;
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { 'kubernetes.io/hostname': name, [ZONE]: zone } },
    spec: { ...(taint !== undefined && { taints: [{ key: taint, effect: 'NoSchedule' }] }) },
    status: { allocatable: { cpu, memory: '8Gi', pods: '110', ...(gpu !== undefined && { 'example.com/gpu': gpu }) } } as unknown as Node['status'],
  };
}

function pod(name: string, options: { cpu?: string; gpu?: string; nodeName?: string; controlled?: boolean; spec?: Partial<PodSpec> } = {}): Pod {
  const { cpu = '1', gpu, nodeName, controlled, spec } = options;
  const requests = { cpu, ...(gpu !== undefined && { 'example.com/gpu': gpu }) };
  return {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '', labels: WEB, ...(controlled && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }] }) },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...(nodeName !== undefined && { nodeName }), ...spec },
    status: {},
  };
}

const profileOf = (profile: object): Profile => readSchedulerConfiguration({ ...HEAD, profiles: [profile] }).profiles[0] as Profile;
const config = (name: string, args: object): object => ({ pluginConfig: [{ name, args }] });
const strategy = (scoringStrategy: object): object => config('NodeResourcesFit', { scoringStrategy });

function place(profile: object, nodes: readonly Node[], pods: readonly Pod[], wanted: Pod): string {
  const none = { claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined };
  const workloads = { ...noWorkloads, replicaSet: () => ({ spec: { selector: { matchLabels: WEB } } }) as unknown as ReplicaSet };
  const state = new ClusterState({ volumes: new VolumeState(none), workloads, namespace: () => undefined });
  for (const one of nodes) state.setNode(one);
  for (const one of pods) state.setPod(one);
  const { outcome } = schedulePod({ pod: wanted, cluster: state, ...profileOf(profile), startAt: 0, chance: 0 });
  if ('error' in outcome) return outcome.error;
  if ('heldBackBy' in outcome) return `held back by ${outcome.heldBackBy.name}`;
  return 'node' in outcome ? outcome.node : unschedulableMessage(nodes.length, outcome);
}

const enforced = (operator: string): object => ({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator, values: ['b'] }] }] } });
const drawnTo = (zone: string): object => ({ preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, preference: { matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] } }] });
const onlyFit = { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit' }] };
const half = [pod('x', { cpu: '2', nodeName: 'a' })];
const drawn = pod('y', { nodeName: 'b', spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ZONE, labelSelector: { matchLabels: WEB } }] } } } });

for (const { name, profile, nodes = [node('a'), node('b')], pods = [], wanted = pod('p'), expected } of [
  { name: 'nothing is told: the emptier node', profile: {}, pods: half, expected: 'b' },
  { name: 'MostAllocated: the fuller node', profile: { ...strategy({ type: 'MostAllocated' }), plugins: { score: onlyFit } }, pods: half, expected: 'a' },
  { name: 'LeastAllocated of one resource', profile: { ...strategy({ type: 'LeastAllocated', resources: [{ name: 'example.com/gpu', weight: 5 }] }), plugins: { score: onlyFit } }, nodes: [node('a', { gpu: '2' }), node('b', { gpu: '8' })], wanted: pod('p', { gpu: '1' }), expected: 'b' },
  {
    name: 'RequestedToCapacityRatio: as the shape has it', pods: half, expected: 'a',
    profile: { ...strategy({ type: 'RequestedToCapacityRatio', resources: [{ name: 'cpu' }], requestedToCapacityRatio: { shape: [{ utilization: 0, score: 0 }, { utilization: 100, score: 10 }] } }), plugins: { score: onlyFit } },
  },
  {
    name: 'the balance of three resources', expected: 'a', nodes: [node('a', { gpu: '4' }), node('b', { gpu: '1' })], wanted: pod('p', { gpu: '1' }),
    profile: { ...config('NodeResourcesBalancedAllocation', { resources: [{ name: 'cpu' }, { name: 'example.com/gpu', weight: 1 }, { name: 'memory' }] }), plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesBalancedAllocation' }] } } },
  },
  { name: 'a resource that is ignored', profile: config('NodeResourcesFit', { ignoredResources: ['example.com/gpu'] }), wanted: pod('p', { gpu: '1' }), expected: 'a' },
  { name: 'a group of resources that is ignored', profile: config('NodeResourcesFit', { ignoredResourceGroups: ['example.com'] }), wanted: pod('p', { gpu: '1' }), expected: 'a' },
  { name: 'a filter that is off', profile: { plugins: { filter: { disabled: [{ name: 'TaintToleration' }] } } }, nodes: [node('a', { taint: 't' })], expected: 'a' },
  { name: 'a plugin that is off everywhere', profile: { plugins: { multiPoint: { disabled: [{ name: 'TaintToleration' }] } } }, nodes: [node('a', { taint: 't' })], expected: 'a' },
  { name: 'a filter that is on', profile: {}, nodes: [node('a', { taint: 't' })], expected: '0/1 nodes are available: 1 node(s) had untolerated taint(s).' },
  { name: 'hard constraints by default', profile: config('PodTopologySpread', { defaultingType: 'List', defaultConstraints: [EVEN] }), nodes: [node('a'), node('b', { cpu: '0' })], pods: [pod('x', { nodeName: 'a', controlled: true })], wanted: pod('p', { controlled: true }), expected: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints." },
  { name: 'nodes that the profile wants', profile: config('NodeAffinity', { addedAffinity: enforced('In') }), expected: 'b' },
  { name: 'nodes that the profile wants and there are none of', profile: config('NodeAffinity', { addedAffinity: enforced('In') }), nodes: [node('a')], expected: "0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity." },
  { name: 'nodes that the profile prefers', profile: config('NodeAffinity', { addedAffinity: drawnTo('b') }), expected: 'b' },
  { name: 'affinity of those who are there, with its weight', profile: { ...config('InterPodAffinity', { hardPodAffinityWeight: 100 }), plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'InterPodAffinity', weight: 2 }] } } }, pods: [drawn], expected: 'b' },
  { name: 'affinity of those who are there, without', profile: { ...config('InterPodAffinity', { hardPodAffinityWeight: 0 }), plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'InterPodAffinity' }] } } }, pods: [drawn], expected: 'a' },
]) test(`places by: ${name}`, () => assert.equal(place(profile, nodes, pods, wanted), expected));

test('weights, percentages and waits are those of the file', () => {
  const { profiles: [one, two], initialBackoffMs, maxBackoffMs } = readSchedulerConfiguration({
    ...HEAD, parallelism: 8, leaderElection: { leaderElect: true }, clientConnection: { kubeconfig: '/etc/kubernetes/scheduler.conf' }, percentageOfNodesToScore: 30, podInitialBackoffSeconds: 2, podMaxBackoffSeconds: 5,
    profiles: [
      { schedulerName: 'one', plugins: { multiPoint: { enabled: [{ name: 'ImageLocality', weight: 7 }] }, score: { enabled: [{ name: 'TaintToleration', weight: 9 }], disabled: [{ name: 'NodeAffinity' }] } } },
      { schedulerName: 'two', percentageOfNodesToScore: 60, plugins: { postFilter: { disabled: [{ name: '*' }] } }, pluginConfig: [{ name: 'DefaultPreemption', args: { apiVersion: HEAD.apiVersion, kind: 'DefaultPreemptionArgs', minCandidateNodesPercentage: 10 } }] },
    ],
  });
  const weights = Object.fromEntries(one?.plugins.map(({ name, weight }) => [name, weight]) ?? []);
  assert.deepEqual([weights['ImageLocality'], weights['TaintToleration'], weights['NodeAffinity'], weights['PodTopologySpread']], [7, 9, 0, 2]);
  assert.deepEqual([one?.percentageOfNodesToScore, one?.preempts, two?.percentageOfNodesToScore, two?.preempts, initialBackoffMs, maxBackoffMs], [30, true, 60, false, 2000, 5000]);
});

test('a file without profiles has the default one', () => {
  const [profile] = readSchedulerConfiguration(HEAD).profiles;
  const parts = (one: Profile | undefined): unknown => ({ ...one, plugins: new Map(one?.plugins.map(({ name, weight }) => [name, weight])) });
  assert.deepEqual(parts(profile), parts(defaultConfiguration.profiles[0]));
});

const profiles = (...all: object[]): object => ({ profiles: all });
for (const { name, change, message } of [
  { name: 'another kind', change: { kind: 'Pod' }, message: 'it must hold a KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1' },
  { name: 'an older version', change: { apiVersion: 'kubescheduler.config.k8s.io/v1beta3' }, message: 'it must hold a KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1' },
  { name: 'extenders', change: { extenders: [{ urlPrefix: 'http://a' }] }, message: 'extenders: kubets calls no extenders' },
  { name: 'an unknown field', change: { foo: 1 }, message: 'strict decoding error: unknown field "foo"' },
  { name: 'an unknown field within', change: profiles({ schedulerNames: 'a' }), message: 'strict decoding error: unknown field "profiles[0].schedulerNames"' },
  { name: 'no parallelism', change: { parallelism: 0 }, message: 'parallelism: Invalid value: 0: should be an integer value greater than zero' },
  { name: 'a percentage beyond all', change: { percentageOfNodesToScore: 101 }, message: 'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]' },
  { name: 'a wait that becomes shorter', change: { podInitialBackoffSeconds: 20 }, message: 'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds' },
  { name: 'profiles of one name', change: profiles({ schedulerName: 'a' }, { schedulerName: 'a' }), message: 'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"' },
  { name: 'a profile without a name', change: profiles({ schedulerName: 'a' }, {}), message: 'profiles[1].schedulerName: Required value' },
  { name: 'a plugin of others', change: profiles({ plugins: { filter: { enabled: [{ name: 'Coscheduling' }] } } }), message: /^profiles\[0\]\.plugins\.filter\.enabled\[0\]: kubets has no plugin "Coscheduling"; there are: SchedulingGates, / },
  { name: 'a plugin where it does nothing', change: profiles({ plugins: { score: { enabled: [{ name: 'NodeName' }] } } }), message: 'profiles[0].plugins.score.enabled[0]: plugin "NodeName" does not extend Score plugin' },
  { name: 'a plugin twice', change: profiles({ plugins: { score: { enabled: [{ name: 'ImageLocality' }, { name: 'ImageLocality' }] } } }), message: 'profiles[0].plugins.score.enabled[1]: plugin "ImageLocality" already registered' },
  { name: 'no binder', change: profiles({ plugins: { bind: { disabled: [{ name: '*' }] } } }), message: 'profiles[0].plugins: kubets cannot do without the Bind plugin "DefaultBinder"' },
  { name: 'scores that are not made ready', change: profiles({ plugins: { preScore: { disabled: [{ name: 'ImageLocality' }] } } }), message: 'profiles[0].plugins.preScore: the plugin "ImageLocality" cannot score without it' },
  { name: 'arguments of another plugin', change: profiles(config('NodeResourcesFit', { kind: 'InterPodAffinityArgs' })), message: 'profiles[0].pluginConfig[0].args: Invalid value: "InterPodAffinityArgs": has to match plugin args' },
  { name: 'arguments that nobody reads', change: profiles(config('DynamicResources', { bindingTimeout: '5s' })), message: 'profiles[0].pluginConfig[0]: kubets reads no arguments of a plugin "DynamicResources"; it does of: NodeResourcesFit, NodeResourcesBalancedAllocation, VolumeBinding, NodeAffinity, PodTopologySpread, InterPodAffinity, DefaultPreemption' },
  { name: 'a wait for volumes of less than nothing', change: profiles(config('VolumeBinding', { bindTimeoutSeconds: -1 })), message: 'profiles[0].pluginConfig[0].args.bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value' },
  { name: 'balanced resources of unlike weights', change: profiles(config('NodeResourcesBalancedAllocation', { resources: [{ name: 'cpu', weight: 2 }] })), message: 'profiles[0].pluginConfig[0].args.resources[0].weight: Invalid value: 2: must be 1' },
  { name: 'a balanced resource twice', change: profiles(config('NodeResourcesBalancedAllocation', { resources: [{ name: 'cpu' }, { name: 'cpu' }] })), message: 'profiles[0].pluginConfig[0].args.resources[1].name: Duplicate value: "cpu"' },
  { name: 'no candidates for preemption', change: profiles(config('DefaultPreemption', { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 })), message: 'profiles[0].pluginConfig[0].args.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute' },
  { name: 'a skew of nothing', change: profiles(config('PodTopologySpread', { defaultingType: 'List', defaultConstraints: [{ ...EVEN, maxSkew: 0 }] })), message: 'profiles[0].pluginConfig[0].args.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)' },
  { name: 'a resource of too much weight', change: profiles(strategy({ type: 'LeastAllocated', resources: [{ name: 'cpu', weight: 101 }] })), message: 'profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]' },
  { name: 'affinity to a list', change: profiles(config('NodeAffinity', { addedAffinity: [] })), message: /^profiles\[0\]\.pluginConfig\[0\]\.args\.addedAffinity: json: cannot unmarshal array into Go value of type v1\.NodeAffinity$/ },
  { name: 'affinity to what is not there', change: profiles(config('NodeAffinity', { addedAffinity: { required: {} } })), message: 'profiles[0].pluginConfig[0].args.addedAffinity: strict decoding error: unknown field "required"' },
  { name: 'affinity by an unknown operator', change: profiles(config('NodeAffinity', { addedAffinity: enforced('Odd') })), message: 'profiles[0].pluginConfig[0].args.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator' },
  { name: 'an unknown strategy', change: profiles(strategy({ type: 'Best' })), message: 'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"' },
  { name: 'a shape that goes back', change: profiles(strategy({ type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape: [{ utilization: 50, score: 0 }, { utilization: 50, score: 1 }] } })), message: 'profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values must be sorted in increasing order' },
  { name: 'constraints beside those of the system', change: profiles(config('PodTopologySpread', { defaultConstraints: [EVEN] })), message: 'profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty' },
  { name: 'a constraint twice', change: profiles(config('PodTopologySpread', { defaultingType: 'List', defaultConstraints: [EVEN, EVEN] })), message: 'profiles[0].pluginConfig[0].args.defaultConstraints[1]: Duplicate value: "{topology.kubernetes.io/zone, DoNotSchedule}"' },
  { name: 'a weight beyond all', change: profiles(config('InterPodAffinity', { hardPodAffinityWeight: 101 })), message: 'profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]' },
]) {
  test(`refuses ${name}`, () => assert.throws(() => readSchedulerConfiguration({ ...HEAD, ...change }), (error: unknown) => {
    assert.ok(error instanceof ConfigurationError);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.equal(error.message, message);
    return true;
  }));
}
