import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { GzipBody } from './gzip-body.ts';
import { BytesBody, PIECE_BYTES } from './long-body.ts';

async function collected(body: GzipBody): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const target = Buffer.alloc(PIECE_BYTES);
    const bytes = await body.fill(target);
    if (bytes === 0) return Buffer.concat(pieces);
    pieces.push(target.subarray(0, bytes));
  }
}

for (const { name, bytes } of [
  { name: 'nothing', bytes: Buffer.alloc(0) },
  { name: 'a few bytes', bytes: Buffer.from('hello') },
  { name: 'many pieces', bytes: Buffer.from(JSON.stringify(Array.from({ length: 100_000 }, (_, i) => ({ name: `object-${i}` })))) },
  { name: 'bytes that cannot be made shorter', bytes: randomBytes(1_000_000) },
]) {
  test(`${name} come out as they went in`, async () => {
    assert.deepEqual(gunzipSync(await collected(new GzipBody(new BytesBody(bytes)))), bytes);
  });
}
