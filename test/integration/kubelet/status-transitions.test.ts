/** What watchers see of pods that are deleted while they start, fail or restart: the suite's "Pods Extended Pod Container Status", on a real containerd. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pods } from '../../../src/api/refs.ts';
import type { DeepReadonly } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { startNode, type NodeUnderTest } from './node-under-test.ts';
import { onePod } from './pod-cases.ts';

const NEVER = new AbortController().signal;
const WORKERS = 3;
const ATTEMPTS = 4;

/** All states of a pod until it is gone, as a watch from before its creation shows them. */
async function statesOf({ client }: NodeUnderTest, pod: Parameters<NodeUnderTest['create']>[0], create: () => Promise<unknown>): Promise<DeepReadonly<Pod>[]> {
  const resource = client.resource(pods, 'default');
  const states: DeepReadonly<Pod>[] = [];
  const stop = new AbortController();
  const fieldSelector = `metadata.name=${pod.metadata.name}`;
  const { metadata } = await resource.list({ fieldSelector, signal: NEVER });
  const watch = await resource.watch({ fieldSelector, signal: stop.signal, resourceVersion: metadata.resourceVersion ?? '' });
  const acting = create();
  for await (const batch of watch) {
    for (const { type, object } of batch) {
      if (type === 'BOOKMARK') continue;
      states.push(object);
      if (type === 'DELETED') {
        stop.abort();
        await acting;
        return states;
      }
    }
  }
  throw new Error('the watch ended');
}

const isTerminal = ({ status }: DeepReadonly<Pod>): boolean => status.phase === 'Failed' || status.phase === 'Succeeded';

/** What must hold of all of them, whatever the pod does. */
function checkTransitions(states: readonly DeepReadonly<Pod>[], endsWith: (exitCode: number, reason: string) => boolean): void {
  const told = (): string => states.map(({ status }) => `${status.phase} ${JSON.stringify([...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ state }) => state))}`).join('\n');
  let [hasEnded, wasTerminal] = [false, false];
  for (const state of states) {
    const one = state.status.containerStatuses?.[0];
    if (wasTerminal) assert.ok(isTerminal(state), `it went back from a terminal phase\n${told()}`);
    wasTerminal ||= isTerminal(state);
    if (!one) continue;
    if (hasEnded) assert.ok(one.state.terminated, `it went back from its end\n${told()}`);
    const end = one.state.terminated;
    if (!end) continue;
    hasEnded = true;
    assert.ok(endsWith(end.exitCode, end.reason ?? ''), told());
    if (end.finishedAt) assert.ok(end.startedAt && Date.parse(end.finishedAt) - Date.parse(end.startedAt) < 3_600_000, told());
  }
  assert.equal(wasTerminal, true, `it was deleted without a terminal phase\n${told()}`);
}

describe('states of pods that are deleted early', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(() => node?.[Symbol.asyncDispose]());

  const failing = (name: string): Container => ({ name, image: BUSYBOX, resources: {}, command: ['/bin/false'] });
  const remove = (name: string): Promise<unknown> => node.client.resource(pods, 'default').delete(name, { signal: NEVER });
  const asFails = (exitCode: number, reason: string): boolean => exitCode === 1 || (exitCode === 137 && (reason === 'ContainerStatusUnknown' || reason === 'Error')) || (exitCode === 128 && reason === 'StartError');
  const repeatedly = (prefix: string, spec: Partial<PodSpec>, act: (name: string, attempt: number) => Promise<void>, check: (states: DeepReadonly<Pod>[]) => void): Promise<void> =>
    Promise.all(Array.from({ length: WORKERS }, async (_worker, worker) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const name = `${prefix}-${worker}-${attempt}`;
        const pod = onePod(name, {}, spec);
        check(await statesOf(node, pod, async () => {
          await node.create(pod);
          await act(name, attempt);
        }));
      }
    })).then(() => undefined);
  const untilBegun = async (name: string): Promise<void> => {
    await node.until(name, ({ status }) => status.phase !== 'Pending' && status.phase !== undefined);
    await remove(name);
  };

  test('should never report success for a pending container', () => repeatedly('failing', { containers: [failing('fail')] }, untilBegun, (states) => checkTransitions(states, asFails)));

  test('should never report container start when an init container fails', () => repeatedly('blocked', { initContainers: [failing('fail')], containers: [{ ...failing('blocked'), command: ['/bin/true'] }] }, untilBegun, (states) => {
    for (const { status } of states) for (const { state, started, lastState } of status.containerStatuses ?? []) assert.deepEqual([state.waiting !== undefined, started ?? false, lastState.terminated], [true, false, undefined]);
    assert.equal(states.at(-1)?.status.phase, 'Failed');
  }));

  test('should report an end for pods that go at any time of their start', () => repeatedly('early', { containers: [failing('fail')] }, async (name, attempt) => {
    await node.clock.sleep(attempt * 150, NEVER);
    await remove(name);
  }, (states) => checkTransitions(states, asFails)));

  test('should not return an error when any health probe fails', () => repeatedly('unhealthy', {
    restartPolicy: 'Always',
    containers: [{ ...failing('normal'), command: ['sleep', '1800'], startupProbe: { exec: { command: ['/bin/false'] }, failureThreshold: 1, periodSeconds: 1, terminationGracePeriodSeconds: 1 } }],
  }, async (name) => {
    await node.until(name, ({ status }) => status.containerStatuses?.[0]?.restartCount === 1);
    await remove(name);
  }, (states) => {
    const ends = states.filter(({ status }) => status.containerStatuses?.[0]?.state.terminated);
    for (const { status, metadata } of ends) assert.deepEqual([status.phase, metadata.deletionTimestamp !== undefined], ['Failed', true]);
    checkTransitions(states, (exitCode) => exitCode === 137);
  }));
});
