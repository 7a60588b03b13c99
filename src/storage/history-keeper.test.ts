import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { HistoryKeeper } from './history-keeper.ts';

function kept(limits: { maxBytes?: number; maxRevisions?: number } = {}): { clock: VirtualClock; write: (bytes: number) => void; compacted: number[]; keeper: HistoryKeeper; at: () => number } {
  const clock = new VirtualClock();
  const compacted: number[] = [];
  let revision = 1;
  const keeper = new HistoryKeeper({
    clock, historyMs: 300_000, maxBytes: limits.maxBytes ?? Infinity, maxRevisions: limits.maxRevisions ?? Infinity,
    store: { revision: () => revision, compact: (upTo) => void compacted.push(upTo) },
  });
  const write = (bytes: number): void => {
    revision++;
    keeper.wrote(bytes);
  };
  return { clock, write, compacted, keeper, at: () => revision };
}

test('keeps the last five minutes whatever was written before, and at most half a minute more', async () => {
  const { clock, write, compacted, keeper, at } = kept();
  using _keeper = keeper;
  const revisionAt = new Map<number, number>();
  for (let second = 0; second < 1200; second++) {
    revisionAt.set(second, at());
    write(1);
    await clock.advance(1000);
    const upTo = compacted.at(-1) ?? 1;
    assert.ok(upTo <= (revisionAt.get(second - 299) ?? 1), `after ${second} s: compacted to ${upTo}`);
    if (second > 330) assert.ok(upTo >= (revisionAt.get(second - 331) ?? 1), `after ${second} s: still at ${upTo}`);
  }
});

test('forgets the older half early when history grows too large in bytes or in revisions', () => {
  for (const { limits, size, most } of [{ limits: { maxBytes: 100_000 }, size: 1000, most: 101 }, { limits: { maxRevisions: 200 }, size: 0, most: 201 }]) {
    const { write, compacted, keeper, at } = kept(limits);
    using _keeper = keeper;
    for (let count = 0; count < 1000; count++) {
      write(size);
      const length = at() - (compacted.at(-1) ?? 1);
      assert.ok(length <= most, `${length} revisions are kept`);
      if (compacted.length > 0) assert.ok(length >= most / 3, `only ${length} revisions are kept`);
    }
    assert.ok(compacted.length < 25, `${compacted.length} compactions`);
  }
});
