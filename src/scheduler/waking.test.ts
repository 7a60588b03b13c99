/** Which events wake which pods. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, PersistentVolumeClaim, Pod, PodSpec } from '../api/generated/core-v1.ts';
import type { ResourceClaim } from '../api/generated/resource-v1.ts';
import { nodeChanges, podChanges } from './cluster-events.ts';
import type { ClusterEvent, NodeEvent, PodEvent } from './cluster-event.ts';
import type { Plugin } from './framework.ts';
import { defaultPlugins } from './plugins/index.ts';

function pod(spec: Partial<PodSpec> = {}, { labels, namespace = 'default', name = 'p' }: { labels?: Record<string, string>; namespace?: string; name?: string } = {}): Pod {
  return { metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '', ...(labels && { labels }) }, spec: { containers: [], ...spec }, status: {} };
}

function node(more: { labels?: Record<string, string>; allocatable?: Record<string, string>; spec?: Partial<Node['spec']>; features?: readonly string[] } = {}): Node {
  const { labels, allocatable = { cpu: '4', memory: '8Gi', pods: '110' }, spec = {}, features } = more;
  return { metadata: { name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: '', ...(labels && { labels }) }, spec, status: { allocatable, ...(features && { declaredFeatures: features }) } } as unknown as Node;
}

const asking = (requests: Record<string, string>): Partial<PodSpec> => ({ containers: [{ name: 'c', image: 'i', resources: { requests } }] });
const onPort = (hostPort: number): Partial<PodSpec> => ({ containers: [{ name: 'c', image: 'i', resources: {}, ports: [{ containerPort: 80, hostPort, protocol: 'TCP' }] }] });
const claiming = (claimName: string): Partial<PodSpec> => ({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] });
const added = (after: Node): NodeEvent => ({ kind: 'node-added', after });
const changed = (kind: NodeEvent['kind'], before: Node, after: Node): NodeEvent => ({ kind, before, after });
const removed = (before: Pod): PodEvent => ({ kind: 'pod-removed', before });
const came = (after: Pod): PodEvent => ({ kind: 'pod-added', after });
const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
const web = { app: 'web' };
const near = (labels: Record<string, string>): PodSpec['affinity'] => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels } }] } });
const apart = (labels: Record<string, string>, more: object = {}): PodSpec['affinity'] => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels }, ...more }] } });
const spread: Partial<PodSpec> = { topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web } }] };
const volumeClaim = (name: string): PersistentVolumeClaim => ({ metadata: { name, namespace: 'default' } }) as PersistentVolumeClaim;
const deviceClaim = (name: string, status: object = {}): ResourceClaim => ({ metadata: { name, namespace: 'default' }, status }) as ResourceClaim;
const withClaim: Partial<PodSpec> = { resourceClaims: [{ name: 'gpu', resourceClaimName: 'mine' }] };

const table: { plugin: string; waiting: Partial<PodSpec>; event: ClusterEvent; labels?: Record<string, string>; wakes: boolean; what: string }[] = [
  { plugin: 'NodeUnschedulable', what: 'a node is uncordoned', waiting: {}, event: changed('node-taints', node({ spec: { unschedulable: true } }), node()), wakes: true },
  { plugin: 'NodeUnschedulable', what: 'a cordoned node comes', waiting: {}, event: added(node({ spec: { unschedulable: true } })), wakes: false },
  { plugin: 'TaintToleration', what: 'a node loses its taint', waiting: {}, event: changed('node-taints', node({ spec: { taints: [taint] } }), node()), wakes: true },
  { plugin: 'TaintToleration', what: 'another tainted node comes', waiting: {}, event: added(node({ spec: { taints: [taint] } })), wakes: false },
  { plugin: 'TaintToleration', what: 'a pod goes', waiting: {}, event: removed(pod()), wakes: false },
  { plugin: 'NodeAffinity', what: 'a node gets the label', waiting: { nodeSelector: { disk: 'ssd' } }, event: changed('node-labels', node(), node({ labels: { disk: 'ssd' } })), wakes: true },
  { plugin: 'NodeAffinity', what: 'a node gets another label', waiting: { nodeSelector: { disk: 'ssd' } }, event: changed('node-labels', node(), node({ labels: { disk: 'hdd' } })), wakes: false },
  { plugin: 'NodePorts', what: 'the port is free', waiting: onPort(80), event: removed(pod(onPort(80))), wakes: true },
  { plugin: 'NodePorts', what: 'another port is free', waiting: onPort(80), event: removed(pod(onPort(81))), wakes: false },
  { plugin: 'NodePorts', what: 'a node comes', waiting: onPort(80), event: added(node()), wakes: true },
  { plugin: 'NodeResourcesFit', what: 'any pod goes', waiting: asking({ cpu: '1' }), event: removed(pod()), wakes: true },
  { plugin: 'NodeResourcesFit', what: 'a node comes that is large enough', waiting: asking({ cpu: '4' }), event: added(node()), wakes: true },
  { plugin: 'NodeResourcesFit', what: 'a node comes that is too small', waiting: asking({ cpu: '5' }), event: added(node()), wakes: false },
  { plugin: 'NodeResourcesFit', what: 'a node comes that may have the resource by devices', waiting: asking({ 'example.com/gpu': '1' }), event: added(node()), wakes: true },
  { plugin: 'NodeResourcesFit', what: 'a node has more of what is not asked for', waiting: asking({ cpu: '1' }), event: changed('node-allocatable', node(), node({ allocatable: { cpu: '4', memory: '16Gi', pods: '110' } })), wakes: false },
  { plugin: 'NodeResourcesFit', what: 'a node has more of what is asked for', waiting: asking({ memory: '1Gi' }), event: changed('node-allocatable', node(), node({ allocatable: { cpu: '4', memory: '16Gi', pods: '110' } })), wakes: true },
  { plugin: 'NodeResourcesFit', what: 'a class may stand for the resource', waiting: asking({ 'example.com/gpu': '1' }), event: { kind: 'device-class' }, wakes: true },
  { plugin: 'NodeResourcesFit', what: 'a class comes, and CPU is short', waiting: asking({ cpu: '1' }), event: { kind: 'device-class' }, wakes: false },
  { plugin: 'NodeResourcesFit', what: 'another pod gives up what is asked for', waiting: asking({ cpu: '1' }), event: { kind: 'pod-scaled-down', before: pod(asking({ cpu: '2' })), after: pod(asking({ cpu: '1' })) }, wakes: true },
  { plugin: 'NodeResourcesFit', what: 'another pod gives up something else', waiting: asking({ cpu: '1' }), event: { kind: 'pod-scaled-down', before: pod(asking({ memory: '2Gi' })), after: pod(asking({ memory: '1Gi' })) }, wakes: false },
  { plugin: 'PodTopologySpread', what: 'a pod that counts comes elsewhere', waiting: spread, event: came(pod({}, { labels: web })), wakes: true },
  { plugin: 'PodTopologySpread', what: 'a pod of another kind comes', waiting: spread, event: came(pod({}, { labels: { app: 'db' } })), wakes: false },
  { plugin: 'PodTopologySpread', what: 'a pod of another namespace goes', waiting: spread, event: removed(pod({}, { labels: web, namespace: 'other' })), wakes: false },
  { plugin: 'PodTopologySpread', what: 'a node goes, and an empty zone with it', waiting: spread, event: { kind: 'node-removed', before: node({ labels: { zone: 'a' } }) }, wakes: true },
  { plugin: 'PodTopologySpread', what: 'a node without a zone comes', waiting: spread, event: added(node()), wakes: false },
  { plugin: 'InterPodAffinity', what: 'a pod comes that is wanted near', waiting: { affinity: near(web) }, event: came(pod({}, { labels: web })), wakes: true },
  { plugin: 'InterPodAffinity', what: 'a pod comes that is not wanted near', waiting: { affinity: near(web) }, event: came(pod()), wakes: false },
  { plugin: 'InterPodAffinity', what: 'a pod goes that is not wanted near', waiting: { affinity: apart(web) }, event: removed(pod({}, { labels: web })), wakes: true },
  { plugin: 'InterPodAffinity', what: 'a pod goes that does not matter', waiting: { affinity: apart(web) }, event: removed(pod()), wakes: false },
  { plugin: 'InterPodAffinity', what: 'a pod of another namespace goes', waiting: { affinity: apart(web) }, event: removed(pod({}, { labels: web, namespace: 'other' })), wakes: false },
  { plugin: 'InterPodAffinity', what: 'a pod of a namespace goes that may be selected', waiting: { affinity: apart(web, { namespaceSelector: {} }) }, event: removed(pod({}, { labels: web, namespace: 'other' })), wakes: true },
  { plugin: 'InterPodAffinity', what: 'a pod goes that shuns this one', waiting: {}, labels: web, event: removed(pod({ affinity: apart(web) })), wakes: true },
  { plugin: 'VolumeRestrictions', what: 'a pod goes that has the claim', waiting: claiming('data'), event: removed(pod(claiming('data'))), wakes: true },
  { plugin: 'VolumeRestrictions', what: 'a pod goes that has another claim', waiting: claiming('data'), event: removed(pod(claiming('other'))), wakes: false },
  { plugin: 'VolumeBinding', what: 'the claim has changed', waiting: claiming('data'), event: { kind: 'volume-claim', after: volumeClaim('data') }, wakes: true },
  { plugin: 'VolumeBinding', what: 'another claim has changed', waiting: claiming('data'), event: { kind: 'volume-claim', after: volumeClaim('other') }, wakes: false },
  { plugin: 'NodeVolumeLimits', what: 'a pod with volumes goes', waiting: claiming('data'), event: removed(pod(claiming('other'))), wakes: true },
  { plugin: 'NodeVolumeLimits', what: 'a pod without volumes goes', waiting: claiming('data'), event: removed(pod()), wakes: false },
  { plugin: 'NodeDeclaredFeatures', what: 'a node declares more', waiting: {}, event: changed('node-features', node(), node({ features: ['x'] })), wakes: true },
  { plugin: 'DynamicResources', what: 'the claim comes', waiting: withClaim, event: { kind: 'device-claim', after: deviceClaim('mine') }, wakes: true },
  { plugin: 'DynamicResources', what: 'the claim gets a finalizer', waiting: withClaim, event: { kind: 'device-claim', before: deviceClaim('mine'), after: deviceClaim('mine') }, wakes: false },
  { plugin: 'DynamicResources', what: 'another claim comes', waiting: withClaim, event: { kind: 'device-claim', after: deviceClaim('other') }, wakes: false },
  { plugin: 'DynamicResources', what: 'another claim gives its devices back', waiting: withClaim, event: { kind: 'device-claim', before: deviceClaim('other', { allocation: {} }), after: deviceClaim('other') }, wakes: true },
  { plugin: 'DynamicResources', what: 'a node has more', waiting: withClaim, event: changed('node-allocatable', node(), node()), wakes: true },
];

for (const { plugin: name, waiting, labels, event, wakes, what } of table) test(`${what}: a pod that ${name} has turned away ${wakes ? 'is' : 'is not'} tried again`, () => {
  const plugin = defaultPlugins.find((one): one is Plugin => one.name === name);
  assert.ok(plugin);
  assert.equal(plugin.wakesOn.includes(event.kind) && plugin.mayHelp?.(pod(waiting, { ...(labels && { labels }) }), event) !== false, wakes);
});

test('what happens to nodes and placed pods is told by what has changed of them', () => {
  const kinds = (events: readonly ClusterEvent[]): string[] => events.map(({ kind }) => kind);
  assert.deepEqual(kinds(nodeChanges(undefined, node())), ['node-added']);
  assert.deepEqual(kinds(nodeChanges(node(), undefined)), ['node-removed']);
  assert.deepEqual(kinds(nodeChanges(node(), node({ labels: { a: 'b' }, features: ['x'], spec: { unschedulable: true } }))), ['node-labels', 'node-taints', 'node-features']);
  assert.deepEqual(kinds(podChanges(undefined, pod())), [], 'it waits itself');
  const placed = pod({ nodeName: 'n' });
  assert.deepEqual(kinds(podChanges(pod(), placed)), ['pod-added']);
  assert.deepEqual(kinds(podChanges(placed, pod({ nodeName: 'n' }, { labels: web }))), ['pod-labels']);
  assert.deepEqual(kinds(podChanges(placed, { ...placed, status: { phase: 'Succeeded' } as Pod['status'] })), ['pod-removed']);
});
