import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goJson } from './go-json.ts';
import { parseWhole } from './whole-numbers.ts';

test('keys are in order at every depth, elements stay where they are, and signs of HTML are escaped', () => {
  assert.equal(goJson({ b: [{ d: 1, c: '<a href="x">&</a>' }, 0], a: null }), '{"a":null,"b":[{"c":"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e","d":1},0]}');
});

test('whole numbers of 64 bits keep their digits', () => {
  assert.equal(goJson(parseWhole('{"n":9007199254740993}')), '{"n":9007199254740993}');
});
