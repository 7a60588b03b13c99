import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonAddresses, SimulatedAddresses } from './simulated-addresses.ts';

test('addresses are those of the node\'s range, each to one at a time; without a range, or when it is used up, common ones', () => {
  const node: { podCIDR?: string } = {};
  const { allocate, release } = new SimulatedAddresses(() => node.podCIDR, commonAddresses());
  assert.equal(allocate(), '100.64.0.2');
  node.podCIDR = '10.244.3.0/29';
  const given = Array.from({ length: 5 }, allocate);
  assert.deepEqual(given, ['10.244.3.2', '10.244.3.3', '10.244.3.4', '10.244.3.5', '10.244.3.6']);
  assert.equal(allocate(), '100.64.0.3');
  release('10.244.3.4');
  assert.equal(allocate(), '10.244.3.4');
});
