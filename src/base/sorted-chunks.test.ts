import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SortedChunks } from './sorted-chunks.ts';

interface Item {
  readonly key: string;
  readonly version: number;
}

/** So many that they take several lists. */
const COUNT = 3000;
const keyOf = (number: number): string => `/pods/${number}`;

/** Numbers below `COUNT`, each once, in no order. */
const numbers = Array.from({ length: COUNT }, (_, i) => (i * 7919) % COUNT);
const sortedKeys = numbers.map(keyOf).sort();

function filled(): SortedChunks<Item> {
  const items = new SortedChunks<Item>();
  for (const number of numbers) items.put({ key: keyOf(number), version: 1 });
  return items;
}

const keysOf = (items: Iterable<Item>): string[] => [...items].map(({ key }) => key);

test('items come in the order of their keys, whatever the order in which they were put in', () => {
  const items = filled();
  assert.deepEqual(keysOf(items.from('')), sortedKeys);
  assert.deepEqual(keysOf(items.from('/pods/2')), sortedKeys.filter((key) => key >= '/pods/2'));
  assert.equal(items.size, COUNT);
});

test('an item takes the place of the one with its key', () => {
  const items = filled();
  for (const number of numbers) if (number % 3 === 0) items.put({ key: keyOf(number), version: 2 });
  assert.equal(items.size, COUNT);
  assert.equal([...items.from('')].filter(({ version }) => version === 2).length, COUNT / 3);
});

test('items go by their keys, and those that are not there are no matter', () => {
  const items = filled();
  for (const number of numbers) if (number % 2 === 0) items.delete(keyOf(number));
  items.delete('/nothing');
  items.delete(keyOf(2));
  assert.deepEqual(keysOf(items.from('')), sortedKeys.filter((key) => Number(key.slice(6)) % 2 === 1));
  for (const number of numbers) items.delete(keyOf(number));
  assert.equal(items.size, 0);
  assert.deepEqual(keysOf(items.from('')), []);
  items.put({ key: 'again', version: 1 });
  assert.deepEqual(keysOf(items.slice('', 'b')), ['again']);
});

for (const [start, end] of [['', '0'], ['/pods/1', '/pods/2'], ['/pods/15', '/pods/2999'], ['/pods/2000', '/pods/20000'], ['/pods/5', '/pods/5'], ['/pods/6', '/pods/4'], ['a', 'b']] as const) {
  test(`from ${start || 'the first'} on, before ${end}`, () => {
    const items = filled();
    const expected = sortedKeys.filter((key) => key >= start && key < end);
    assert.deepEqual(keysOf(items.slice(start, end)), expected);
    assert.equal(items.count(start, end), expected.length);
  });
}

test('a sample is spread over all of them', () => {
  const items = filled();
  const sample = keysOf(items.sample(10));
  assert.deepEqual(sample, sortedKeys.filter((_, i) => i % (COUNT / 10) === 0));
  assert.deepEqual(keysOf(new SortedChunks<Item>().sample(10)), []);
  const few = new SortedChunks<Item>();
  for (const key of ['a', 'b', 'c']) few.put({ key, version: 1 });
  assert.deepEqual(keysOf(few.sample(10)), ['a', 'b', 'c']);
});
