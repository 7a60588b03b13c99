import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LENGTH_DELIMITED, ProtoReader, ProtoWriter, VARINT } from './wire.ts';

for (const { name, value } of [
  { name: 'zero', value: 0 },
  { name: 'one byte', value: 127 },
  { name: 'two bytes', value: 128 },
  { name: 'the largest of 32 bits', value: 2 ** 32 - 1 },
  { name: 'just beyond 32 bits', value: 2 ** 32 },
  { name: 'the largest safe one', value: Number.MAX_SAFE_INTEGER },
  { name: 'minus one', value: -1 },
  { name: 'the smallest of 32 bits', value: -(2 ** 31) },
  { name: 'a large negative one', value: -(2 ** 52) },
]) {
  test(`a 64-bit number comes back as it went: ${name}`, () => {
    const writer = new ProtoWriter(1);
    writer.int64(value);
    const reader = new ProtoReader(writer.finish());
    assert.equal(reader.int64(), value);
    assert.ok(reader.atEnd);
  });
}

test('a nested message is preceded by its length, however long', () => {
  for (const size of [0, 1, 126, 127, 128, 20_000]) {
    const writer = new ProtoWriter(4);
    writer.tag(3, LENGTH_DELIMITED);
    const mark = writer.begin();
    writer.tag(1, LENGTH_DELIMITED);
    writer.string('é'.repeat(size));
    writer.end(mark);
    writer.tag(4, VARINT);
    writer.bool(true);
    const reader = new ProtoReader(writer.finish());
    assert.equal(reader.next(), 3);
    const nested = reader.message();
    assert.equal(nested.next(), 1);
    assert.equal(nested.string(), 'é'.repeat(size));
    assert.equal(nested.next(), 0);
    assert.equal(reader.next(), 4);
    assert.equal(reader.bool(), true);
    assert.equal(reader.next(), 0);
  }
});

test('unknown fields are passed over', () => {
  const writer = new ProtoWriter();
  writer.tag(1, VARINT);
  writer.int64(-5);
  writer.tag(2, LENGTH_DELIMITED);
  writer.string('x');
  writer.tag(3, 1);
  writer.double(1.5);
  writer.tag(4, VARINT);
  writer.uint32(7);
  const reader = new ProtoReader(writer.finish());
  for (const field of [1, 2, 3]) {
    assert.equal(reader.next(), field);
    reader.skip();
  }
  assert.equal(reader.next(), 4);
  assert.equal(reader.uint32(), 7);
});

test('a message that ends too early is a RangeError', () => {
  const reader = new ProtoReader(Uint8Array.of(0x0a, 0x05, 0x61));
  reader.next();
  assert.throws(() => reader.string(), RangeError);
});
