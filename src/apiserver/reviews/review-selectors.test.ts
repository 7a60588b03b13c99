import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewSelectors } from './review-selectors.ts';

for (const { name, attributes, expected } of [
  { name: 'none', attributes: {}, expected: { problems: [] } },
  { name: 'texts', attributes: { fieldSelector: { rawSelector: 'spec.nodeName==a,b!=c' }, labelSelector: { rawSelector: 'a in (y,x)' } }, expected: { fieldSelector: 'b!=c,spec.nodeName=a', labelSelector: 'a in (x,y)', problems: [] } },
  { name: 'requirements', attributes: {
    fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['a,b'] }] },
    labelSelector: { requirements: [{ key: 'a', operator: 'NotIn', values: ['y', 'x'] }, { key: 'b', operator: 'Exists' }, { key: 'c', operator: 'DoesNotExist' }] },
  }, expected: { fieldSelector: 'spec.nodeName=a\\,b', labelSelector: 'a notin (x,y),b,!c', problems: [] } },
  { name: 'several values of a field cannot be said', attributes: { fieldSelector: { requirements: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] } }, expected: { problems: ['spec.resourceAttributes.fieldSelector ignored due to parse error'] } },
  { name: 'what can be read counts', attributes: { fieldSelector: { requirements: [{ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'NotIn', values: ['x'] }] }, labelSelector: { rawSelector: '!!' } },
    expected: { fieldSelector: 'b!=x', problems: ['spec.resourceAttributes.fieldSelector partially ignored due to parse error', 'spec.resourceAttributes.labelSelector ignored due to parse error'] } },
]) test(`selectors of a review: ${name}`, () => assert.deepEqual(reviewSelectors(attributes as never), expected));
