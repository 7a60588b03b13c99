import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWhole, stringifyWhole } from './whole-numbers.ts';

for (const text of ['9223372036854775807', '-9223372036854775808', '9007199254740993', '1732732800123456789', '9007199254740991', '-1', '0', '1.5']) {
  test(`${text} is written as it was read`, () => assert.equal(stringifyWhole(parseWhole(`{"a":[${text}],"b": ${text}}`)), `{"a":[${text}],"b":${text}}`));
}

test('what is beyond 64 bits is a fraction', () => assert.deepEqual(parseWhole('[9223372036854775808, -9223372036854775809, 1e300]'), [2 ** 63, -(2 ** 63), 1e300]));

test('digits in texts and keys are left alone', () => {
  const text = '{"a":"1732732800123456789","1732732800123456789":{"__proto__":{"x":1732732800123456789}},"b":"x:1732732800123456789"}';
  assert.equal(stringifyWhole(parseWhole(text)), text);
});

for (const { name, value, replacer, space, expected } of [
  { name: 'with a replacer', value: { a: 1732732800123456789n, b: 1 }, replacer: (key: string, value: unknown): unknown => (key === 'b' ? undefined : value), expected: '{"a":1732732800123456789}' },
  { name: 'what a replacer makes', value: { a: 1 }, replacer: (key: string, value: unknown): unknown => (key === 'a' ? 2n ** 62n : value), expected: '{"a":4611686018427387904}' },
  { name: 'indented', value: [2n ** 53n], space: 2, expected: '[\n  9007199254740992\n]' },
  { name: 'alone', value: -(2n ** 63n), expected: '-9223372036854775808' },
]) test(`digits are written ${name}`, () => assert.equal(stringifyWhole(value, replacer, space), expected));

test('what JSON cannot write is an error still', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  assert.throws(() => stringifyWhole(circle), /circular/);
});

test('bigints of other programs are theirs', () => assert.ok(!('toJSON' in BigInt.prototype)));
