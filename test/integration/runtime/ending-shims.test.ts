import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { SystemClock } from '../../../src/base/clock.ts';
import { CriRuntime } from '../../../src/runtime/cri/cri-runtime.ts';
import { isRuntimeError } from '../../../src/runtime/runtime.ts';
import { Refusal, servePlugin, type Method } from '../support/grpc-plugin.ts';

const NEVER = new AbortController().signal;

/** A runtime that refuses the first calls so, and how often it was called. */
async function runtimeThatSays(...refusals: readonly Refusal[]): Promise<AsyncDisposable & { readonly runtime: CriRuntime; readonly calls: () => number }> {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-shims-'));
  const socketPath = join(folder, 'runtime.sock');
  const left = [...refusals];
  let calls = 0;
  const method: Method = () => {
    calls++;
    const refusal = left.shift();
    if (refusal) throw refusal;
    return Buffer.alloc(0);
  };
  const names = ['StopPodSandbox', 'RemovePodSandbox', 'StopContainer', 'RemoveContainer'];
  const plugin = await servePlugin(socketPath, Object.fromEntries(names.map((name) => [`/runtime.v1.RuntimeService/${name}`, method])));
  const runtime = await CriRuntime.connect({ socketPath, clock: new SystemClock() });
  return {
    runtime, calls: () => calls,
    [Symbol.asyncDispose]: async () => {
      await runtime[Symbol.asyncDispose]();
      await plugin[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const shimEnded = (): Refusal => new Refusal('failed to stop container "c": failed to kill container "c": ttrpc: closed: unknown', status.UNKNOWN);

test('a shim that ends while containerd is asked to end its container is no fault', async () => {
  for (const end of [(one: CriRuntime) => one.stopPodSandbox('s', NEVER), (one: CriRuntime) => one.removePodSandbox('s', NEVER), (one: CriRuntime) => one.stopContainer('c', 1, NEVER), (one: CriRuntime) => one.removeContainer('c', NEVER)]) {
    await using subject = await runtimeThatSays(shimEnded());
    await end(subject.runtime);
    assert.equal(subject.calls(), 2);
  }
});

test('what containerd is removing already, for somebody who did not wait for it, is waited for', async () => {
  const removing = (): Refusal => new Refusal('failed to remove container "c": failed to set removing state for container "c": container is already in removing state', status.UNKNOWN);
  for (const remove of [(one: CriRuntime) => one.removePodSandbox('s', NEVER), (one: CriRuntime) => one.removeContainer('c', NEVER)]) {
    await using subject = await runtimeThatSays(...Array.from({ length: 5 }, removing));
    await remove(subject.runtime);
    assert.equal(subject.calls(), 6);
  }
});

test('what containerd says again and again, or of other faults, is told', async () => {
  await using always = await runtimeThatSays(...Array.from({ length: 10 }, shimEnded));
  await assert.rejects(always.runtime.stopPodSandbox('s', NEVER), (error) => isRuntimeError(error, 'Unknown') && error.message.includes('ttrpc: closed'));
  assert.equal(always.calls(), 4);
  await using other = await runtimeThatSays(new Refusal('the disk is gone', status.UNKNOWN));
  await assert.rejects(other.runtime.stopContainer('c', 1, NEVER), /the disk is gone/);
  assert.equal(other.calls(), 1);
});
