import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { runtimeSuite } from '../runtime-suite.ts';
import { simulateCommand } from './simulated-process.ts';
import { SimulatedRuntime } from './simulated-runtime.ts';

runtimeSuite('the simulated runtime', async () => {
  const runtime = new SimulatedRuntime({ clock: new SystemClock(), random: new SeededRandom(1), hasImage: (reference) => !reference.includes('missing') });
  return { runtime, image: 'example/busybox:1', missingImage: 'example/missing:1', logDirectory: '/nowhere', [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() };
});

for (const { name, command, expected } of [
  { name: 'a sleep ends by itself', command: ['sleep', '5'], expected: { runMs: 5000, exitCode: 0, exitCodeOnTerm: 143 } },
  { name: 'a script exits with its code', command: ['/bin/sh', '-c', 'exit 3'], expected: { runMs: 0, exitCode: 3, exitCodeOnTerm: 143 } },
  { name: 'a script sleeps first', command: ['sh', '-c', 'sleep 1; exit 4'], expected: { runMs: 1000, exitCode: 4, exitCodeOnTerm: 143 } },
  { name: 'false fails', command: ['/bin/false'], expected: { runMs: 0, exitCode: 1 } },
  { name: 'a server runs on', command: ['httpd', '-f'], expected: { exitCode: 0, exitCodeOnTerm: 143 } },
]) test(`simulated processes: ${name}`, () => assert.deepEqual(simulateCommand(command), expected));

test('a container that ignores SIGTERM is killed when its grace ends, in virtual time', async () => {
  const clock = new VirtualClock();
  const signal = new AbortController().signal;
  const runtime = new SimulatedRuntime({ clock, random: new SeededRandom(2), process: () => ({ exitCode: 0 }) });
  await runtime.pullImage({ image: 'a' }, undefined, undefined, signal);
  const config = { metadata: { name: 'a', namespace: 'b', uid: 'c', attempt: 0 } };
  const sandbox = await runtime.runPodSandbox(config, '', signal);
  const id = await runtime.createContainer(sandbox, { metadata: { name: 'a', attempt: 0 }, image: { image: 'a' } }, config, signal);
  await runtime.startContainer(id, signal);
  const stopped = runtime.stopContainer(id, 30, signal);
  await clock.advance(29_999);
  assert.equal((await runtime.containerStatus(id)).state, 'CONTAINER_RUNNING');
  await clock.advance(1);
  await stopped;
  assert.equal((await runtime.containerStatus(id)).exitCode, 137);
  await runtime[Symbol.asyncDispose]();
});
