import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { openStore } from './store.ts';

for (const { name, historyMs, hours, keeps } of [
  { name: 'history is forgotten after the interval', historyMs: 60_000, hours: 1, keeps: false },
  { name: 'history is kept where the interval is 0', historyMs: 0, hours: 24, keeps: true },
]) {
  test(name, async () => {
    const clock = new VirtualClock();
    const store = await openStore('memory', { dataDir: '/nowhere', clock, random: new SystemRandom(), logger: silentLogger, historyMs });
    await store.start(new AbortController().signal);
    const first = await store.commit({ key: '/registry/a', value: Buffer.from('1'), expected: 0 });
    await store.commit({ key: '/registry/a', value: Buffer.from('2'), expected: first.revision });
    for (let hour = 0; hour < hours; hour++) await clock.advance(3_600_000);
    assert.equal(store.compacted <= first.revision, keeps, `compacted to ${store.compacted}`);
    await store[Symbol.asyncDispose]();
  });
}
