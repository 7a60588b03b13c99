import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuote } from './go-quote.ts';

for (const [text, quoted] of [
  ['a "b" \\', String.raw`"a \"b\" \\"`], ['a\nb\u0001\u007f', String.raw`"a\nb\x01\x7f"`], ['ä 😀', '"ä 😀"'], ['\u00a0\u2028\ufeff', String.raw`"\u00a0\u2028\ufeff"`], ['\ud800', '"\ufffd"'],
] as const) test(`quotes ${JSON.stringify(text)} as Go does`, () => assert.equal(goQuote(text), quoted));
