import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunkable, framed } from './chunked.ts';

for (const length of [1, 15, 16, 255, 65_536, 300_000]) {
  test(`${length} bytes are one chunk, whether there was room around them or not`, () => {
    const bytes = chunkable(length).fill('a');
    const expected = `${length.toString(16)}\r\n${'a'.repeat(length)}\r\n`;
    assert.equal(framed(bytes).toString(), expected);
    assert.equal(framed(Buffer.alloc(length, 'a')).toString(), expected);
  });
}

test('what was made with room around it is not copied', () => {
  const bytes = chunkable(3);
  const chunk = framed(bytes);
  bytes.write('new');
  assert.equal(chunk.toString(), '3\r\nnew\r\n');
  assert.equal(framed(bytes), chunk);
});

test('other bytes of the same length are another chunk', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('two')];
  assert.deepEqual([one, other, one].map((bytes) => framed(bytes).toString()), ['3\r\none\r\n', '3\r\ntwo\r\n', '3\r\none\r\n']);
});
