import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { CompactedError, type RangeOptions, type RangeResult, type WatchOptions } from '../../storage/store.ts';
import { Cacher, resourcePrefix } from './cacher.ts';

const PREFIX = resourcePrefix('', 'configmaps');
const { signal } = new AbortController();

/** A memory store whose watch can be ended, as etcd ends one that is behind its history, and whose reads can be held up or fail. */
class TroubledStore extends MemoryStore {
  end: (reason: Error) => void = () => undefined;
  beforeRange: () => Promise<void> = () => Promise.resolve();

  override watch(options: WatchOptions): Disposable {
    const watch = super.watch(options);
    this.end = (reason) => {
      watch[Symbol.dispose]();
      options.onEnd(reason);
    };
    return watch;
  }

  override async range(options: RangeOptions): Promise<RangeResult> {
    await this.beforeRange();
    return super.range(options);
  }
}

const configMap = (name: string): KubeObject => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' } });

test('what is cached is served until everything has been read again, however often that takes', async () => {
  const clock = new VirtualClock();
  await using store = new TroubledStore({ clock });
  await store.start(signal);
  await using cacher = new Cacher({ store, clock, logger: silentLogger });
  await cacher.start(signal);
  const put = (name: string): Promise<unknown> => cacher.commit({ key: `${PREFIX}default/${name}`, object: configMap(name), expected: 0 });
  const keys = (): string[] => ['a', 'b', 'c'].filter((name) => cacher.resource(PREFIX).get(`${PREFIX}default/${name}`) !== undefined);
  await put('a');
  await put('b');

  const held = Promise.withResolvers<void>();
  let reads = 0;
  store.beforeRange = async () => {
    if (++reads === 1) throw new Error('the store is away');
    if (reads === 2) await held.promise;
  };
  const before = cacher.resource(PREFIX);
  let lost = 0;
  const watcher = { receive: () => undefined, lost: () => void lost++, end: () => undefined };
  const selection = { id: 'all', prefix: PREFIX };
  const form = { id: 'json', encode: () => Buffer.alloc(0) };
  using _early = before.join(watcher, selection, form);
  store.end(new CompactedError(1));
  const writing = put('c');
  await clock.advance(1000);
  assert.equal(reads, 2, 'it tries again');
  assert.deepEqual(keys(), ['a', 'b']);
  held.resolve();
  await writing;
  assert.deepEqual(keys(), ['a', 'b', 'c']);
  assert.equal(lost, 1);
  using _late = before.join(watcher, selection, form);
  await clock.settle();
  assert.equal(lost, 2, 'who watches what is no longer kept up is told at once');
});
