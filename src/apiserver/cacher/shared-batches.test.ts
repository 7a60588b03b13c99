import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Change } from './change.ts';
import { Entry } from './entry.ts';
import { ResourceCache } from './resource-cache.ts';
import { wholeOf, type Selection } from './selection.ts';
import { KeptBytes, batchesOf } from './shared-batches.ts';
import type { WatchForm } from './watch-group.ts';

const PREFIX = '/registry/core/configmaps/';
const everything: Selection = wholeOf({ id: '', prefix: PREFIX });

function entryAt(name: string, revision: number, bytes = 10): Entry {
  return Entry.ofObject(`${PREFIX}default/${name}`, revision, {
    kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, uid: 'u', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z', annotations: { filler: 'x'.repeat(bytes) } },
  });
}

function cacheOf(count: number, bytes?: number): ResourceCache {
  const cache = new ResourceCache(0);
  for (let i = 1; i <= count; i++) cache.apply(new Change(i, entryAt(`a${String(i).padStart(6, '0')}`, i, bytes), undefined));
  return cache;
}

/** Tells what it has encoded. */
function countingForm(id = 'json'): WatchForm & { readonly encoded: string[] } {
  const encoded: string[] = [];
  return {
    id, encoded,
    encode: ({ type, entry }) => {
      encoded.push(entry.key);
      return Buffer.from(`${type} ${entry.key} ${entry.revision}\n`);
    },
  };
}

test('watchers that begin with the same state in the same form share its bytes while any of them takes it', () => {
  const cache = cacheOf(600);
  const form = countingForm();
  using one = cache.state(everything, 600, form);
  using other = cache.state(everything, 600, form);
  const texts = [one, other].map(({ batches }) => batches.map(({ bytes }) => bytes.toString()).join(''));
  assert.equal(texts[0], texts[1]);
  assert.equal(texts[0]?.split('\n').length, 601);
  assert.equal(form.encoded.length, 600, 'each is encoded once');
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assert.equal(cache.state(everything, 600, form).batches[0], other.batches[0], 'the other one still takes it, however often the first has let it go');
});

test('a state that nobody takes any more is forgotten, and made anew', () => {
  const cache = cacheOf(3);
  const form = countingForm();
  const first = cache.state(everything, 3, form);
  assert.equal(first.batches[0]?.bytes.length, 3 * `ADDED ${PREFIX}default/a000001 1\n`.length);
  first[Symbol.dispose]();
  using second = cache.state(everything, 3, form);
  assert.notEqual(second.batches[0], first.batches[0]);
  assert.equal(first.batches[0]?.bytes.length, second.batches[0]?.bytes.length);
});

test('other forms, other selections, and a state after a write are not shared', () => {
  const cache = cacheOf(3);
  const [form, table] = [countingForm(), countingForm('table')];
  using before = cache.state(everything, 3, form);
  using tables = cache.state(everything, 3, table);
  using one = cache.state({ id: 'one', prefix: PREFIX, key: `${PREFIX}default/a000002` }, 3, form);
  cache.apply(new Change(4, entryAt('b', 4), undefined));
  using after = cache.state(everything, 4, form);
  const counts = [before, tables, one, after].map(({ batches }) => batches.reduce((sum, { size }) => sum + size, 0));
  assert.deepEqual(counts, [3, 3, 1, 4]);
  assert.equal(tables.batches[0]?.bytes.length, before.batches[0]?.bytes.length);
  assert.equal(table.encoded.length, 3);
});

test('watchers that missed the same share it, those that missed more or less do not', () => {
  const cache = cacheOf(300);
  const form = countingForm();
  using one = cache.missed(everything, 100, form);
  using other = cache.missed(everything, 100, form);
  using less = cache.missed(everything, 200, form);
  using nothing = cache.missed(everything, 300, form);
  assert.equal(one?.batches[0], other?.batches[0]);
  assert.deepEqual([one, less, nothing].map((lease) => lease?.batches.map(({ bytes }) => bytes.toString()).join('').split('\n').length), [201, 101, 1]);
  assert.equal(form.encoded.length, 300);
  cache.apply(new Change(301, undefined, cache.get(`${PREFIX}default/a000001`)));
  using after = cache.missed(everything, 100, form);
  assert.equal(after?.batches.at(-1)?.bytes.toString().split('\n').at(-2), `DELETED ${PREFIX}default/a000001 301`);
  assert.equal(new ResourceCache(50).missed(everything, 49, form), undefined, 'the memory does not reach back so far');
});

test('the same holds of frames by themselves, which are not kept', () => {
  using state = cacheOf(2).state(everything, 2, countingForm());
  assert.deepEqual(state.batches.flatMap(({ frames }) => frames.map(String)), [1, 2].map((i) => `ADDED ${PREFIX}default/a00000${i} ${i}\n`));
});

test('only so many bytes are kept; who comes late encodes them again, to the same', () => {
  const kept = new KeptBytes();
  const seen = Array.from({ length: 200 }, (_, i) => {
    const entry = entryAt(`a${i}`, i, 60_000);
    return { change: new Change(i, entry, undefined), seen: { type: 'ADDED' as const, entry } };
  });
  const form: WatchForm = { id: 'json', encode: ({ entry }) => Buffer.from(entry.bytes) };
  const batches = batchesOf(seen, 200, form, kept);
  const first = batches.map(({ bytes }) => bytes);
  assert.ok(kept.bytes <= 4 << 20 && kept.bytes > 3 << 20, `${kept.bytes} bytes are kept of ${first.reduce((sum, { length }) => sum + length, 0)}`);
  assert.notEqual(batches[0]?.bytes, first[0], 'the oldest were forgotten');
  assert.deepEqual(batches[0]?.bytes, first[0]);
  assert.equal(batches.at(-1)?.bytes, first.at(-1));
  for (const batch of batches) kept.drop(batch);
  assert.equal(kept.bytes, 0);
});
