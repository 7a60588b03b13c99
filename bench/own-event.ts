import { performance } from 'node:perf_hooks';
import type { Store } from '../src/storage/store.ts';

const VALUE = Buffer.alloc(2048, 'x');

/**
 * What a write waits for beyond its own acknowledgement until the store's watch has told its writer's server of it, in milliseconds, sorted: the API answers a write once its own cache has it.
 * `callers` write at the same time, `count` times in all.
 */
export async function waitsForOwnEvents(store: Store, { callers, count }: { readonly callers: number; readonly count: number }): Promise<{ readonly commitMs: readonly number[]; readonly waitMs: readonly number[] }> {
  let seen = 0;
  let waiting: { readonly revision: number; readonly resolve: () => void }[] = [];
  using _watch = store.watch({
    prefix: '', revision: store.revision, onEnd: (reason) => console.error(reason),
    onEvents: (_events, revision) => {
      seen = revision;
      for (const one of waiting) if (one.revision <= seen) one.resolve();
      waiting = waiting.filter((one) => one.revision > seen);
    },
  });
  const commitMs: number[] = [];
  const waitMs: number[] = [];
  let next = 0;
  const stamp = performance.now();
  await Promise.all(Array.from({ length: callers }, async () => {
    while (next < count) {
      const start = performance.now();
      const { revision } = await store.commit({ key: `/registry/secrets/own-${stamp}-${next++}`, value: VALUE, expected: 0 });
      const told = performance.now();
      if (revision > seen) await new Promise<void>((resolve) => void waiting.push({ revision, resolve }));
      commitMs.push(told - start);
      waitMs.push(performance.now() - told);
    }
  }));
  const sorted = (all: number[]): number[] => all.toSorted((a, b) => a - b);
  return { commitMs: sorted(commitMs), waitMs: sorted(waitMs) };
}
