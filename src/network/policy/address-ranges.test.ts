import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockHolds, blockRanges } from './address-ranges.ts';

for (const { name, block, family, expected } of [
  { name: 'a whole block', block: { cidr: '10.0.0.0/24' }, family: 'IPv4', expected: ['10.0.0.0-10.0.0.255'] },
  { name: 'one address', block: { cidr: '10.0.0.7/32' }, family: 'IPv4', expected: ['10.0.0.7'] },
  { name: 'everything', block: { cidr: '0.0.0.0/0' }, family: 'IPv4', expected: ['0.0.0.0-255.255.255.255'] },
  { name: 'a hole at the beginning', block: { cidr: '10.0.0.0/24', except: ['10.0.0.0/25'] }, family: 'IPv4', expected: ['10.0.0.128-10.0.0.255'] },
  { name: 'holes that overlap', block: { cidr: '10.0.0.0/24', except: ['10.0.0.64/26', '10.0.0.96/27', '10.0.0.255/32'] }, family: 'IPv4', expected: ['10.0.0.0-10.0.0.63', '10.0.0.128-10.0.0.254'] },
  { name: 'nothing is left', block: { cidr: '10.0.0.0/24', except: ['10.0.0.0/25', '10.0.0.128/25'] }, family: 'IPv4', expected: [] },
  { name: 'bits beyond the prefix', block: { cidr: '10.0.0.9/24' }, family: 'IPv4', expected: ['10.0.0.0-10.0.0.255'] },
  { name: 'IPv6', block: { cidr: 'fd00::/126', except: ['fd00::1/128'] }, family: 'IPv6', expected: ['fd00::', 'fd00::2-fd00::3'] },
  { name: 'the other family', block: { cidr: 'fd00::/126' }, family: 'IPv4', expected: undefined },
] as const) test(`ranges of ${name}`, () => assert.deepEqual(blockRanges(block, family), expected));

test('a block holds its addresses but for the exceptions, and none of the other family', () => {
  const block = { cidr: '10.0.0.0/24', except: ['10.0.0.64/26'] };
  assert.deepEqual(['10.0.0.1', '10.0.0.64', '10.0.1.1', 'fd00::1'].map((ip) => blockHolds(block, ip)), [true, false, false, false]);
});
