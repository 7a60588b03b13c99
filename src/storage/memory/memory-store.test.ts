import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { CompactedError } from '../store.ts';
import { bytes, Recorder, storeSuite } from '../store-suite.ts';
import { MemoryStore } from './memory-store.ts';

async function open(clock: VirtualClock): Promise<MemoryStore> {
  const store = new MemoryStore({ clock });
  await store.start(new AbortController().signal);
  return store;
}

storeSuite('memory', {
  decidesInCall: true,
  clock: () => new VirtualClock(),
  open: (clock) => open(clock as VirtualClock),
  pass: (clock, ms) => (clock as VirtualClock).advance(ms),
});

test('history is kept for five minutes and forgotten within ten', async () => {
  const clock = new VirtualClock();
  await using store = await open(clock);
  for (let round = 0; round < 3; round++) await store.commit({ key: '/a', value: bytes(String(round)), expected: undefined });
  await clock.advance(5 * 60_000);
  assert.equal((await store.range({ prefix: '/', revision: 2 })).items.length, 1);
  await clock.advance(5 * 60_000);
  await assert.rejects(store.range({ prefix: '/', revision: 2 }), CompactedError);
  assert.equal((await store.range({ prefix: '/' })).items.length, 1);
});

test('a watcher that writes while it is told of a write does not disturb the order that others see', async () => {
  await using store = await open(new VirtualClock());
  using _first = store.watch({
    prefix: '/a',
    revision: 1,
    onEvents: (events) => void events.map((event) => event.revision < 6 && store.commit({ key: '/a', value: bytes('again'), expected: undefined })),
    onEnd: (reason) => assert.fail(reason),
  });
  using second = new Recorder(store, '/', 1);
  await store.commit({ key: '/a', value: bytes('once'), expected: 0 });
  assert.deepEqual(second.events.map((event) => event.revision), [2, 3, 4, 5, 6]);
});
