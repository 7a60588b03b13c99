import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const skip = process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'a small file system is mounted for this: Linux and root only';

for (const { name, child } of [
  { name: 'a full disk fails the writes that do not fit, keeps all others, and takes writes again once there is room', child: 'store-full-child.ts' },
  { name: 'a server whose disk is full says in /readyz that it is, answers writes with 503, reads on, and is ready again once there is room', child: 'server-full-child.ts' },
]) test(name, { skip, timeout: 600_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kubets-full-'));
  try {
    // The mount is in a namespace of its own, and goes with it.
    const script = 'mount -t tmpfs -o size=48m tmpfs "$1" && exec "$2" "$3" "$1"';
    const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', dir, process.execPath, fileURLToPath(new URL(child, import.meta.url))], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  } finally {
    rmdirSync(dir);
  }
});

test('a server whose data folder cannot be written ends with one line that says what to do', { skip, timeout: 600_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kubets-read-only-'));
  try {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const script = 'mount -t tmpfs tmpfs "$1" && mkdir "$1/data" && mount -o remount,ro "$1" && exec "$2" "$3" server --data-dir "$1/data" --port 1';
    const { status, stderr, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', dir, process.execPath, main], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^error: the data folder ${dir}/data/store cannot be written \\(.*\\); make it writable, or name another one with --data-dir\n$`));
    assert.equal(stdout, '');
  } finally {
    rmdirSync(dir);
  }
});
