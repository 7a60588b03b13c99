import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Clock, SystemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { CompactedError } from '../store.ts';
import { bytes, Recorder, storeSuite } from '../store-suite.ts';
import { LmdbStore } from './lmdb-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-lmdb-'));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(folder, String(folders++));

async function open(dataDir: string, clock: Clock = new SystemClock()): Promise<LmdbStore> {
  const store = new LmdbStore({ clock, dataDir, logger: silentLogger });
  await store.start(new AbortController().signal);
  return store;
}

storeSuite('lmdb', {
  decidesInCall: true,
  clock: () => new VirtualClock(),
  open: (clock) => open(newFolder(), clock),
  pass: (clock, ms) => (clock as VirtualClock).advance(ms),
});

test('a restart keeps state, history, watches and times to live', async () => {
  const dataDir = newFolder();
  const clock = new VirtualClock();
  {
    await using store = await open(dataDir, clock);
    await store.commit({ key: '/a', value: bytes('2'), expected: 0 });
    await store.commit({ key: '/b', value: bytes('3'), expected: 0 });
    await store.commit({ key: '/a', value: bytes('4'), expected: 2 });
    await store.commit({ key: '/b', value: undefined, expected: 3 });
    await store.commit({ key: '/ttl', value: bytes('6'), expected: 0, ttlSeconds: 60 });
  }
  await using store = await open(dataDir, clock);
  assert.equal(store.revision, 6);
  await store.commit({ key: '/b', value: bytes('7'), expected: 0 });
  const at = async (revision: number): Promise<string> => (await store.range({ prefix: '/', revision })).items.map((item) => `${item.key}=${Buffer.from(item.value).toString()}`).join(' ');
  assert.equal(await at(3), '/a=2 /b=3');
  assert.equal(await at(5), '/a=4');
  assert.equal(await at(7), '/a=4 /b=7 /ttl=6');
  using watch = new Recorder(store, '/', 1);
  await watch.until((recorder) => recorder.revision === 7);
  assert.deepEqual(watch.events.map((event) => event.previous?.modRevision ?? 0), [0, 0, 2, 3, 0, 0]);
  await clock.advance(60_000);
  await watch.until((recorder) => recorder.revision === 8);
  assert.equal(watch.events.at(-1)?.key, '/ttl');
});

test('a restart after a compaction keeps the newest revision, even if its write is forgotten', async () => {
  const dataDir = newFolder();
  {
    await using store = await open(dataDir);
    await store.commit({ key: '/a', value: bytes('2'), expected: 0 });
    await store.commit({ key: '/a', value: undefined, expected: 2 });
    await store.compact(3);
  }
  await using store = await open(dataDir);
  assert.equal(store.revision, 3);
  await assert.rejects(store.range({ prefix: '/', revision: 2 }), CompactedError);
  assert.equal((await store.commit({ key: '/a', value: bytes('4'), expected: 0 })).revision, 4);
});

test('a data folder is used by one process, whose pid the error names, and is open to its owner only', async () => {
  const dataDir = newFolder();
  await using _store = await open(dataDir);
  await assert.rejects(open(dataDir), new RegExp(`is in use by the process ${process.pid}`));
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  for (const file of ['store.mdb', 'store.mdb-lock', 'server.lock']) assert.equal(statSync(join(dataDir, file)).mode & 0o777, 0o600);
});

test('a write that loses against one that is on its way is told so only once that one is on the disk', async () => {
  await using store = await open(newFolder());
  const winner = store.commit({ key: '/a', value: bytes('1'), expected: 0 });
  await assert.rejects(store.commit({ key: '/a', value: bytes('2'), expected: 0 }), /is at revision 2/);
  assert.equal(store.revision, 2);
  assert.equal((await winner).revision, 2);
});

test('five minutes of heavy writes stay readable, and what is older is forgotten on the disk too', async () => {
  const clock = new VirtualClock();
  await using store = await open(newFolder(), clock);
  const write = (round: number): Promise<unknown> => Promise.all(Array.from({ length: 3000 }, (_, index) => store.commit({ key: `/k/${index % 10}`, value: bytes(String(round)), expected: undefined })));
  for (let round = 0; round < 4; round++) {
    await write(round);
    await clock.advance(240_000);
  }
  await store.compact(1); // after the ones that the time has started
  assert.equal((await store.range({ prefix: '/', revision: store.revision - 3000 })).items.length, 10);
  await assert.rejects(store.range({ prefix: '/', revision: 3001 }), CompactedError);
  using watch = new Recorder(store, '/', store.revision - 3000);
  await watch.until((recorder) => recorder.events.length === 3000);
});

test('history that takes more room than it may is forgotten before its time', async () => {
  const clock = new VirtualClock();
  await using store = new LmdbStore({ clock, dataDir: newFolder(), logger: silentLogger, maxHistoryBytes: 1_000_000 });
  await store.start(new AbortController().signal);
  for (let round = 0; round < 30; round++) await Promise.all(Array.from({ length: 100 }, () => store.commit({ key: '/k', value: Buffer.alloc(1000), expected: undefined })));
  await store.compact(1);
  await assert.rejects(store.range({ prefix: '/', revision: 2000 }), CompactedError);
  assert.equal((await store.range({ prefix: '/', revision: store.revision - 300 })).items.length, 1);
});
