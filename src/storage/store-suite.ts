import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, SystemClock } from '../base/clock.ts';
import { CompactedError, FutureRevisionError, RevisionMismatchError, type Store, type StoreEvent } from './store.ts';

/** How the suite gets a store of an engine; `skip` tells why it cannot. */
export interface StoreUnderTest {
  /** An empty, started store; the suite disposes it. */
  open(clock: Clock): Promise<Store>;
  /** Lets `ms` pass for a store of this engine. */
  pass(clock: Clock, ms: number): Promise<void>;
  clock(): Clock;
  readonly skip?: string | undefined;
  /** Whether writes are decided within the call of `commit`; over a network they are decided as they arrive. */
  readonly decidesInCall: boolean;
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();
const brief = (event: StoreEvent): string => `${event.revision} ${event.type} ${event.key} ${text(event.value) ?? '-'} < ${text(event.previous?.value) ?? '-'}`;

/** Collects what a watch says. */
export class Recorder implements Disposable {
  readonly events: StoreEvent[] = [];
  revision = 0;
  ended: Error | undefined;
  readonly #handle: Disposable;
  readonly #clock = new SystemClock();

  constructor(store: Store, prefix: string, revision: number) {
    this.#handle = store.watch({
      prefix,
      revision,
      onEvents: (events, upTo) => {
        assert.equal(this.ended, undefined);
        this.events.push(...events);
        this.revision = upTo;
      },
      onEnd: (reason) => {
        assert.equal(this.ended, undefined);
        this.ended = reason;
      },
    });
  }

  get brief(): string[] {
    return this.events.map(brief);
  }

  /** Waits for a condition, ten seconds at most. */
  async until(condition: (recorder: this) => boolean): Promise<void> {
    const deadline = this.#clock.monotonic() + 10_000;
    while (!condition(this)) {
      assert.ok(this.#clock.monotonic() < deadline, `timed out at revision ${this.revision}: ${this.brief.join('; ')} ${this.ended?.message ?? ''}`);
      await this.#clock.sleep(1, new AbortController().signal);
    }
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}

async function put(store: Store, key: string, value: string, expected?: number): Promise<number> {
  return (await store.commit({ key, value: bytes(value), expected })).revision;
}

async function remove(store: Store, key: string, expected?: number): Promise<number> {
  return (await store.commit({ key, value: undefined, expected })).revision;
}

async function keys(store: Store, options: Parameters<Store['range']>[0]): Promise<string> {
  const { items, remaining } = await store.range(options);
  return `${items.map((item) => `${item.key}=${text(item.value)}`).join(' ')} +${remaining}`;
}

/** What every engine of the `Store` contract must do. */
export function storeSuite(name: string, engine: StoreUnderTest): void {
  const check = (title: string, body: (store: Store, clock: Clock) => Promise<void>): void => {
    void test(title, { skip: engine.skip, timeout: 60_000 }, async () => {
      const clock = engine.clock();
      await using store = await engine.open(clock);
      await body(store, clock);
    });
  };
  void describe(`${name}: writes`, () => writes(check));
  void describe(`${name}: concurrent writes`, () => concurrentWrites(check, engine));
  void describe(`${name}: ranges`, () => ranges(check));
  void describe(`${name}: watches`, () => watches(check));
  void describe(`${name}: history and expiry`, () => history(check, engine));
}

type Check = (title: string, body: (store: Store, clock: Clock) => Promise<void>) => void;

function writes(check: Check): void {
  check('an empty store is at revision 1 and each write takes the next one', async (store) => {
    assert.equal(store.revision, 1);
    assert.equal(await put(store, '/a', 'one', 0), 2);
    assert.equal(store.revision, 2);
    assert.equal(await put(store, '/b', 'two'), 3);
    assert.equal(await remove(store, '/a', 2), 4);
    assert.equal(store.revision, 4);
  });

  check('a write tells the state before it, and a read the revisions of creation and last write', async (store) => {
    assert.deepEqual(await store.commit({ key: '/a', value: bytes('one'), expected: 0 }), { revision: 2, previous: undefined });
    const second = await store.commit({ key: '/a', value: bytes('two'), expected: 2 });
    assert.deepEqual([second.revision, second.previous?.modRevision, text(second.previous?.value)], [3, 2, 'one']);
    const stored = await store.get('/a');
    assert.deepEqual([stored?.key, text(stored?.value), stored?.createRevision, stored?.modRevision], ['/a', 'two', 2, 3]);
    const gone = await store.commit({ key: '/a', value: undefined, expected: undefined });
    assert.deepEqual([gone.revision, gone.previous?.createRevision, gone.previous?.modRevision, text(gone.previous?.value)], [4, 2, 3, 'two']);
    assert.equal(await store.get('/a'), undefined);
    await put(store, '/a', 'three', 0);
    assert.equal((await store.get('/a'))?.createRevision, 5);
  });

  check('a write that expects another head is refused with what is there', async (store) => {
    await put(store, '/a', 'one');
    for (const { expected, value } of [{ expected: 0, value: bytes('x') }, { expected: 7, value: bytes('x') }, { expected: 1, value: undefined }]) {
      await assert.rejects(store.commit({ key: '/a', value, expected }), (error) => error instanceof RevisionMismatchError && error.current?.modRevision === 2 && text(error.current.value) === 'one');
    }
    await assert.rejects(store.commit({ key: '/none', value: bytes('x'), expected: 2 }), (error) => error instanceof RevisionMismatchError && error.current === undefined);
    assert.equal(store.revision, 2);
  });

  check('deleting what is not there writes nothing', async (store) => {
    await put(store, '/a', 'one');
    assert.deepEqual(await store.commit({ key: '/b', value: undefined, expected: undefined }), { revision: 2, previous: undefined });
    assert.equal(store.revision, 2);
  });
}

function concurrentWrites(check: Check, engine: StoreUnderTest): void {
  check('of many writers at one key one wins each revision, and no two writes share one', async (store) => {
    await put(store, '/counter', '0');
    const seen = new Set<number>();
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let done = 0; done < 10; ) {
          const head = await store.get('/counter');
          assert.ok(head);
          try {
            const revision = await put(store, '/counter', String(Number(text(head.value)) + 1), head.modRevision);
            assert.ok(!seen.has(revision));
            seen.add(revision);
            done++;
          } catch (error) {
            if (!(error instanceof RevisionMismatchError)) throw error;
          }
          const own = await put(store, `/own/${writer}`, String(done));
          assert.ok(!seen.has(own));
          seen.add(own);
        }
      }),
    );
    assert.equal(text((await store.get('/counter'))?.value), '160');
    assert.equal(store.revision, 2 + seen.size);
  });

  if (engine.decidesInCall) check('writes of one caller that does not wait are decided in their order', async (store) => {
    const results = await Promise.allSettled([put(store, '/a', 'one', 0), put(store, '/a', 'two', 2), put(store, '/a', 'three', 2), remove(store, '/a', 3), put(store, '/a', 'four', 0)]);
    assert.deepEqual(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.name)), [2, 3, 'RevisionMismatchError', 4, 5]);
    assert.equal(text((await store.get('/a'))?.value), 'four');
  });

  check('keys and values are only bytes', async (store) => {
    const values = ['/__proto__', '/constructor', '/a/ü/é', '/a b'];
    for (const key of values) await store.commit({ key, value: new Uint8Array([0, 255, 1, 254]), expected: 0 });
    await store.commit({ key: '/empty', value: new Uint8Array(0), expected: 0 });
    for (const key of values) assert.deepEqual([...((await store.get(key))?.value ?? [])], [0, 255, 1, 254]);
    assert.equal((await store.get('/empty'))?.value.length, 0);
    const big = new Uint8Array(1_400_000).fill(7);
    await store.commit({ key: '/big', value: big, expected: 0 });
    assert.ok(Buffer.from((await store.get('/big'))?.value ?? []).equals(big));
  });
}

