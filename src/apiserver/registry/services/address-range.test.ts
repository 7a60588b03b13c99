import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { AddressRange } from './address-range.ts';

for (const { cidr, first, last, reserved, count } of [
  { cidr: '10.0.0.0/24', first: '10.0.0.1', last: '10.0.0.254', reserved: 16, count: 254 },
  { cidr: '10.0.0.0/22', first: '10.0.0.1', last: '10.0.3.254', reserved: 64, count: 1022 },
  { cidr: '10.0.0.0/28', first: '10.0.0.1', last: '10.0.0.14', reserved: 14, count: 14 },
  { cidr: '10.0.0.0/30', first: '10.0.0.1', last: '10.0.0.2', reserved: 0, count: 2 },
  { cidr: 'fd00::/120', first: 'fd00::1', last: 'fd00::ff', reserved: 16, count: 255 },
]) {
  test(`gives each address of ${cidr} once, the low ones last`, () => {
    const range = new AddressRange(cidr);
    const given = [...range.candidates(new SeededRandom(1))];
    assert.equal(given.length, count);
    assert.equal(new Set(given).size, count);
    assert.ok(given.includes(first) && given.includes(last));
    const late = given.slice(count - reserved);
    assert.equal(late.includes(first), reserved > 0);
    if (reserved > 0 && reserved < count) assert.ok(!late.includes(last));
  });
}

test('knows what lies in it, and what of that it gives', () => {
  const range = new AddressRange('10.0.0.0/24');
  assert.deepEqual(['10.0.0.0', '10.0.0.1', '10.0.0.255', '10.0.1.1'].map((ip) => [range.contains(ip), range.canGive(ip)]), [[true, false], [true, true], [true, false], [false, false]]);
  assert.equal(range.network, '10.0.0.0');
});

test('begins somewhere in a range that is too large to count', () => {
  const range = new AddressRange('fd00::/64');
  const [one] = range.candidates(new SeededRandom(1));
  const [other] = range.candidates(new SeededRandom(2));
  assert.ok(one !== undefined && other !== undefined && one !== other && range.canGive(one));
});
