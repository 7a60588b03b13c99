import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicateFields, hasDuplicateKeys } from './duplicate-keys.ts';

for (const { name, text, expected } of [
  { name: 'none', text: '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', expected: [] },
  { name: 'one, in whatever depth', text: '{"a":1,"b":[{"c":1},{"c":{"d":1,"d":2}}]}', expected: ['duplicate field "b[1].c.d"'] },
  { name: 'colons, braces and quotes in strings are none', text: String.raw`{"a":"b:c\":\"d","e\":":"{\"a\":1}","f":"\\","g":"\\\\\":"}`, expected: [] },
  { name: 'a string that ends in backslashes is over', text: String.raw`{"a":"\\","b":"\\\\","a":1}`, expected: ['duplicate field "a"'] },
  { name: 'an escaped quote at the end does not end it', text: String.raw`{"a":"\"","b":"\\\"","b":"\\\"\\"}`, expected: ['duplicate field "b"'] },
  { name: 'white space may stand before a colon', text: '{ "a" : 1 ,\n\t"a"\t:\r\n2 }', expected: ['duplicate field "a"'] },
  { name: 'keys that every object has', text: '{"__proto__":{"a":1},"constructor":1,"__proto__":{}}', expected: ['duplicate field "__proto__"'] },
  { name: 'empty strings as keys and values', text: '{"":"","a":":"}', expected: [] },
]) {
  test(name, () => {
    assert.equal(hasDuplicateKeys(text, JSON.parse(text)), expected.length > 0);
    assert.deepEqual(duplicateFields(text), expected);
  });
}

for (const { name, text, unknown, expected } of [
  { name: 'unknown fields stand where they are in the text', text: '{"a":1,"x":1,"a":2,"y":1}', unknown: ['x', 'y'], expected: ['unknown field "x"', 'duplicate field "a"', 'unknown field "y"'] },
  { name: 'an unknown field that stands twice is unknown, no more', text: '{"x":1,"x":2}', unknown: ['x'], expected: ['unknown field "x"'] },
  { name: 'inside of an unknown field nothing is twice, after it there is', text: '{"a":[{"x":{"b":1,"b":2,"c":[{"d":1,"d":2}]},"b":1,"b":2}],"a":0}', unknown: ['a[0].x'], expected: ['unknown field "a[0].x"', 'duplicate field "a[0].b"', 'duplicate field "a"'] },
]) {
  test(name, () => assert.deepEqual(duplicateFields(text, unknown.map((path) => `unknown field ${JSON.stringify(path)}`)), expected));
}