function ranges(check: Check): void {
  check('a range gives keys with the prefix in order, after a key, cut at a limit', async (store) => {
    for (const key of ['/b/2', '/a/3', '/a/1', '/a/2', '/c', '/a']) await put(store, key, key.slice(-1));
    assert.equal(await keys(store, { prefix: '/a/' }), '/a/1=1 /a/2=2 /a/3=3 +0');
    assert.equal(await keys(store, { prefix: '/a/', limit: 2 }), '/a/1=1 /a/2=2 +1');
    assert.equal(await keys(store, { prefix: '/a/', after: '/a/1', limit: 1 }), '/a/2=2 +1');
    assert.equal(await keys(store, { prefix: '/a/', after: '/a/3' }), ' +0');
    assert.equal(await keys(store, { prefix: '/a/', after: '/a/1x' }), '/a/2=2 /a/3=3 +0');
    assert.equal(await keys(store, { prefix: '/x' }), ' +0');
    assert.equal(await keys(store, { prefix: '/' }), '/a=a /a/1=1 /a/2=2 /a/3=3 /b/2=2 /c=c +0');
    assert.equal(await store.count('/a/'), 3);
    assert.equal(await store.count('/a'), 4);
    assert.equal((await store.range({ prefix: '/a/' })).revision, 7);
  });

  check('a list at an older revision stays exact while it is paged and others write', async (store) => {
    for (const key of ['/p/1', '/p/2', '/p/3', '/p/4']) await put(store, key, 'old');
    const first = await store.range({ prefix: '/p/', limit: 1 });
    assert.deepEqual([first.revision, first.remaining], [5, 3]);
    await put(store, '/p/2', 'new');
    await put(store, '/p/2', 'newer');
    await remove(store, '/p/3');
    await put(store, '/p/0', 'new');
    await remove(store, '/p/4');
    await put(store, '/p/4', 'again');
    assert.equal(await keys(store, { prefix: '/p/', after: '/p/1', revision: 5, limit: 2 }), '/p/2=old /p/3=old +1');
    assert.equal(await keys(store, { prefix: '/p/', revision: 5 }), '/p/1=old /p/2=old /p/3=old /p/4=old +0');
    assert.equal(await keys(store, { prefix: '/p/', revision: 6 }), '/p/1=old /p/2=new /p/3=old /p/4=old +0');
    assert.equal(await keys(store, { prefix: '/p/', revision: 10 }), '/p/0=new /p/1=old /p/2=newer +0');
    assert.equal(await keys(store, { prefix: '/p/' }), '/p/0=new /p/1=old /p/2=newer /p/4=again +0');
    const old = (await store.range({ prefix: '/p/4', revision: 9 })).items[0];
    assert.deepEqual([old?.createRevision, old?.modRevision], [5, 5]);
  });

  check('a revision to come cannot be read', async (store) => {
    await put(store, '/a', 'one');
    await assert.rejects(store.range({ prefix: '/', revision: 3 }), FutureRevisionError);
  });

  check('thousands of keys come in order', async (store) => {
    const names = Array.from({ length: 3000 }, (_, index) => `/many/${String((index * 7919) % 3000).padStart(5, '0')}`);
    await Promise.all(names.map((name) => put(store, name, 'x')));
    await Promise.all(names.filter((_, index) => index % 3 === 0).map((name) => remove(store, name)));
    const expected = names.filter((_, index) => index % 3 !== 0).sort();
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.range({ prefix: '/many/', limit: 300, ...(after !== undefined && { after }) });
      seen.push(...page.items.map((item) => item.key));
      assert.equal(page.remaining, expected.length - seen.length);
      if (page.remaining === 0) break;
      after = page.items.at(-1)?.key;
    }
    assert.deepEqual(seen, expected);
  });
}

