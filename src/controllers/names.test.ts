import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllers } from './index.ts';
import { controllerNames } from './names.ts';

test('there is a controller for each name', () => {
  assert.deepEqual(controllers.map(({ name }) => name).toSorted(), controllerNames.map(({ name }) => name).toSorted());
});
