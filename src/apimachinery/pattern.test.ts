import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, PatternError } from './pattern.ts';

test('a pattern that would stall a backtracking engine is answered at once', () => {
  assert.equal(compilePattern('^(a+)+$').test(`${'a'.repeat(50_000)}!`), false);
});

for (const { pattern, text, expected } of [
  { pattern: '^[a-z]+$', text: 'abc', expected: true },
  { pattern: 'b', text: 'abc', expected: true },
  { pattern: '^b', text: 'abc', expected: false },
  { pattern: '\\d{2}', text: 'a12', expected: true },
]) test(`${pattern} in ${text}`, () => assert.equal(compilePattern(pattern).test(text), expected));

for (const [pattern, message] of [
  ['[', 'error parsing regexp: missing closing ]: `[`'],
  ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
] as const) test(`${pattern} is no pattern of RE2`, () => assert.throws(() => compilePattern(pattern), (error) => error instanceof PatternError && error.message === message));