function watches(check: Check): void {
  check('a watch gets every write after its revision once, in order, with the states before', async (store) => {
    await put(store, '/w/1', 'a');
    await put(store, '/other', 'x');
    using fromStart = new Recorder(store, '/w/', 1);
    using fromNow = new Recorder(store, '/w/', store.revision);
    await put(store, '/w/1', 'b');
    await put(store, '/w/2', 'c');
    await remove(store, '/w/1');
    await put(store, '/w/1', 'd');
    const live = ['4 put /w/1 b < a', '5 put /w/2 c < -', '6 delete /w/1 - < b', '7 put /w/1 d < -'];
    await fromNow.until((watch) => watch.revision === 7);
    await fromStart.until((watch) => watch.revision === 7);
    assert.deepEqual(fromNow.brief, live);
    assert.deepEqual(fromStart.brief, ['2 put /w/1 a < -', ...live]);
    assert.equal(fromNow.events[0]?.previous?.modRevision, 2);
    using resumed = new Recorder(store, '/w/', 5);
    await resumed.until((watch) => watch.revision === 7);
    assert.deepEqual(resumed.brief, live.slice(2));
    assert.deepEqual([resumed.events[0]?.previous?.createRevision, resumed.events[0]?.previous?.modRevision], [2, 4]);
  });

  check('a disposed watch hears nothing more, and disposing the store ends watches silently', async (store) => {
    const disposed = new Recorder(store, '/', store.revision);
    using other = new Recorder(store, '/', store.revision);
    using late = new Recorder(store, '/', store.revision);
    disposed[Symbol.dispose]();
    await put(store, '/a', 'one');
    await late.until((watch) => watch.revision === 2);
    await other.until((watch) => watch.revision === 2);
    assert.deepEqual(disposed.events, []);
    await store[Symbol.asyncDispose]();
    await store.done;
    assert.equal(other.ended, undefined);
    await assert.rejects(store.get('/a'));
    await assert.rejects(put(store, '/a', 'two'));
  });

  check('watches see all of a storm of writes, wherever they begin in it', async (store) => {
    const recorders: Recorder[] = [];
    const storm = Array.from({ length: 20 }, async (_, writer) => {
      for (let round = 0; round < 30; round++) {
        if (round % 10 === 0) recorders.push(new Recorder(store, '/s/', round === 0 ? 1 : store.revision - 10));
        await put(store, `/s/${writer}`, String(round));
      }
    });
    await Promise.all(storm);
    for (const recorder of recorders) {
      await recorder.until((watch) => watch.revision >= store.revision);
      const first = recorder.events[0]?.revision ?? 0;
      assert.deepEqual(recorder.events.map((event) => event.revision), Array.from({ length: 602 - first }, (_, index) => first + index));
      recorder[Symbol.dispose]();
    }
    assert.equal(recorders.length, 60);
  });

  check('a watch from a revision to come waits for it', async (store) => {
    using watch = new Recorder(store, '/', 3);
    for (const value of ['2', '3', '4', '5']) await put(store, '/a', value);
    await watch.until((recorder) => recorder.revision === 5);
    assert.deepEqual(watch.brief, ['4 put /a 4 < 3', '5 put /a 5 < 4']);
  });

  check('whoever is told of a write can read it', async (store) => {
    const wrong: string[] = [];
    let checks = 0;
    const read = async (event: StoreEvent): Promise<void> => {
      const stored = await store.get(event.key);
      if ((stored?.modRevision ?? 0) < event.revision) wrong.push(brief(event));
      checks++;
    };
    using _watch = store.watch({ prefix: '/', revision: 1, onEvents: (events) => void events.map(read), onEnd: (reason) => wrong.push(reason.message) });
    using done = new Recorder(store, '/', 1);
    await Promise.all(Array.from({ length: 100 }, (_, index) => put(store, `/${index % 10}`, 'x')));
    await done.until(() => checks === 100);
    assert.deepEqual(wrong, []);
  });
}

