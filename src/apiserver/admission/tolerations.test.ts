import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergedTolerations } from './tolerations.ts';

for (const { name, given, expected } of [
  { name: 'equal ones are kept once', given: [{ key: 'a', operator: 'Exists' }, { key: 'a', operator: 'Exists' }], expected: [{ key: 'a', operator: 'Exists' }] },
  { name: 'a wider one takes the place of narrower ones before it', given: [{ key: 'a', operator: 'Equal', value: 'x', effect: 'NoSchedule' }, { key: 'a', operator: 'Exists' }], expected: [{ key: 'a', operator: 'Exists' }] },
  { name: 'a narrower one adds nothing', given: [{ operator: 'Exists' }, { key: 'b', operator: 'Exists', effect: 'NoExecute' }], expected: [{ operator: 'Exists' }] },
  { name: 'others stay in their order', given: [{ key: 'b', operator: 'Exists' }, { key: 'a', value: 'x' }], expected: [{ key: 'b', operator: 'Exists' }, { key: 'a', value: 'x' }] },
]) test(name, () => assert.deepEqual(mergedTolerations(given), expected));
