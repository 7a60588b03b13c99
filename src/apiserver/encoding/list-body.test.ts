import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { Entry } from '../cacher/entry.ts';
import { wholeOf } from '../http/long-body.ts';
import { ListBody } from './list-body.ts';

const HEAD = '{"items":[';
const entryOf = (name: string): Entry => Entry.ofObject(`/${name}`, 7, { kind: 'Pod', apiVersion: 'v1', metadata: { name } as KubeObject['metadata'] });
const SKIPPED = '"kind":"Pod","apiVersion":"v1",'.length;

for (const { title, names } of [{ title: 'none', names: [] }, { title: 'one', names: ['a'] }, { title: 'several', names: ['a', 'bb', 'ccc'] }]) {
  for (const pieceBytes of [1, 7, 64, 10_000]) {
    test(`joins ${title} in pieces of ${pieceBytes} bytes`, () => {
      const body = new ListBody(Buffer.from(HEAD), names.map(entryOf), SKIPPED);
      const pieces: Buffer[] = [];
      for (;;) {
        const piece = Buffer.alloc(pieceBytes);
        const bytes = body.fill(piece);
        if (bytes === 0) break;
        pieces.push(piece.subarray(0, bytes));
      }
      const text = Buffer.concat(pieces).toString();
      assert.equal(text.length, body.length);
      assert.deepEqual(JSON.parse(text), { items: names.map((name) => ({ metadata: { name, resourceVersion: '7' } })) });
    });
  }
}

test('gives the whole at once', () => {
  const whole = wholeOf(new ListBody(Buffer.from(HEAD), [entryOf('a')], 0));
  assert.equal(Buffer.from(whole).toString(), '{"items":[{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}}]}\n');
});
