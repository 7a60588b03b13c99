import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTrue, parsesAsTrue } from './query-boolean.ts';

for (const [value, expected] of [[undefined, false], [null, false], ['', true], ['true', true], ['True', true], ['1', true], ['yes', true], ['false', false], ['False', false], ['0', false]] as const) {
  test(`${value === '' ? 'an empty parameter' : String(value)} is ${expected}`, () => assert.equal(isTrue(value), expected));
}

for (const [text, expected] of [['t', true], ['TRUE', true], ['tRUE', false], ['yes', false], ['', false]] as const) {
  test(`"${text}" parses as ${expected}`, () => assert.equal(parsesAsTrue(text), expected));
}
