import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ContainerStatus } from '../../runtime/index.ts';
import { TERMINATION_MESSAGE_PATH, TERMINATION_MESSAGE_POLICY } from './labels.ts';
import { readTerminationMessage } from './termination-message.ts';

for (const { name, policy = 'FallbackToLogsOnError', exitCode = 1, reason = '', file, expected } of [
  { name: 'the file', file: 'from the file', expected: 'from the file' },
  { name: 'the log, where the file is empty', file: '', expected: 'from the log\n' },
  { name: 'nothing of one that has ended well', file: '', exitCode: 0, expected: undefined },
  { name: 'the log of one whose memory ran out, whatever it ended with', file: '', exitCode: 0, reason: 'OOMKilled', expected: 'from the log\n' },
  { name: 'nothing but the file by default', policy: 'File', file: '', expected: undefined },
]) test(`last words of a container: ${name}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-message-'));
  try {
    await writeFile(join(folder, 'message'), file);
    await writeFile(join(folder, '0.log'), '2026-01-01T00:00:00Z stderr F from the log\n');
    const status = {
      exitCode, reason, logPath: join(folder, '0.log'), mounts: [{ containerPath: '/dev/termination-log', hostPath: join(folder, 'message') }],
      annotations: { [TERMINATION_MESSAGE_PATH]: '/dev/termination-log', [TERMINATION_MESSAGE_POLICY]: policy },
    } as unknown as ContainerStatus;
    assert.equal(await readTerminationMessage(status), expected);
  } finally {
    await rm(folder, { recursive: true });
  }
});
