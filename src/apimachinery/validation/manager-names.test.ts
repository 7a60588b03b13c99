import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, FieldPath } from './field-errors.ts';
import { validateManagerName } from './manager-names.ts';

for (const [name, ...expected] of [
  ['kubectl client-side-apply'],
  ['é'.repeat(64)],
  ['é'.repeat(65), 'may not be more than 128 bytes'],
  ['a\u0001é\u00A0', 'invalid character U+0001 (at position 1)', 'invalid character U+00A0 (at position 4)'],
] as const) {
  test(`judges a manager's name: ${JSON.stringify(name)}`, () => {
    const errors = new FieldErrors();
    validateManagerName(name, FieldPath.of('fieldManager'), errors);
    assert.deepEqual(errors.causes.map(({ message }) => message.slice(message.lastIndexOf(': ') + 2)), expected);
  });
}
