import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CelError, compileExpression } from './expression.ts';

for (const { expression, variables, expected } of [
  { expression: 'self >= oldSelf', variables: { self: 5n, oldSelf: 4n }, expected: true },
  { expression: "self.metadata.name.startsWith('w-')", variables: { self: { metadata: { name: 'w-a' } } }, expected: true },
  { expression: 'has(self.a) && self.l.all(x, x > 1)', variables: { self: { a: 1n, l: [2n, 3n] } }, expected: true },
  { expression: "self.replace('a', 'b')", variables: { self: 'aca' }, expected: 'bcb' },
  { expression: '[3, 1, 2].isSorted()', variables: {}, expected: false },
  { expression: '[3, 1, 2].max()', variables: {}, expected: 3n },
  { expression: "self.?a.orValue('x')", variables: { self: {} }, expected: 'x' },
]) test(`evaluates ${expression}`, () => assert.deepEqual(compileExpression(expression).evaluate(variables), expected));

test('a key that is not there is an error', () => {
  assert.throws(() => compileExpression('self.spec.replicas < 10').evaluate({ self: { spec: {} } }), (error) => error instanceof CelError && error.message === 'no such key: replicas');
});

test('a text that is no expression is an error', () => {
  assert.throws(() => compileExpression('self ==='), CelError);
});
