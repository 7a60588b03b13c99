import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { giveToGroup, isOfGroup } from './ownership.ts';

test('a folder is the group\'s once it was given to it, as long as its mode says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-ownership-'));
  try {
    await writeFile(join(folder, 'file'), '');
    const { gid } = await stat(folder);
    assert.equal(await isOfGroup(folder, gid), false);
    await giveToGroup(folder, gid);
    assert.deepEqual([await isOfGroup(folder, gid), await isOfGroup(folder, gid + 1)], [true, false]);
    await chmod(folder, 0o755);
    assert.equal(await isOfGroup(folder, gid), false);
  } finally {
    await rm(folder, { recursive: true });
  }
});
