import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validityOf } from './validity.ts';

const MINUTE = 60_000;
const cases = [
  { minutes: 10, after: 10 },
  { minutes: 8 * 60 - 1, after: 8 * 60 - 1 },
  { minutes: 8 * 60, after: 8 * 60 - 5 },
  { minutes: 365 * 24 * 60, after: 365 * 24 * 60 - 5 },
];

for (const { minutes, after } of cases) {
  test(`a certificate for ${minutes} minutes is valid from five minutes ago for ${after} minutes`, () => {
    assert.deepEqual(validityOf(1000 * MINUTE, minutes * MINUTE), { notBefore: 995 * MINUTE, notAfter: (1000 + after) * MINUTE });
  });
}
