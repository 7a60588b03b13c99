import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { SystemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { SystemRandom } from '../src/base/random.ts';
import { LmdbStore } from '../src/storage/lmdb/lmdb-store.ts';
import { MemoryStore } from '../src/storage/memory/memory-store.ts';
import { EtcdStore } from '../src/storage/etcd/etcd-store.ts';
import type { Store } from '../src/storage/store.ts';
import { EtcdProcess } from '../test/integration/support/etcd-process.ts';
import { waitsForOwnEvents } from './own-event.ts';

/**
 * What a store does in a second: `npm run bench:store -- [lmdb|memory|etcd] [--dir DIR]`. Values of 2 KB, 64 callers, one watch. At the end, what a write waits for its own event. `etcd` starts the
 * installed one on loopback.
 */
const KEYS = 20_000;
const CALLERS = 64;
const value = Buffer.alloc(2048, 'x');
const signal = new AbortController().signal;
const clock = new SystemClock();

const engine = process.argv[2] ?? 'lmdb';
const dirFlag = process.argv.indexOf('--dir');
const dataDir = mkdtempSync(join(dirFlag > 0 ? (process.argv[dirFlag + 1] ?? tmpdir()) : tmpdir(), 'kubets-bench-'));
const etcd = engine === 'etcd' ? new EtcdProcess() : undefined;
await etcd?.start();

function make(): Store {
  if (etcd) return new EtcdStore({ clock, random: new SystemRandom(), logger: silentLogger, endpoints: [etcd.endpoint] });
  return engine === 'memory' ? new MemoryStore({ clock }) : new LmdbStore({ clock, dataDir, logger: silentLogger });
}

async function measure(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const figures = [`${Math.round((count / ms) * 1000)} /s`, `${((user + system) / 1000 / count).toFixed(4)} CPU-ms`, `${ms.toFixed(1)} ms`, `loop p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`];
  console.log(`${name.padEnd(34)} ${figures.map((figure) => figure.padStart(16)).join(' ')}`);
}

async function byCallers(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < count) await act(next++);
    }),
  );
}

try {
  const key = (index: number): string => `/registry/pods/default/pod-${String((index * 7919) % KEYS).padStart(6, '0')}`;
  const store = make();
  await measure('start, empty', 1, () => store.start(signal));
  let seen = 0;
  using _watch = store.watch({ prefix: '/registry/pods/', revision: store.revision, onEvents: (events) => void (seen += events.length), onEnd: (reason) => console.error(reason) });
  const heads = new Map<string, number>();
  const write = async (name: string, body: Uint8Array | undefined, expected: number): Promise<void> => {
    heads.set(name, (await store.commit({ key: name, value: body, expected })).revision);
  };
  await measure('create', KEYS, () => byCallers(KEYS, (index) => write(key(index), value, 0)));
  await measure('update', KEYS, () => byCallers(KEYS, (index) => write(key(index), value, heads.get(key(index)) ?? 0)));
  await measure('create, one caller', 1000, async () => {
    for (let index = 0; index < 1000; index++) await write(`/registry/configmaps/${index}`, value, 0);
  });
  await measure('get', KEYS, () => byCallers(KEYS, (index) => store.get(key(index))));
  await measure('range of 20,000', KEYS, async () => void (await store.range({ prefix: '/registry/pods/' })));
  await measure('range of 20,000, older', KEYS, async () => void (await store.range({ prefix: '/registry/pods/', revision: KEYS + 1 })));
  await measure('pages of 500', KEYS, async () => {
    for (let after: string | undefined, left = 1; left > 0; ) {
      const page = await store.range({ prefix: '/registry/pods/', limit: 500, ...(after !== undefined && { after }) });
      after = page.items.at(-1)?.key;
      left = page.remaining;
    }
  });
  await measure('watch from the past, 40,000', 2 * KEYS, async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _past = store.watch({ prefix: '/', revision: 1, onEvents: (_events, revision) => revision === store.revision && resolve(), onEnd: (reason) => console.error(reason) });
    await promise;
  });
  await measure('compaction', store.revision, () => store.compact(store.revision));
  await measure('delete', KEYS, () => byCallers(KEYS, (index) => (index % 2 ? Promise.resolve() : write(key(index), undefined, heads.get(key(index)) ?? 0))));
  for (const callers of [1, CALLERS]) {
    const { commitMs, waitMs } = await waitsForOwnEvents(store, { callers, count: 1000 * Math.min(callers, 10) });
    const [acknowledged, waited] = [commitMs, waitMs].map((all) => [0.5, 0.99].map((part) => (all[Math.floor(all.length * part)] ?? 0).toFixed(3)).join(' and '));
    console.log(`${callers} callers: a write is acknowledged after ${acknowledged} ms (median, p99), its event comes ${waited} ms later`);
  }
  console.log(`events seen: ${seen}; resident: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`);
  await store[Symbol.asyncDispose]();
  if (engine === 'lmdb') {
    const again = make();
    await measure('start, 11,000 keys', 1, () => again.start(signal));
    await again[Symbol.asyncDispose]();
  }
} finally {
  await etcd?.[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true });
}
