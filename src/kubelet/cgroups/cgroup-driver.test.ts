import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { SystemClock } from '../../base/clock.ts';
import { CriRuntime } from '../../runtime/index.ts';
import { checkCgroupDriver } from './cgroup-driver.ts';

const NEVER = new AbortController().signal;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driver-'));
});
after(() => rm(folder, { recursive: true }));

/** A runtime that says, over its socket, what this answer (in wire form) says. */
async function checkAgainst(answer: Buffer | undefined): Promise<void> {
  const socketPath = join(folder, `${answer?.toString('hex') ?? 'none'}.sock`);
  const server = new Server();
  const identity = (bytes: Buffer): Buffer => bytes;
  const method = { path: '/runtime.v1.RuntimeService/RuntimeConfig', requestStream: false, responseStream: false, requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity };
  if (answer) server.addService({ method }, { method: (_call: unknown, reply: (error: null, value: Buffer) => void) => reply(null, answer) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  await promise;
  await using runtime = await CriRuntime.connect({ socketPath, clock: new SystemClock() });
  try {
    await checkCgroupDriver(runtime, NEVER);
  } finally {
    server.forceShutdown();
  }
}

test('a runtime whose control groups systemd makes is refused with what to set; others, and those that do not tell, are taken', async () => {
  await assert.rejects(checkAgainst(Buffer.from([0x0a, 0x00])), /set SystemdCgroup = false/);
  await checkAgainst(Buffer.from([0x0a, 0x02, 0x08, 0x01]));
  await checkAgainst(undefined);
});
