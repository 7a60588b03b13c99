import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LifecycleHandler, Pod } from '../../api/generated/core-v1.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { RuntimeError, type ContainerRuntime } from '../../runtime/index.ts';
import { runHook } from './hooks.ts';

const container = { name: 'c', image: 'i', resources: {} };
const pod: Pod = { metadata: { name: 'p', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [container] }, status: {} };
const said = (exitCode: number, stdout: string, stderr: string) => async () => ({ exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) });

function run(handler: LifecycleHandler, execSync: unknown): Promise<void> {
  return runHook({ handler, pod, container, containerId: 'id', podIP: '127.0.0.1', runtime: { execSync } as unknown as ContainerRuntime, clock: new VirtualClock(), onHttpFallback: () => undefined, signal: new AbortController().signal });
}

for (const { name, handler, execSync, expected } of [
  {
    name: 'a command that fails', handler: { exec: { command: ['sh', '-c', 'x'] } }, execSync: said(3, 'out "x"', 'err'),
    expected: 'Exec lifecycle hook ([sh -c x]) for Container "c" in Pod "p_d(u)" failed - error: command \'sh -c x\' exited with 3: err, message: "out \\"x\\"err"',
  },
  {
    name: 'a command that is not there', handler: { exec: { command: ['/nope'] } }, execSync: () => Promise.reject(new RuntimeError('Unknown', 'no such file')),
    expected: /^Exec lifecycle hook \(\[\/nope\]\) for Container "c" in Pod "p_d\(u\)" failed - error: .*no such file, message: ""$/,
  },
  { name: 'a port that has no number', handler: { httpGet: { path: '/up', port: 'web' } }, execSync: undefined, expected: 'HTTP lifecycle hook (/up) for Container "c" in Pod "p_d(u)" failed - error: strconv.Atoi: parsing "web": invalid syntax' },
] as { name: string; handler: LifecycleHandler; execSync: unknown; expected: string | RegExp }[]) {
  test(`a hook tells what went wrong: ${name}`, () => assert.rejects(run(handler, execSync), { message: expected }));
}

test('a hook that ends well says nothing', () => run({ exec: { command: ['true'] } }, said(0, '', '')));
