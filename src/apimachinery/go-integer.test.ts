import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoInteger, parseGoUnsigned } from './go-integer.ts';

for (const [text, expected] of [['7', 7], ['+7', 7], ['-1', -1], ['9223372036854775807', 2 ** 63]] as const) test(`${text} is a number`, () => assert.equal(parseGoInteger(text), expected));

for (const [text, why] of [['', 'invalid syntax'], ['1.5', 'invalid syntax'], ['0x1', 'invalid syntax'], ['1\u0007', 'invalid syntax'], ['9223372036854775808', 'value out of range'], ['-9223372036854775809', 'value out of range']] as const) {
  test(`${JSON.stringify(text)} is none`, () => assert.throws(() => parseGoInteger(text), (error) => error instanceof RangeError && error.message.startsWith('strconv.ParseInt: parsing "') && error.message.endsWith(`": ${why}`)));
}

for (const [text, expected] of [['0', 0], ['007', 7], ['18446744073709551615', 2 ** 64]] as const) test(`${text} is a number without a sign`, () => assert.equal(parseGoUnsigned(text), expected));

for (const [text, why] of [['', 'invalid syntax'], ['+1', 'invalid syntax'], ['-1', 'invalid syntax'], ['18446744073709551616', 'value out of range']] as const) {
  test(`${JSON.stringify(text)} is no number without a sign`, () => assert.throws(() => parseGoUnsigned(text), { name: 'RangeError', message: `strconv.ParseUint: parsing "${text}": ${why}` }));
}
