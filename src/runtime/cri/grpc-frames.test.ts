import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, frameOf } from './grpc-frames.ts';

const texts = (reader: FrameReader, piece: Buffer): string[] => [...reader.take(piece)].map((message) => message.toString());

test('messages come out whole, however they are cut', () => {
  const stream = Buffer.concat(['', 'one', 'a longer one', ''].map((text) => frameOf(Buffer.from(text))));
  for (let size = 1; size <= stream.length; size++) {
    const reader = new FrameReader();
    const got: string[] = [];
    for (let at = 0; at < stream.length; at += size) got.push(...texts(reader, stream.subarray(at, at + size)));
    assert.deepEqual(got, ['', 'one', 'a longer one', '']);
  }
});

test('what is compressed or no message at all is refused', () => {
  assert.throws(() => texts(new FrameReader(), Buffer.from([1, 0, 0, 0, 0])), RangeError);
  assert.throws(() => texts(new FrameReader(), Buffer.from('HTTP/1.1 400')), RangeError);
});
