import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-damage-'));
after(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

async function filled(name: string): Promise<string> {
  const dataDir = join(folder, name);
  await using store = new LmdbStore({ clock: new SystemClock(), logger: silentLogger, dataDir });
  await store.start(never);
  await Promise.all(Array.from({ length: 500 }, (_, index) => store.commit({ key: `/k/${index}`, value: Buffer.alloc(1000), expected: 0 })));
  return dataDir;
}

test('a store file that is no database is refused, not written over', async () => {
  const dataDir = await filled('garbage');
  writeFileSync(join(dataDir, 'store.mdb'), Buffer.alloc(100_000, 'x'));
  const store = new LmdbStore({ clock: new SystemClock(), logger: silentLogger, dataDir });
  await assert.rejects(store.start(never), /store\.mdb is damaged, or no store of kubets; move it away and restore a snapshot$/);
});

test('an empty store file, as a kill at the very start leaves it, is a new store', async () => {
  const dataDir = await filled('empty');
  truncateSync(join(dataDir, 'store.mdb'), 0);
  await using store = new LmdbStore({ clock: new SystemClock(), logger: silentLogger, dataDir });
  await store.start(never);
  assert.equal((await store.commit({ key: '/a', value: Buffer.from('a'), expected: 0 })).revision, 2);
});
