import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { CompactedError, type RangeOptions, type RangeResult, type WatchOptions } from '../../storage/store.ts';
import { Cacher, resourcePrefix } from './cacher.ts';
import type { ResourceCache } from './resource-cache.ts';

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

test('of a resource that is served no more nothing is kept, and who comes late is told', async () => {
  const clock = new VirtualClock();
  await using store = new MemoryStore({ clock });
  await store.start(signal);
  await using cacher = new Cacher({ store, clock, logger: silentLogger });
  await cacher.start(signal);
  const key = `${PREFIX}default/a`;
  const first = cacher.revision;
  const { revision } = await cacher.commit({ key, object: configMap('a'), expected: 0 });
  const told: string[] = [];
  const watcher = { receive: () => undefined, lost: () => void told.push('lost'), end: () => void told.push('end') };
  const join = (cache: ResourceCache): Disposable => cache.join(watcher, { id: 'all', prefix: PREFIX }, { id: 'json', encode: () => Buffer.alloc(0) });
  const before = cacher.resource(PREFIX);
  {
    using _early = join(before);
    cacher.retire(PREFIX);
    assert.deepEqual(told, ['end']);
    assert.equal(cacher.resource(PREFIX), before, 'while there are objects they can be read');
  }
  await cacher.commit({ key, object: undefined, expected: revision });
  cacher.retire(PREFIX);
  assert.equal(cacher.resources.has(PREFIX), false);
  using _late = join(before);
  await clock.settle();
  assert.deepEqual(told, ['end', 'lost']);
  assert.deepEqual((await cacher.history(PREFIX, first, signal)).map(({ current }) => current !== undefined), [true, false], 'its past can still be asked of the store');
});
