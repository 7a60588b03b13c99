import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextFreeCIDR, parseCIDR } from './cidr-ranges.ts';

for (const { name, cluster, bits, used = [], excluded = [], expected } of [
  { name: 'the first range', cluster: '10.244.0.0/16', bits: 24, expected: '10.244.0.0/24' },
  { name: 'the next that is free', cluster: '10.244.0.0/16', bits: 24, used: ['10.244.0.0/24', '10.244.1.0/24'], expected: '10.244.2.0/24' },
  { name: 'none of the services', cluster: '10.96.0.0/15', bits: 24, excluded: ['10.96.0.0/16'], expected: '10.97.0.0/24' },
  { name: 'of IPv6', cluster: 'fd00:10::/56', bits: 64, used: ['fd00:10::/64'], expected: 'fd00:10:0:1::/64' },
  { name: 'none when all are used', cluster: '10.0.0.0/24', bits: 24, used: ['10.0.0.0/24'], expected: undefined },
]) {
  test(`gives ${name}`, () => assert.equal(nextFreeCIDR(cluster, bits, (cidr) => used.includes(cidr), excluded), expected));
}

for (const wrong of ['10.0.0.0', '10.0.0/8', '10.0.0.0/33', 'x/8']) test(`${wrong} is no range`, () => assert.throws(() => parseCIDR(wrong), RangeError));
