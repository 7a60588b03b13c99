/** The definition of a custom kind in OpenAPI. */
import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { openApiSchema } from './custom-openapi.ts';

const GVK = { group: 'example.com', version: 'v1', kind: 'Shirt' };

suite('fields that objects of a custom kind are selected by', () => {
  const told = (...given: [{ jsonPath: string }[]?]): unknown => (openApiSchema({ type: 'object' }, GVK, ...given) as Record<string, unknown>)['x-kubernetes-selectable-fields'];

  test('are told by their paths', () => assert.deepEqual(told([{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }]), [{ fieldPath: 'spec.color' }, { fieldPath: 'spec.size' }]));
  test('are not told where there are none', () => assert.deepEqual([told([]), told()], [undefined, undefined]));
});
