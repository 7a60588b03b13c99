/** The suite's sig-scheduling tests. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const NODES = ['node-1', 'node-2'];
const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';

const pod = (name: string, { resources = {} as object, ports = undefined as object[] | undefined, finalizers = undefined as string[] | undefined, ...spec }: Json = {}): object => ({
  metadata: { name, labels: { name }, ...(finalizers && { finalizers }) }, spec: { terminationGracePeriodSeconds: 0, ...spec, containers: [{ name, image: 'pause', resources, ...(ports && { ports }) }] },
});

const amount = (resource: string, count: number): object => ({ resources: { requests: { [resource]: String(count) }, limits: { [resource]: String(count) } } });

/** As the suite does: written into the status of the node, which its kubelet must leave alone. */
async function advertise(resource: string, count: number | null): Promise<void> {
  const amount = { [resource]: count === null ? null : String(count) };
  for (const node of NODES) await api.patch(`/api/v1/nodes/${node}/status`, { status: { capacity: amount, allocatable: amount } });
}

const runs = (url: string): Promise<Thing> => api.untilIs(url, 'it runs', ({ status }) => status.phase === 'Running');

async function priorities(): Promise<void> {
  for (const [name, value] of [['sched-preemption-low-priority', 1], ['sched-preemption-medium-priority', 100], ['sched-preemption-high-priority', 1000]] as const) {
    await api.answer('POST', classes, { metadata: { name }, value });
  }
}

test('SchedulerPreemption validates basic preemption works', async () => {
  await priorities();
  const resource = 'scheduling.k8s.io/foo';
  await advertise(resource, 5);
  const pods = `/api/v1/namespaces/${await api.namespace('basic')}/pods`;
  const victims: string[] = [];
  for (const [index, node] of NODES.entries()) {
    for (let j = 0; j < 2; j++) {
      const name = `pod${index}-${j}`;
      const priorityClassName = index === 0 && j === 0 ? 'sched-preemption-low-priority' : 'sched-preemption-medium-priority';
      if (priorityClassName.includes('low')) victims.push(name);
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] } } };
      await api.create(pods, pod(name, { priorityClassName, ...amount(resource, 2), affinity }));
    }
  }
  for (const { metadata: { name } } of (await api.get(pods)).items) await runs(`${pods}/${name}`);
  await api.create(pods, pod('preemptor-pod', { priorityClassName: 'sched-preemption-high-priority', ...amount(resource, 2) }));
  await runs(`${pods}/preemptor-pod`);
  await api.untilGone(`${pods}/${victims[0]}`);
  const { items } = await api.get(pods);
  assert.deepEqual(items.map(({ metadata }) => metadata.name).toSorted(), ['pod0-1', 'pod1-0', 'pod1-1', 'preemptor-pod']);
  for (const { metadata: { name } } of items) await api.delete(`${pods}/${name}`);
  await advertise(resource, null);
});

test('SchedulerPreemption validates lower priority pod preemption by critical pod', async () => {
  await priorities();
  const resource = 'scheduling.k8s.io/critical';
  await advertise(resource, 5);
  const pods = `/api/v1/namespaces/${await api.namespace('critical')}/pods`;
  for (const [index, node] of NODES.entries()) {
    for (let j = 0; j < 2; j++) await api.create(pods, pod(`pod${index}-${j}`, { priorityClassName: index === 0 && j === 0 ? 'sched-preemption-low-priority' : 'sched-preemption-medium-priority', ...amount(resource, 2), nodeSelector: { 'kubernetes.io/hostname': node } }));
  }
  for (const { metadata: { name } } of (await api.get(pods)).items) await runs(`${pods}/${name}`);
  const system = '/api/v1/namespaces/kube-system/pods';
  await api.create(system, pod('critical-pod', { priorityClassName: 'system-cluster-critical', ...amount(resource, 2) }));
  await runs(`${system}/critical-pod`);
  await api.untilGone(`${pods}/pod0-0`);
  assert.equal((await api.get(pods)).items.filter(({ metadata }) => !metadata.deletionTimestamp).length, 3);
  await api.delete(`${system}/critical-pod`, { gracePeriodSeconds: 0 });
  for (const { metadata: { name } } of (await api.get(pods)).items) await api.delete(`${pods}/${name}`);
  await advertise(resource, null);
});

