import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRepeated } from './repeated-headers.ts';

const cases: { name: string; headers: Record<string, string>; raw: string[]; expected: object }[] = [
  { name: 'each once', headers: { host: 'a', 'impersonate-group': 'a,b' }, raw: ['Host', 'a', 'Impersonate-Group', 'a,b'], expected: { host: 'a', 'impersonate-group': 'a,b' } },
  { name: 'one twice, with a comma', headers: { 'impersonate-group': 'a,b, c' }, raw: ['Impersonate-Group', 'a,b', 'impersonate-group', 'c'], expected: { 'impersonate-group': ['a,b', 'c'] } },
  { name: 'a list of HTTP', headers: { accept: 'a, b' }, raw: ['accept', 'a', 'accept', 'b'], expected: { accept: 'a, b' } },
  { name: 'one of which the first counts', headers: { authorization: 'a' }, raw: ['authorization', 'a', 'authorization', 'b'], expected: { authorization: 'a' } },
  { name: 'odd names', headers: { constructor: 'a, b' }, raw: ['constructor', 'a', 'constructor', 'b'], expected: { constructor: ['a', 'b'] } },
];

for (const { name, headers, raw, expected } of cases) {
  test(`repeated headers: ${name}`, () => assert.deepEqual({ ...withRepeated(headers, raw) }, expected));
}
