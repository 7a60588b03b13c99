import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goFloat } from './go-float.ts';

for (const [value, text] of [
  [0, '0'], [-0, '-0'], [1, '1'], [-12.5, '-12.5'], [999999, '999999'], [1e6, '1e+06'], [1234567, '1.234567e+06'], [123456.789, '123456.789'], [1e21, '1e+21'], [6.02214e23, '6.02214e+23'],
  [0.0001, '0.0001'], [0.00001, '1e-05'], [-4.5e-3, '-0.0045'], [NaN, 'NaN'], [Infinity, '+Inf'], [-Infinity, '-Inf'],
] as const) {
  test(`${value} is written ${text}`, () => assert.equal(goFloat(value), text));
}
