/** Fills the file system of DIR by writes until they fail, makes room, and checks what the store says: `node store-full-child.ts DIR`. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { StoreFullError } from '../../src/storage/store.ts';

const [dir = ''] = process.argv.slice(2);
const clock = new SystemClock();
const never = new AbortController().signal;
const ballast = join(dir, 'ballast');

async function open(): Promise<LmdbStore> {
  const store = new LmdbStore({ clock, logger: silentLogger, dataDir: join(dir, 'data') });
  await store.start(never);
  return store;
}

const store = await open();
writeFileSync(ballast, Buffer.alloc(20 * 2 ** 20));
const acknowledged: string[] = [];
let failed = 0;
let watched = 0;
store.watch({ prefix: '/', revision: 1, onEvents: (events) => void (watched += events.length), onEnd: (reason) => assert.fail(reason) });
for (let round = 0; failed === 0; round++) {
  assert.ok(round < 2000, 'the disk is never full');
  const keys = Array.from({ length: 32 }, (_, index) => `/k/${round}/${index}`);
  const results = await Promise.allSettled(keys.map((key) => store.commit({ key, value: Buffer.alloc(2048), expected: 0 })));
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') acknowledged.push(keys[index] ?? '');
    else {
      assert.ok(result.reason instanceof StoreFullError, String(result.reason));
      failed++;
    }
  });
}
assert.equal(store.writable, false);
assert.equal(await store.count('/'), acknowledged.length);
assert.equal(store.revision, acknowledged.length + 1);
assert.equal(watched, acknowledged.length);
await assert.rejects(store.commit({ key: '/more', value: Buffer.from('x'), expected: 0 }), StoreFullError);
assert.ok(await store.get(acknowledged[0] ?? ''));
rmSync(ballast);
while (!store.writable) await clock.sleep(20, never);
assert.equal((await store.commit({ key: '/more', value: Buffer.from('x'), expected: 0 })).revision, acknowledged.length + 2);
await store[Symbol.asyncDispose]();
const again = await open();
assert.equal((await again.range({ prefix: '/' })).items.length, acknowledged.length + 1);
await again[Symbol.asyncDispose]();