function history(check: Check, engine: StoreUnderTest): void {
  check('compaction forgets what is older, and keeps what is current', async (store) => {
    await put(store, '/a', '2');
    await put(store, '/b', '3');
    await put(store, '/a', '4');
    await remove(store, '/b');
    await put(store, '/a', '6');
    await put(store, '/c', '7');
    await store.compact(5);
    await assert.rejects(store.range({ prefix: '/', revision: 4 }), (error) => error instanceof CompactedError && error.compactedRevision === 5);
    assert.equal(store.compacted, 5);
    assert.equal(await keys(store, { prefix: '/', revision: 5 }), '/a=4 +0');
    assert.equal(await keys(store, { prefix: '/' }), '/a=6 /c=7 +0');
    using old = new Recorder(store, '/', 3);
    await old.until((watch) => watch.ended !== undefined);
    assert.ok(old.ended instanceof CompactedError);
    assert.deepEqual(old.events, []);
    using held = new Recorder(store, '/', 5);
    await held.until((watch) => watch.revision === 7);
    assert.deepEqual(held.brief, ['6 put /a 6 < 4', '7 put /c 7 < -']);
    await store.compact(5);
    await assert.rejects(store.compact(8), FutureRevisionError);
    await store.compact(7);
    assert.equal(await keys(store, { prefix: '/', revision: 7 }), '/a=6 /c=7 +0');
    assert.equal(await put(store, '/b', '8', 0), 8);
  });

  check('a live watch outlives a compaction', async (store) => {
    using watch = new Recorder(store, '/', 1);
    for (let round = 0; round < 5; round++) await put(store, '/a', String(round));
    await watch.until((recorder) => recorder.revision === 6);
    await store.compact(6);
    await put(store, '/a', 'last');
    await watch.until((recorder) => recorder.revision === 7);
    assert.equal(watch.events.length, 6);
    assert.equal(watch.ended, undefined);
  });

  check('a key with a time to live is deleted when it is over, unless it was written again', async (store, clock) => {
    await store.commit({ key: '/short', value: bytes('a'), expected: 0, ttlSeconds: 10 });
    await store.commit({ key: '/renewed', value: bytes('a'), expected: 0, ttlSeconds: 10 });
    await store.commit({ key: '/kept', value: bytes('a'), expected: 0, ttlSeconds: 10 });
    await store.commit({ key: '/renewed', value: bytes('b'), expected: 3, ttlSeconds: 3600 });
    await store.commit({ key: '/kept', value: bytes('b'), expected: 4 });
    using watch = new Recorder(store, '/', store.revision);
    await engine.pass(clock, 500);
    assert.equal(await store.count('/'), 3);
    await engine.pass(clock, 9600);
    await watch.until((recorder) => recorder.events.length > 0);
    assert.deepEqual(watch.brief, ['7 delete /short - < a']);
    assert.equal(await keys(store, { prefix: '/' }), '/kept=b /renewed=b +0');
  });
}
