import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('store-full-child.ts', import.meta.url));
const skip = process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'a small file system is mounted for this: Linux and root only';

test('a full disk fails the writes that do not fit, keeps all others, and takes writes again once there is room', { skip, timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kubets-full-'));
  try {
    // The mount is in a namespace of its own, and goes with it.
    const script = 'mount -t tmpfs -o size=48m tmpfs "$1" && exec "$2" "$3" "$1"';
    const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', dir, process.execPath, CHILD], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  } finally {
    rmdirSync(dir);
  }
});
