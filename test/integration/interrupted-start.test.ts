import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`a server that gets ${signal} while it starts ends as one that had started: at once, and without a fault`, { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubets-interrupted-'));
    /** Takes connections, and says nothing: the server waits for it. */
    const mute = createServer();
    const sockets = new Set<Socket>();
    mute.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const etcd = `etcd=http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, [main, 'server', '--data-dir', folder, '--bind-address', '127.0.0.1', '--port', '0', '--store', etcd], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [said, ended] = [text(child.stderr), once(child, 'exit')];
    try {
      await Promise.race([once(mute, 'connection'), ended]);
      child.kill(signal);
      assert.deepEqual([await ended, await said], [[0, null], '']);
    } finally {
      child.kill('SIGKILL');
      await ended;
      for (const socket of sockets) socket.destroy();
      mute.close();
      rmSync(folder, { recursive: true });
    }
  });
}
