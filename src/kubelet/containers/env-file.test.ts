import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnvFile } from './env-file.ts';

for (const { name, text, expected } of [
  { name: 'blank lines and comments are passed over', text: "\n# of two\n  A='1'\n\t\nB='2' # the second\n", expected: { A: '1', B: '2' } },
  { name: 'what is between quotes is taken as it is', text: "A='$HOME #no \"x\" = \\n  '\n", expected: { A: '$HOME #no "x" = \\n  ' } },
  { name: 'a value may go over lines', text: "A='one\n# two\nthree'\nB=''", expected: { A: 'one\n# two\nthree', B: '' } },
  { name: 'the last of a name counts', text: "A='1'\nA='2'\n", expected: { A: '2' } },
  { name: 'nothing is in an empty file', text: '', expected: {} },
]) test(`env files: ${name}`, () => assert.deepEqual(Object.fromEntries(parseEnvFile(text)), expected));

for (const { name, text, line } of [
  { name: 'no quotes', text: "A='1'\nB=2\n", line: 2 },
  { name: 'a quote that does not end', text: "A='1'\n\nB='2\nC=\n", line: 3 },
  { name: 'something after the quote', text: "A='1' x\n", line: 1 },
  { name: 'no name', text: "='1'\n", line: 1 },
  { name: 'spaces around the sign', text: "A = '1'\n", line: 1 },
]) test(`env files: refused for ${name}`, () => assert.throws(() => parseEnvFile(text), { message: `invalid environment variable format at line ${line}` }));
