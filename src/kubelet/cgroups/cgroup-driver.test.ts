import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { SystemClock } from '../../base/clock.ts';
import { CriRuntime } from '../../runtime/index.ts';
import { chooseCgroupDriver, type CgroupDriver } from './cgroup-driver.ts';

const NEVER = new AbortController().signal;
let folder: string;
let sockets = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driver-'));
});
after(() => rm(folder, { recursive: true }));

/** A runtime that says, over its socket, what this answer (in wire form) says. */
async function checkAgainst(answer: Buffer | undefined, wanted?: CgroupDriver, systemdSocket = join(folder, 'no-systemd')): Promise<CgroupDriver> {
  const socketPath = join(folder, `${answer?.toString('hex') ?? 'none'}-${sockets++}.sock`);
  const server = new Server();
  const identity = (bytes: Buffer): Buffer => bytes;
  const method = { path: '/runtime.v1.RuntimeService/RuntimeConfig', requestStream: false, responseStream: false, requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity };
  if (answer) server.addService({ method }, { method: (_call: unknown, reply: (error: null, value: Buffer) => void) => reply(null, answer) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  await promise;
  await using runtime = await CriRuntime.connect({ socketPath, clock: new SystemClock() });
  try {
    return await chooseCgroupDriver({ runtime, wanted, systemdSocket }, NEVER);
  } finally {
    server.forceShutdown();
  }
}

const SAYS_SYSTEMD = Buffer.from([0x0a, 0x00]);
const SAYS_CGROUPFS = Buffer.from([0x0a, 0x02, 0x08, 0x01]);

test('what the runtime says of its driver counts; what is set counts for those that do not tell', async () => {
  const found = [await checkAgainst(SAYS_CGROUPFS), await checkAgainst(SAYS_CGROUPFS, 'systemd'), await checkAgainst(undefined), await checkAgainst(SAYS_SYSTEMD, 'cgroupfs', folder), await checkAgainst(undefined, 'systemd', folder)];
  assert.deepEqual(found, ['cgroupfs', 'cgroupfs', 'cgroupfs', 'systemd', 'systemd']);
});

test('where systemd should make control groups and does not run, what to set is told', async () => {
  await assert.rejects(checkAgainst(SAYS_SYSTEMD), /systemd does not run here: set SystemdCgroup = false/);
  await assert.rejects(checkAgainst(undefined, 'systemd'), /systemd does not run here/);
});
