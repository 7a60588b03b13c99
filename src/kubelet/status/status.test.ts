import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, ContainerState, ContainerStatus, Pod } from '../../api/generated/core-v1.ts';
import type { RuntimeContainer } from '../pods/pod-runtime.ts';
import { containerStatuses } from './container-status.ts';
import { endedContainers } from './ended-containers.ts';
import { podPhase } from './pod-status.ts';
import { podStatusPatch } from './status-patch.ts';

const running: ContainerState = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } };

for (const { name, restartPolicy = 'Always', states, init = [], last = {}, terminating = false, expected } of [
  { name: 'waits', states: [waiting], expected: 'Pending' },
  { name: 'runs', states: [running], expected: 'Running' },
  { name: 'one of two still waits', states: [running, waiting], expected: 'Pending' },
  { name: 'ended, and will restart', states: [ended(1)], expected: 'Running' },
  { name: 'held back after an end', states: [waiting], last: ended(1), expected: 'Running' },
  { name: 'ended well', restartPolicy: 'Never', states: [ended(0)], expected: 'Succeeded' },
  { name: 'ended badly', restartPolicy: 'Never', states: [ended(1), ended(0)], expected: 'Failed' },
  { name: 'OnFailure after success', restartPolicy: 'OnFailure', states: [ended(0)], expected: 'Succeeded' },
  { name: 'OnFailure after failure', restartPolicy: 'OnFailure', states: [ended(1)], expected: 'Running' },
  { name: 'one ended, one runs', restartPolicy: 'Never', states: [ended(0), running], expected: 'Running' },
  { name: 'an init container runs', states: [waiting], init: [running], expected: 'Pending' },
  { name: 'an init container runs again in a new sandbox', states: [waiting], init: [running], last: ended(0), expected: 'Pending' },
  { name: 'an init container failed for good', restartPolicy: 'Never', states: [waiting], init: [ended(1)], expected: 'Failed' },
  { name: 'taken down', states: [ended(137)], terminating: true, expected: 'Failed' },
] as { name: string; restartPolicy?: string; states: ContainerState[]; init?: ContainerState[]; last?: ContainerState; terminating?: boolean; expected: string }[]) {
  test(`phase: ${name}`, () => {
    const statusOf = (state: ContainerState, index: number) => ({ name: `c${index}`, state, lastState: last, ready: false, restartCount: 0, image: '', imageID: '' });
    const pod: Pod = {
      metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
      spec: { restartPolicy, containers: states.map((_, i) => ({ name: `c${i}`, resources: {} })), initContainers: init.map((_, i) => ({ name: `i${i}`, resources: {} })) }, status: {},
    };
    assert.equal(podPhase(pod, init.map(statusOf), states.map(statusOf), terminating), expected);
  });
}

const seenContainer = (name: string, more: Partial<RuntimeContainer> = {}): RuntimeContainer => ({
  id: name, podSandboxId: 's', metadata: { name, attempt: 0 }, state: 'CONTAINER_EXITED', createdAt: 1, startedAt: 1, finishedAt: 1, exitCode: 0, image: { image: 'i' },
  imageRef: '', imageId: '', reason: '', message: '', labels: { 'io.kubernetes.container.name': name }, annotations: {}, mounts: [], logPath: '', ...more,
});

function statusOf(container: Container, options: { init?: boolean; seen?: RuntimeContainer; before?: ContainerStatus; deleted?: boolean; terminating?: boolean; message?: string }): ContainerStatus | undefined {
  const { init = false, seen, before, deleted = false, terminating = false, message } = options;
  const spec = { containers: [{ name: 'main', resources: {} }, ...(init ? [] : [container])], ...(init && { initContainers: [container] }) };
  const pod: Pod = { metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) }, spec, status: {} };
  return containerStatuses({
    pod, runtime: { sandboxes: [], containers: seen ? [seen] : [] }, runtimeName: 'r', waiting: new Map(), terminating, actuated: () => undefined,
    probe: () => ({ started: true, ready: true }), terminationMessage: () => message,
  }, [container], before && [before])[0];
}

for (const { name, container, expected } of [
  { name: 'an init container that has ended well is ready', container: { name: 'i', resources: {} }, expected: true },
  { name: 'a sidecar that has ended well is not', container: { name: 'i', resources: {}, restartPolicy: 'Always' }, expected: false },
]) test(name, () => assert.equal(statusOf(container, { init: true, seen: seenContainer('i') })?.ready, expected));

for (const { name, options, expected } of [
  { name: 'its end is unknown, and its restart counts', options: {}, expected: { reason: 'ContainerCreating', restartCount: 3, last: 'The container could not be located when the pod was deleted.  The container used to be Running' } },
  { name: 'it does not start again in a pod that goes', options: { deleted: true }, expected: { reason: 'ContainerCreating', restartCount: 2, last: 'The container could not be located when the pod was deleted.  The container used to be Running' } },
  { name: 'what is known of an earlier end stays', options: { lastState: ended(7) }, expected: { reason: 'ContainerCreating', restartCount: 2, last: undefined } },
  { name: 'in a pod with init containers it is being initialized', options: { init: true }, expected: { reason: 'PodInitializing', restartCount: 3, last: 'The container could not be located when the pod was deleted.  The container used to be Running' } },
]) test(`a container that ran and that the runtime has lost: ${name}`, () => {
  const { deleted = false, init = false, lastState = {} } = options as { deleted?: boolean; init?: boolean; lastState?: ContainerState };
  const status = statusOf({ name: 'c', resources: {} }, { deleted, init, before: { name: 'c', state: running, lastState, ready: true, restartCount: 2, image: 'i', imageID: '' } });
  assert.deepEqual({ reason: status?.state.waiting?.reason, restartCount: status?.restartCount, last: status?.lastState.terminated?.message }, expected);
});

