import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWhole } from './whole-numbers.ts';

for (const text of ['9223372036854775807', '-9223372036854775808', '9007199254740993', '1732732800123456789', '9007199254740991', '-1', '0', '1.5']) {
  test(`${text} is written as it was read`, () => assert.equal(JSON.stringify(parseWhole(`{"a":[${text}],"b": ${text}}`)), `{"a":[${text}],"b":${text}}`));
}

test('what is beyond 64 bits is a fraction', () => assert.deepEqual(parseWhole('[9223372036854775808, -9223372036854775809, 1e300]'), [2 ** 63, -(2 ** 63), 1e300]));

test('digits in texts and keys are left alone', () => {
  const text = '{"a":"1732732800123456789","1732732800123456789":{"__proto__":{"x":1732732800123456789}},"b":"x:1732732800123456789"}';
  assert.equal(JSON.stringify(parseWhole(text)), text);
});
