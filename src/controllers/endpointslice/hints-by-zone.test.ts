import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../api/generated/discovery-v1.ts';
import { hintByZones, type ZonedSlice } from './hints-by-zone.ts';

/** `a a b! b>a`: an endpoint of zone a, another, one of b that is not ready, one of b that is for a. */
function slice(text: string, isChanged = true): ZonedSlice {
  const endpoints = text.split(' ').filter((one) => one !== '').map((one, index): Endpoint => {
    const [zone = '', hint] = one.replace('!', '').split('>');
    return { addresses: [`10.0.0.${index}`], conditions: { ready: !one.includes('!') }, ...(zone !== '-' && { zone }), ...(hint !== undefined && { hints: { forZones: [{ name: hint }] } }) };
  });
  return { endpoints, isChanged };
}

const shown = ({ endpoints, isChanged }: ZonedSlice): string => endpoints.map(({ hints }) => hints?.forZones?.map(({ name }) => name).join() ?? '-').join(' ') + (isChanged ? ' *' : '');
const half = { a: 0.5, b: 0.5 };
const third = { a: 1 / 3, b: 1 / 3, c: 1 / 3 };

for (const { name, slices, shares, expected } of [
  { name: 'each zone has its own where that is its share', slices: [slice('a b a b')], shares: half, expected: ['a b a b *'] },
  { name: 'a zone with too many gives to one with too few', slices: [slice('a a a a a b')], shares: half, expected: ['b b a a a b *'] },
  { name: 'zones with more CPU have more endpoints', slices: [slice('a a a b b b')], shares: { a: 2 / 3, b: 1 / 3 }, expected: ['a a a a b b *'] },
  { name: 'an endpoint that is not ready counts for nobody', slices: [slice('a! a b b!')], shares: half, expected: ['- a b - *'] },
  { name: 'an endpoint in a zone that has no ready node is for its own zone, and is not given away', slices: [slice('a a a b b c')], shares: half, expected: ['a a a b b c *'] },
  { name: 'slices that fit are left as they are', slices: [slice('a>b a>a b>b', false), slice('a', true)], shares: half, expected: ['b a b', 'a *'] },
  { name: 'a slice without hints gets them', slices: [slice('a b', false)], shares: half, expected: ['a b *'] },
  { name: 'a slice with more for a zone than it may have is done anew', slices: [slice('a>a b>a a>a b>a', false)], shares: half, expected: ['a b a b *'] },
  { name: 'a slice with hints for a zone that is gone is done anew', slices: [slice('a>c b>b', false)], shares: half, expected: ['a b *'] },
  { name: 'no node tells enough', slices: [slice('a b', false)], shares: undefined, expected: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes' },
  { name: 'fewer endpoints than zones', slices: [slice('a b')], shares: third, expected: 'Insufficient number of endpoints (2 endpoints, 3 zones)' },
  { name: 'zones whose minima are more than there is', slices: [slice('a b c a')], shares: third, expected: 'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (4 endpoints, 3 zones)' },
  { name: 'an endpoint without zone', slices: [slice('a - b a', false)], shares: half, expected: 'One or more endpoints do not have a zone specified' },
]) {
  test(name, () => {
    const before = slices.map(shown);
    const refusal = hintByZones(slices, shares && new Map(Object.entries(shares)));
    assert.deepEqual(refusal ?? slices.map(shown), expected);
    if (refusal !== undefined) assert.deepEqual(slices.map(shown), before, 'nothing is changed');
  });
}