test('SchedulerPreemption validates pod disruption condition is added to the preempted pod', async () => {
  await priorities();
  const resource = 'scheduling.k8s.io/disrupted';
  await advertise(resource, 1);
  const pods = `/api/v1/namespaces/${await api.namespace('disrupted')}/pods`;
  const nodeSelector = { 'kubernetes.io/hostname': 'node-1' };
  await api.create(pods, pod('victim-pod', { priorityClassName: 'sched-preemption-low-priority', finalizers: ['example.com/test-finalizer'], nodeSelector, ...amount(resource, 1) }));
  await runs(`${pods}/victim-pod`);
  await api.create(pods, pod('preemptor-pod', { priorityClassName: 'sched-preemption-high-priority', nodeSelector, ...amount(resource, 1) }));
  const victim = await api.untilIs(`${pods}/victim-pod`, 'it is going', ({ metadata }) => metadata.deletionTimestamp);
  assert.deepEqual([conditionOf(victim, 'DisruptionTarget').status, conditionOf(victim, 'DisruptionTarget').reason], ['True', 'PreemptionByScheduler']);
  await runs(`${pods}/preemptor-pod`);
  const ended = await api.untilIs(`${pods}/victim-pod`, 'it has ended', ({ status }) => ['Failed', 'Succeeded'].includes(status.phase));
  assert.ok(isTrue(ended, 'DisruptionTarget'));
  await api.update(`${pods}/victim-pod`, ({ metadata }) => delete metadata.finalizers);
  await api.untilGone(`${pods}/victim-pod`);
  await advertise(resource, null);
});

