import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SeededRandom, SystemRandom } from '../../src/base/random.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import type { StoreEvent } from '../../src/storage/store.ts';

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 10);
const SEED = Number(process.env['CRASH_SEED'] ?? new SystemRandom().below(2 ** 31));
const CHILD = fileURLToPath(new URL('store-crash-child.ts', import.meta.url));
const clock = new SystemClock();
const never = new AbortController().signal;

interface Seen {
  readonly revision: number;
  readonly what: string;
}

/** Runs the child and kills it `lifeMs` after its first word; what it said, whole lines only. */
async function runAndKill(dataDir: string, seed: number, watchAfter: number, lifeMs: number): Promise<{ acks: Seen[]; events: Seen[] }> {
  const child = spawn(process.execPath, [CHILD, dataDir, String(seed), String(watchAfter)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  await Promise.race([once(child.stdout, 'data'), closed]);
  await Promise.race([clock.sleep(lifeMs, never), closed]);
  child.kill('SIGKILL');
  const [, signal] = await closed;
  assert.equal(signal, 'SIGKILL', `the child ended by itself: ${complaint}`);
  const lines = said.split('\n').slice(0, -1).map((line) => line.split(' '));
  const seen = (kind: string): Seen[] => lines.filter((line) => line[0] === kind).map(([, revision, key, value]) => ({ revision: Number(revision), what: `${key} ${value}` }));
  return { acks: seen('ack'), events: seen('event') };
}

const nameOf = (value: Uint8Array | undefined): string => (value ? (Buffer.from(value).toString('latin1').split(' ', 1)[0] ?? '') : '-');

/** All that a watch after `revision` gives until it has caught up. */
async function readLog(store: LmdbStore, revision: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _watch = store.watch({
    prefix: '/',
    revision,
    onEvents: (batch, upTo) => {
      events.push(...batch);
      if (upTo === store.revision) resolve();
    },
    onEnd: reject,
  });
  if (store.revision > revision) await promise;
  return events;
}

test(`kill -9 loses nothing acknowledged and nothing that a watch is to see, ${ROUNDS} times (seed ${SEED})`, { timeout: 600_000 + ROUNDS * 5_000 }, async () => {
  const random = new SeededRandom(SEED);
  const dataDir = mkdtempSync(join(tmpdir(), 'kubets-crash-'));
  const model = new Map<string, { revision: number; value: string }>();
  let checked = 1; // the model is the state of this revision
  let watched = 1; // what watches have seen, over all rounds
  let acknowledged = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { acks, events } = await runAndKill(dataDir, SEED + round, watched, random.below(400));
      await using store = new LmdbStore({ clock, logger: silentLogger, dataDir });
      await store.start(never);
      const log = new Map<number, string>();
      for (const event of await readLog(store, checked)) {
        assert.equal(event.revision, checked + log.size + 1, `round ${round}: the log has a gap or an order of its own`);
        log.set(event.revision, `${event.key} ${nameOf(event.value)}`);
        const before = model.get(event.key);
        assert.deepEqual([event.previous?.modRevision, event.previous && nameOf(event.previous.value)], [before?.revision, before?.value], `round ${round}: what was before ${event.revision}`);
        if (event.value) model.set(event.key, { revision: event.revision, value: nameOf(event.value) });
        else model.delete(event.key);
      }
      assert.equal(new Set(acks.map((ack) => ack.revision)).size, acks.length, `round ${round}: a revision was acknowledged twice`);
      for (const ack of acks) assert.equal(log.get(ack.revision), ack.what, `round ${round}: the write of revision ${ack.revision} was acknowledged`);
      for (const event of events) {
        assert.equal(event.revision, ++watched, `round ${round}: the watch missed a write, or saw one twice`);
        if (event.revision > checked) assert.equal(log.get(event.revision), event.what, `round ${round}: the watch saw another write`);
      }
      checked += log.size;
      assert.equal(store.revision, checked);
      const state = (await store.range({ prefix: '/' })).items.map((item) => [item.key, item.modRevision, nameOf(item.value)]);
      assert.deepEqual(state, [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { revision, value }]) => [key, revision, value]), `round ${round}: the state is not that of the log`);
      acknowledged += acks.length;
      if (random.below(3) === 0) await store.compact(watched);
    }
    assert.ok(acknowledged > 0);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