test('what the runtime says of an end goes before the last words of the container', () => {
  const status = statusOf({ name: 'c', resources: {} }, { seen: seenContainer('c', { exitCode: 1, message: 'from the runtime' }), message: 'last words' });
  assert.equal(status?.state.terminated?.message, 'from the runtime: last words');
});

test('a status patch holds what changed, with conditions and addresses by their keys', () => {
  const condition = (type: string, status: string) => ({ type, status });
  const before = { phase: 'Pending', reason: 'Old', podIPs: [{ ip: '1' }], conditions: [condition('Ready', 'False'), condition('Other', 'True')] };
  const after = { phase: 'Running', podIPs: [{ ip: '2' }], conditions: [condition('Ready', 'True'), condition('Other', 'True')] };
  assert.deepEqual(podStatusPatch('u', before, after), {
    metadata: { uid: 'u' }, status: { phase: 'Running', reason: null, podIPs: [{ ip: '2' }, { $patch: 'delete', ip: '1' }], conditions: [condition('Ready', 'True')] },
  });
  assert.equal(podStatusPatch('u', after, structuredClone(after)), undefined);
});

test('the last words of all containers of a pod together are at most 12 KiB', () => {
  const names = ['a', 'b', 'c', 'd'];
  const spec = { containers: names.map((name) => ({ name, resources: {} })) };
  const pod: Pod = { metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec, status: {} };
  const containers = names.map((name): RuntimeContainer => ({
    id: name, podSandboxId: 's', metadata: { name, attempt: 0 }, state: 'CONTAINER_EXITED', createdAt: 1, startedAt: 1, finishedAt: 1, exitCode: 0, image: { image: 'i' },
    imageRef: '', imageId: '', reason: '', message: '', labels: { 'io.kubernetes.container.name': name }, annotations: {}, mounts: [], logPath: '',
  }));
  const statuses = containerStatuses({
    pod, runtime: { sandboxes: [], containers }, runtimeName: 'r', waiting: new Map(), terminating: true, actuated: () => undefined,
    probe: () => ({ started: true, ready: true }), terminationMessage: (id) => (id === 'd' ? 'short' : 'x'.repeat(4096)),
  }, spec.containers, undefined);
  assert.deepEqual(statuses.map(({ state }) => state.terminated?.message?.length), [3072, 3072, 3072, 5]);
});

test('a read-only mount is told as the runtime has made it', () => {
  const mount = (name: string, more: object) => ({ name, mountPath: `/${name}`, ...more });
  const container = { name: 'c', resources: {}, volumeMounts: [mount('a', {}), mount('b', { readOnly: true }), mount('c', { readOnly: true, recursiveReadOnly: 'IfPossible' }), mount('d', { readOnly: true, recursiveReadOnly: 'IfPossible' })] };
  const pod: Pod = { metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [container] }, status: {} };
  const running: RuntimeContainer = {
    id: 'c', podSandboxId: 's', metadata: { name: 'c', attempt: 0 }, state: 'CONTAINER_RUNNING', createdAt: 1, startedAt: 1, finishedAt: 0, exitCode: 0, image: { image: 'i' }, imageRef: '', imageId: '', reason: '', message: '',
    labels: { 'io.kubernetes.container.name': 'c' }, annotations: {}, mounts: [{ containerPath: '/c', hostPath: '/x', readonly: true, recursiveReadOnly: true }], logPath: '',
  };
  const [status] = containerStatuses({
    pod, runtime: { sandboxes: [], containers: [running] }, runtimeName: 'r', waiting: new Map(), terminating: false, actuated: () => undefined, probe: () => ({ started: true, ready: true }), terminationMessage: () => undefined,
  }, [container], undefined);
  assert.deepEqual(status?.volumeMounts?.map(({ recursiveReadOnly }) => recursiveReadOnly), [undefined, 'Disabled', 'Enabled', 'Disabled']);
});

for (const { name, init = [], main, expected } of [
  { name: 'one that never started is a failure', main: [waiting], expected: '137' },
  { name: 'what ended is left as it is', main: [ended(0), waiting], expected: '0 137' },
  { name: 'behind a failed init container it still waits', init: [ended(1)], main: [waiting], expected: '1 waits' },
  { name: 'behind one that came through it does not', init: [ended(0)], main: [waiting], expected: '0 137' },
  { name: 'init containers that were never begun wait, but for the first', init: [waiting, waiting], main: [waiting], expected: '137 waits waits' },
  { name: 'those up to the last that has begun have ended', init: [waiting, running, waiting], main: [waiting], expected: '137 137 waits waits' },
] as { name: string; init?: ContainerState[]; main: ContainerState[]; expected: string }[]) {
  test(`containers of a pod that is down: ${name}`, () => {
    const statusOf = (state: ContainerState, index: number) => ({ name: `c${index}`, state, lastState: {}, ready: false, restartCount: 0, image: '', imageID: '' });
    const spec = { containers: main.map((_, i) => ({ name: `c${i}`, resources: {} })), initContainers: init.map((_, i) => ({ name: `i${i}`, resources: {} })) };
    const pod: Pod = { metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec, status: {} };
    const { initStatuses, mainStatuses } = endedContainers(pod, { initStatuses: init.map(statusOf), mainStatuses: main.map(statusOf) });
    assert.equal([...initStatuses, ...mainStatuses].map(({ state }) => state.terminated?.exitCode ?? 'waits').join(' '), expected);
  });
}
