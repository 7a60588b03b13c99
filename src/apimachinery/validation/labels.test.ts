import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FieldErrors, FieldPath } from './field-errors.ts';
import { isLabelValue, isQualifiedName, validateLabelSelector } from './labels.ts';

suite('qualified names', () => {
  for (const { name, faults } of [
    { name: 'app', faults: 0 },
    { name: 'example.com/App_1.2-x', faults: 0 },
    { name: '', faults: 2 },
    { name: '/a', faults: 1 },
    { name: 'a/b/c', faults: 1 },
    { name: 'Example.com/a', faults: 1 },
    { name: 'x'.repeat(64), faults: 1 },
    { name: '-a', faults: 1 },
  ]) test(`${JSON.stringify(name)} has ${faults} faults`, () => assert.equal(isQualifiedName(name).length, faults));
});

test('label values may be empty and are at most 63 long', () => {
  assert.deepEqual(isLabelValue(''), []);
  assert.deepEqual(isLabelValue('v'.repeat(64)), ['must be no more than 63 bytes']);
});

test('requirements of a selector have values exactly when their operator needs them', () => {
  const errors = new FieldErrors();
  const matchExpressions = [
    { key: 'a', operator: 'In' }, { key: 'b', operator: 'Exists', values: ['x'] }, { key: 'c', operator: 'Like' }, { key: 'd', operator: 'NotIn', values: ['x'] },
  ];
  validateLabelSelector({ matchExpressions }, FieldPath.of('selector'), errors);
  assert.deepEqual(errors.causes.map((cause) => cause.field), [
    'selector.matchExpressions[0].values', 'selector.matchExpressions[1].values', 'selector.matchExpressions[2].operator',
  ]);
});
