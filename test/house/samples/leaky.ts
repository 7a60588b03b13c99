/** Leaves one thing of each sort behind; run by `leaks.test.ts` only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { TaskGroup } from '../../../src/base/lifecycle.ts';

test('a timer', () => void setTimeout(() => undefined, 60_000).unref());
test('a server', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
test('a process', () => void spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }));
test('a daemon', async () => {
  const shell = spawn('sh', ['-c', 'sleep 61 >/dev/null 2>&1 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(shell, 'close');
});
test('work', () => new TaskGroup().run(() => new Promise(() => undefined)));
