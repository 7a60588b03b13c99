import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import type { ContainerState, PodSandboxState } from '../../runtime/index.ts';
import { containerHash } from '../containers/labels.ts';
import { planPod, type PodPlan, type ProbeVerdict } from './plan.ts';
import type { PodRuntime, RuntimeContainer } from './pod-runtime.ts';
import { durationText, RestartBackOff, restartKey } from './restart-back-off.ts';

const NOW = 1_000_000_000;

interface Seen {
  readonly name: string;
  readonly state: 'running' | 'exited' | 'created';
  readonly exitCode?: number;
  readonly restarts?: number;
  readonly image?: string;
  readonly sandbox?: string;
}

function runtimeOf(sandboxes: readonly { id: string; ready: boolean }[], seen: readonly Seen[]): PodRuntime {
  const states: Record<Seen['state'], ContainerState> = { running: 'CONTAINER_RUNNING', exited: 'CONTAINER_EXITED', created: 'CONTAINER_CREATED' };
  return {
    sandboxes: sandboxes.map(({ id, ready }, index) => ({
      id, metadata: { name: 'p', namespace: 'd', uid: 'u', attempt: sandboxes.length - 1 - index }, state: (ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY') as PodSandboxState,
      createdAt: 0, labels: {}, annotations: {}, runtimeHandler: '', network: { ip: '10.0.0.1', additionalIps: [] },
    })),
    containers: seen.map(({ name, state, exitCode = 0, restarts = 0, image = 'i', sandbox = 's' }): RuntimeContainer => ({
      id: `${name}-${restarts}`, podSandboxId: sandbox, metadata: { name, attempt: restarts }, state: states[state], createdAt: restarts, startedAt: 0, finishedAt: NOW * 1e6, exitCode,
      image: { image }, imageRef: '', imageId: '', reason: '', message: '', labels: { 'io.kubernetes.container.name': name },
      annotations: { 'io.kubernetes.container.restartCount': String(restarts), 'io.kubernetes.container.hash': containerHash({ name, image }) }, mounts: [], logPath: '',
    })),
  };
}

const READY = [{ id: 's', ready: true }];
const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'i', resources: {}, ...more });

