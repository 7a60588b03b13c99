import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIndexes, parseIndexes } from './indexes.ts';

for (const { text, indexes } of [
  { text: '', indexes: [] },
  { text: '1', indexes: [1] },
  { text: '0,1', indexes: [0, 1] },
  { text: '0-2,5', indexes: [0, 1, 2, 5] },
]) {
  test(`"${text}" is ${indexes.length} indexes, and back`, () => {
    assert.deepEqual([...parseIndexes(text, 10)], indexes);
    assert.equal(formatIndexes(new Set(indexes)), text);
  });
}

test('indexes from the completions on, and what is no index, count for nothing', () => assert.deepEqual([...parseIndexes('x,1-9', 3)], [1, 2]));
