import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodStatus } from '../../api/generated/core-v1.ts';
import type { ContainerState } from '../../runtime/index.ts';
import { planPod, restartsAfter, type PodPlan } from './plan.ts';
import type { PodRuntime, RuntimeContainer } from './pod-runtime.ts';
import { actionAfter, TAKEN_AWAY } from './restart-all.ts';
import { RestartBackOff, restartKey } from './restart-back-off.ts';

const NOW = 1_000_000_000;
const STATES: Readonly<Record<string, ContainerState>> = { runs: 'CONTAINER_RUNNING', ended: 'CONTAINER_EXITED' };

function runtimeOf(...seen: readonly [name: string, state: 'runs' | 'ended', exitCode?: number][]): PodRuntime {
  return {
    sandboxes: [{ id: 's', metadata: { name: 'p', namespace: 'd', uid: 'u', attempt: 0 }, state: 'SANDBOX_READY', createdAt: 0, labels: {}, annotations: {}, runtimeHandler: '', network: { ip: '10.0.0.1', additionalIps: [] } }],
    containers: seen.map(([name, state, exitCode = 0]): RuntimeContainer => ({
      id: name, podSandboxId: 's', metadata: { name, attempt: 0 }, state: STATES[state] ?? 'CONTAINER_UNKNOWN', createdAt: 0, startedAt: 0, finishedAt: NOW * 1e6, exitCode,
      image: { image: 'i' }, imageRef: '', imageId: '', reason: '', message: '', labels: { 'io.kubernetes.container.name': name }, annotations: {}, mounts: [], logPath: '',
    })),
  };
}

const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'i', resources: {}, ...more });
const leader = container('leader', { restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }] });

function podOf(status: Partial<PodStatus> = {}): Pod {
  return {
    metadata: { name: 'p', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, status,
    spec: { restartPolicy: 'Never', initContainers: [container('first')], containers: [container('other'), leader], ephemeralContainers: [container('debug')] },
  };
}

const plan = (pod: Pod, runtime: PodRuntime, backOff = new RestartBackOff()): PodPlan =>
  planPod({ pod, runtime, backOff, nowMs: NOW, probe: () => ({ started: true }), restartsToResize: () => false });
const takenAway = ({ takeAway }: PodPlan): string[] | undefined => takeAway?.map(({ id }) => id);

test('a container that ends by its rule takes all away but ephemeral containers, itself last', () => {
  const seen = plan(podOf(), runtimeOf(['leader', 'ended', 88], ['debug', 'runs'], ['other', 'runs'], ['first', 'ended']));
  assert.deepEqual(takenAway(seen), ['other', 'first', 'leader']);
  assert.deepEqual(seen.start, []);
});

test('another end of it does not', () => {
  assert.equal(takenAway(plan(podOf(), runtimeOf(['leader', 'ended', 1], ['debug', 'runs'], ['other', 'runs'], ['first', 'ended']))), undefined);
});

test('what has begun goes on when its cause is gone, and then the pod starts with its init containers', () => {
  const begun = podOf({
    conditions: [{ type: 'AllContainersRestarting', status: 'True' }],
    initContainerStatuses: [{ name: 'first', image: 'i', imageID: '', ready: false, restartCount: 3, state: { waiting: {} }, lastState: { terminated: { ...TAKEN_AWAY } } }],
  });
  assert.deepEqual(takenAway(plan(begun, runtimeOf(['other', 'ended', 137], ['debug', 'runs']))), ['other']);
  const after = plan(begun, runtimeOf(['debug', 'runs']));
  assert.equal(after.takeAway, undefined);
  assert.deepEqual(after.start.map(({ container: { name }, restartCount }) => [name, restartCount]), [['first', 3]]);
});

test('a pod that restarts all too often is held back', () => {
  const backOff = new RestartBackOff();
  backOff.next(restartKey(podOf(), leader), NOW);
  const held = plan(podOf(), runtimeOf(['leader', 'ended', 88], ['other', 'runs'], ['first', 'ended']), backOff);
  assert.deepEqual([held.takeAway, held.againAtMs, held.waiting.get('leader')?.reason], [undefined, NOW + 10_000, 'CrashLoopBackOff']);
});

test('the first rule that fits an end decides', () => {
  const ruled = container('c', {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [3] } }, { action: 'Restart', exitCodes: { operator: 'NotIn', values: [0] } }],
  });
  assert.deepEqual([0, 3, 4].map((exitCode) => actionAfter(ruled, exitCode)), [undefined, 'RestartAllContainers', 'Restart']);
  assert.deepEqual([0, 3, 4].map((exitCode) => restartsAfter(podOf(), ruled, exitCode)), [false, false, true]);
});