function podOf(spec: Partial<PodSpec>): Pod {
  return { metadata: { name: 'p', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { restartPolicy: 'Always', containers: [container('a')], ...spec }, status: {} };
}

function plan(spec: Partial<PodSpec>, runtime: PodRuntime, options: { backOff?: RestartBackOff; probe?: Record<string, ProbeVerdict>; resized?: string } = {}): PodPlan {
  return planPod({ pod: podOf(spec), runtime, backOff: options.backOff ?? new RestartBackOff(), nowMs: NOW, probe: (name) => options.probe?.[name] ?? { started: true }, restartsToResize: ({ name }) => name === options.resized });
}

/** A plan in one line. */
function text({ stopSandbox, createSandbox, kill, start, waiting }: PodPlan): string {
  return [
    ...(stopSandbox ? ['stop'] : []), ...(createSandbox ? [`sandbox ${createSandbox.attempt}`] : []), ...kill.map(({ containerName }) => `kill ${containerName}`),
    ...start.map(({ container: { name }, restartCount }) => `start ${name} ${restartCount}`), ...[...waiting].map(([name, { reason }]) => `${name} ${reason}`),
  ].join(', ');
}

const init = [container('i1'), container('i2')];
const sidecar = [container('s1', { restartPolicy: 'Always' }), container('i2')];

for (const { name, spec, runtime, probe, expected } of [
  { name: 'a new pod gets a sandbox and its containers', spec: { containers: [container('a'), container('b')] }, runtime: runtimeOf([], []), expected: 'sandbox 0, start a 0, start b 0' },
  { name: 'a running pod is left alone', spec: {}, runtime: runtimeOf(READY, [{ name: 'a', state: 'running' as const }]), expected: '' },
  { name: 'an ended container is started again', spec: {}, runtime: runtimeOf(READY, [{ name: 'a', state: 'exited' as const, restarts: 2 }]), expected: 'start a 3' },
  { name: 'with Never it is not', spec: { restartPolicy: 'Never' }, runtime: runtimeOf(READY, [{ name: 'a', state: 'exited' as const, exitCode: 1 }]), expected: '' },
  { name: 'with OnFailure only after a failure: good', spec: { restartPolicy: 'OnFailure' }, runtime: runtimeOf(READY, [{ name: 'a', state: 'exited' as const }]), expected: '' },
  { name: 'with OnFailure only after a failure: bad', spec: { restartPolicy: 'OnFailure' }, runtime: runtimeOf(READY, [{ name: 'a', state: 'exited' as const, exitCode: 1 }]), expected: 'start a 1' },
  { name: 'a changed image is a new container', spec: {}, runtime: runtimeOf(READY, [{ name: 'a', state: 'running' as const, image: 'old' }]), expected: 'kill a, start a 1' },
  { name: 'a failed liveness probe kills and restarts', spec: {}, runtime: runtimeOf(READY, [{ name: 'a', state: 'running' as const }]), probe: { a: { started: true, failed: 'liveness' as const } }, expected: 'kill a, start a 1' },
  { name: 'with Never it only kills', spec: { restartPolicy: 'Never' }, runtime: runtimeOf(READY, [{ name: 'a', state: 'running' as const }]), probe: { a: { started: true, failed: 'liveness' as const } }, expected: 'kill a' },
  { name: 'a container that never started is replaced', spec: {}, runtime: runtimeOf(READY, [{ name: 'a', state: 'created' as const }]), expected: 'kill a, start a 1' },
  { name: 'a dead sandbox is replaced with all that is unfinished', spec: {}, runtime: runtimeOf([{ id: 's', ready: false }], [{ name: 'a', state: 'exited' as const }]), expected: 'stop, sandbox 1, start a 1' },
  { name: 'a finished pod gets no new sandbox', spec: { restartPolicy: 'OnFailure' }, runtime: runtimeOf([{ id: 's', ready: false }], [{ name: 'a', state: 'exited' as const }]), expected: 'stop' },
  { name: 'init containers come first, one by one', spec: { initContainers: init }, runtime: runtimeOf([], []), expected: 'sandbox 0, start i1 0' },
  { name: 'while one runs nothing else starts', spec: { initContainers: init }, runtime: runtimeOf(READY, [{ name: 'i1', state: 'running' as const }]), expected: '' },
  { name: 'then the next', spec: { initContainers: init }, runtime: runtimeOf(READY, [{ name: 'i1', state: 'exited' as const }]), expected: 'start i2 0' },
  { name: 'a failed one again', spec: { initContainers: init }, runtime: runtimeOf(READY, [{ name: 'i1', state: 'exited' as const, exitCode: 1 }]), expected: 'start i1 1' },
  { name: 'a failed one with Never ends it', spec: { initContainers: init, restartPolicy: 'Never' }, runtime: runtimeOf(READY, [{ name: 'i1', state: 'exited' as const, exitCode: 1 }]), expected: '' },
  { name: 'after the last one the containers', spec: { initContainers: init }, runtime: runtimeOf(READY, [{ name: 'i1', state: 'exited' as const }, { name: 'i2', state: 'exited' as const }]), expected: 'start a 0' },
  { name: 'init containers whose remains are gone do not run again', spec: { initContainers: init }, runtime: runtimeOf(READY, [{ name: 'a', state: 'running' as const }]), expected: '' },
  { name: 'a sidecar that has started lets the next begin', spec: { initContainers: sidecar }, runtime: runtimeOf(READY, [{ name: 's1', state: 'running' as const }]), expected: 'start i2 0' },
  { name: 'one that has not holds it back', spec: { initContainers: sidecar }, runtime: runtimeOf(READY, [{ name: 's1', state: 'running' as const }]), probe: { s1: { started: false } }, expected: '' },
  { name: 'a sidecar is restarted beside running containers', spec: { initContainers: sidecar, restartPolicy: 'Never' }, runtime: runtimeOf(READY, [{ name: 's1', state: 'exited' as const }, { name: 'a', state: 'running' as const }]), expected: 'start s1 1' },
  { name: 'a new sandbox runs init containers again', spec: { initContainers: init }, runtime: runtimeOf([{ id: 't', ready: false }, { id: 's', ready: false }], [{ name: 'a', state: 'exited' as const }, { name: 'i1', state: 'exited' as const }]), expected: 'stop, sandbox 2, start i1 1' },
]) test(`plan: ${name}`, () => assert.equal(text(plan(spec, runtime, probe ? { probe } : {})), expected));

test('plan: a restart is held back until its time', () => {
  const backOff = new RestartBackOff();
  backOff.next(restartKey(podOf({}), container('a')), NOW);
  const held = plan({}, runtimeOf(READY, [{ name: 'a', state: 'exited', exitCode: 1 }]), { backOff });
  assert.equal(text(held), 'a CrashLoopBackOff');
  assert.equal(held.againAtMs, NOW + 10_000);
  assert.equal(held.waiting.get('a')?.message, 'back-off 10s restarting failed container=a pod=p_d(u)');
});

test('plan: what a probe kills is held back as what ended by itself, from the end of the one before', () => {
  const backOff = new RestartBackOff();
  const runtime = runtimeOf(READY, [{ name: 'a', state: 'running', restarts: 2 }, { name: 'a', state: 'exited', exitCode: 137, restarts: 1 }]);
  const probe = { a: { started: true, failed: 'liveness' as const } };
  assert.equal(text(plan({}, runtime, { backOff, probe })), 'kill a, start a 3');
  backOff.next(restartKey(podOf({}), container('a')), NOW - 1000);
  const held = plan({}, runtime, { backOff, probe });
  assert.equal(text(held), 'kill a, a CrashLoopBackOff');
  assert.equal(held.againAtMs, NOW + 10_000);
});

test('plan: a container that must start anew for its resources does so whatever its restart policy, a sidecar too', () => {
  const spec = { initContainers: sidecar, restartPolicy: 'OnFailure' };
  const runtime = runtimeOf(READY, [{ name: 's1', state: 'running' }, { name: 'i2', state: 'exited' }, { name: 'a', state: 'running' }]);
  assert.equal(text(plan(spec, runtime, { resized: 'a' })), 'kill a, start a 1');
  assert.equal(text(plan(spec, runtime, { resized: 's1' })), 'kill s1, start s1 1');
});

test('plan: a container that the runtime has lost was counted when that was told', () => {
  const state = { waiting: { reason: 'ContainerCreating' } };
  const lastState = { terminated: { exitCode: 137, message: 'The container could not be located when the pod was deleted.  The container used to be Running' } };
  const pod = { ...podOf({}), status: { containerStatuses: [{ name: 'a', state, lastState, ready: false, restartCount: 3, image: 'i', imageID: '' }] } } as Pod;
  assert.equal(text(planPod({ pod, runtime: runtimeOf(READY, []), backOff: new RestartBackOff(), nowMs: NOW, probe: () => ({ started: true }), restartsToResize: () => false })), 'start a 3');
});

for (const { name, spec, seen, probe, expected } of [
  { name: 'a failed liveness probe', spec: {}, seen: [{ name: 'a', state: 'running' }], probe: { a: { started: true, failed: 'liveness' } }, expected: 'Container a failed liveness probe, will be restarted' },
  { name: 'a failed startup probe, with Never', spec: { restartPolicy: 'Never' }, seen: [{ name: 'a', state: 'running' }], probe: { a: { started: false, failed: 'startup' } }, expected: 'Container a failed startup probe' },
  { name: 'a failed liveness probe of a sidecar', spec: { initContainers: sidecar }, seen: [{ name: 's1', state: 'running' }, { name: 'a', state: 'running' }], probe: { s1: { started: true, failed: 'liveness' } }, expected: 'Init container s1 failed liveness probe' },
  { name: 'a container that has not come to run', spec: {}, seen: [{ name: 'a', state: 'created' }], probe: {}, expected: 'Container is in "created" state, try killing it before restart' },
  { name: 'an init container that has not come to run', spec: { initContainers: init }, seen: [{ name: 'i1', state: 'created' }], probe: {}, expected: 'Init container is in "created" state, try killing it before restart' },
  { name: 'another image', spec: {}, seen: [{ name: 'a', state: 'running', image: 'old' }], probe: {}, expected: 'Container a definition changed, will be restarted' },
] as { name: string; spec: Partial<PodSpec>; seen: Seen[]; probe: Record<string, ProbeVerdict>; expected: string }[]) {
  test(`why a container is killed: ${name}`, () => assert.deepEqual(plan(spec, runtimeOf(READY, seen), { probe }).kill.map(({ message }) => message), [expected]));
}

test('plan: an ephemeral container is started once', () => {
  const spec = { ephemeralContainers: [{ ...container('debug'), targetContainerName: 'a' }] };
  const started = plan(spec, runtimeOf(READY, [{ name: 'a', state: 'running' }]));
  assert.deepEqual(started.start.map(({ container: { name }, targetContainerName }) => [name, targetContainerName]), [['debug', 'a']]);
  assert.equal(text(plan(spec, runtimeOf(READY, [{ name: 'a', state: 'running' }, { name: 'debug', state: 'exited' }]))), '');
});

test('back-off doubles to five minutes and starts over after ten good ones', () => {
  const backOff = new RestartBackOff();
  let nowMs = 0;
  const seen: number[] = [];
  for (let i = 0; i < 7; i++) {
    const held = backOff.heldUntil('k', nowMs);
    seen.push(held?.backOffMs ?? 0);
    nowMs = held?.untilMs ?? nowMs;
    backOff.next('k', nowMs, nowMs);
  }
  assert.deepEqual(seen, [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
  assert.equal(backOff.heldUntil('k', nowMs + 601_000), undefined);
});

test('durations read as Go prints them', () => assert.deepEqual([10_000, 80_000, 300_000, 3_661_000].map(durationText), ['10s', '1m20s', '5m0s', '1h1m1s']));