test('SchedulerPreemption PreemptionExecutionPath runs ReplicaSets to verify preemption running path', async () => {
  const resource = 'example.com/fakecpu';
  const node = '/api/v1/nodes/node-1';
  await api.patch(`${node}/status`, { status: { capacity: { [resource]: '1k' } } });
  await api.untilIs(node, 'its kubelet offers what it has', ({ status }) => status.allocatable[resource] === '1k');
  const ns = await api.namespace('path');
  const sets = `/apis/apps/v1/namespaces/${ns}/replicasets`;
  const pods = `/api/v1/namespaces/${ns}/pods`;
  for (let i = 1; i <= 4; i++) await api.create(classes, { metadata: { name: `p${i}` }, value: i });
  const set = (i: number, replicas: number, amountOfEach: number): object => {
    const labels = { name: `rs-pod${i}` };
    const container = (pod(`pod${i}`, { priorityClassName: `p${i}`, ...amount(resource, amountOfEach), nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }) as Json).spec;
    return { metadata: { name: `rs-pod${i}`, labels }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: container } } };
  };
  const ready = (i: number, count: number): Promise<Thing> => api.untilIs(`${sets}/rs-pod${i}`, `${count} of ${i} are ready`, ({ status }) => (status.readyReplicas ?? 0) === count);
  await api.create(sets, set(1, 1, 200));
  await api.create(sets, set(2, 1, 300));
  await api.create(sets, set(3, 1, 450));
  for (const i of [1, 2, 3]) await ready(i, 1);
  const list = await api.get(pods);
  await using watch = api.watch(`${pods}?resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(pods, pod('pod4', { priorityClassName: 'p4', ...amount(resource, 500), nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }));
  await runs(`${pods}/pod4`);
  const preempted = new Set<string>();
  const made = new Map<string, number>();
  await watch.until('the two least important ones go, and are made anew', ({ type, object: { metadata: { labels } } }) => {
    const name = labels?.['name'] ?? '';
    if (type === 'DELETED') preempted.add(name);
    if (type === 'ADDED') made.set(name, (made.get(name) ?? 0) + 1);
    return preempted.size === 2 && made.size === 3;
  });
  assert.deepEqual([preempted, made], [new Set(['rs-pod1', 'rs-pod2']), new Map([['pod4', 1], ['rs-pod1', 1], ['rs-pod2', 1]])], 'each is preempted once');
  const running = (await api.get(pods)).items.filter(({ status }) => status.phase === 'Running');
  assert.deepEqual(new Set(running.map(({ metadata }) => metadata.labels?.['name'])), new Set(['rs-pod3', 'pod4']), 'those made anew do not take the room');
  await api.patch(`${node}/status`, { status: { capacity: { [resource]: null } } });
  await api.untilIs(node, 'its kubelet offers it no longer', ({ status }) => status.allocatable[resource] === undefined);
});

const eventOf = (ns: string, is: (event: Thing) => unknown): Promise<Thing> => api.until('the event', async () => (await api.get(`/api/v1/namespaces/${ns}/events`)).items.find(is));

test('SchedulerPredicates validates resource limits of pods that are allowed to run', async () => {
  const ns = await api.namespace('limits');
  const pods = `/api/v1/namespaces/${ns}/pods`;
  for (const node of NODES) await api.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { node } } });
  for (const node of NODES) {
    const { status } = await api.get(`/api/v1/nodes/${node}`);
    const milli = Math.floor(Number(status.allocatable.cpu) * 700);
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'node', operator: 'In', values: [node] }] }] } } };
    await api.create(pods, pod(`filler-pod-${node}`, { affinity, resources: { requests: { cpu: `${milli}m` }, limits: { cpu: `${milli}m` } } }));
    await runs(`${pods}/filler-pod-${node}`);
    const scheduled = await eventOf(ns, (event) => event.metadata.name.startsWith(`filler-pod-${node}.`) && event['reason'] === 'Scheduled');
    assert.equal(scheduled['message'], `Successfully assigned ${ns}/filler-pod-${node} to ${node}`);
  }
  const { status } = await api.get('/api/v1/nodes/node-1');
  await api.create(pods, pod('additional-pod', { resources: { requests: { cpu: `${Math.floor(Number(status.allocatable.cpu) * 500)}m` } } }));
  const failed = await eventOf(ns, (event) => event.metadata.name.startsWith('additional-pod.') && event['reason'] === 'FailedScheduling');
  assert.equal(failed['type'], 'Warning');
  assert.match(failed['message'], /^0\/2 nodes are available: 2 Insufficient cpu\./);
});

test('SchedulerPredicates validates that NodeSelector is respected if not matching, and if matching', async () => {
  const ns = await api.namespace('selector');
  const pods = `/api/v1/namespaces/${ns}/pods`;
  await api.create(pods, pod('restricted-pod', { nodeSelector: { label: 'nonempty' } }));
  const failed = await eventOf(ns, (event) => event.metadata.name.startsWith('restricted-pod.') && event['reason'] === 'FailedScheduling');
  assert.match(failed['message'], /2 node\(s\) didn't match Pod's node affinity\/selector/);
  await api.patch('/api/v1/nodes/node-2', { metadata: { labels: { 'kubernetes.io/e2e-x': '42' } } });
  await api.create(pods, pod('with-labels', { nodeSelector: { 'kubernetes.io/hostname': 'node-2', 'kubernetes.io/e2e-x': '42' } }));
  assert.equal((await runs(`${pods}/with-labels`)).spec.nodeName, 'node-2');
});

test('SchedulerPredicates validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP', async () => {
  const ns = await api.namespace('ports');
  const pods = `/api/v1/namespaces/${ns}/pods`;
  const nodeSelector = { 'kubernetes.io/hostname': 'node-1' };
  await api.create(pods, pod('pod4', { nodeSelector, ports: [{ hostPort: 54322, containerPort: 54322, protocol: 'TCP', hostIP: '' }] }));
  await runs(`${pods}/pod4`);
  await api.create(pods, pod('pod5', { nodeSelector, ports: [{ hostPort: 54322, containerPort: 54322, protocol: 'TCP', hostIP: '127.0.0.1' }] }));
  await eventOf(ns, (event) => event.metadata.name.startsWith('pod5.') && event['reason'] === 'FailedScheduling');
  await api.untilIs(`${pods}/pod5`, 'it says so itself', (thing) => conditionOf(thing, 'PodScheduled')?.reason === 'Unschedulable');
});
