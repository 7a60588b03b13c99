import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { ipAddressOf } from '../../api/networking/service-address.ts';
import { containing, FINALIZER, overlapping, planServiceCIDR } from './plan.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');

function rangeOf(name: string, cidrs: string[], metadata: Partial<ServiceCIDR['metadata']> = {}): ServiceCIDR {
  return { metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', finalizers: [FINALIZER], ...metadata }, spec: { cidrs }, status: {} } as ServiceCIDR;
}

function addressOf(ip: string): IPAddress {
  return ipAddressOf(ip, { namespace: 'default', name: 'web' }) as unknown as IPAddress;
}

const GOING = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const ADDRESS = addressOf('10.1.0.7');

for (const { name, range, others = [], addresses = [], expected } of [
  { name: 'a new range is protected', range: rangeOf('a', ['10.1.0.0/24'], { finalizers: [] }), expected: { kind: 'keep', needsFinalizer: true } },
  { name: 'a protected one stays so', range: rangeOf('a', ['10.1.0.0/24']), expected: { kind: 'keep', needsFinalizer: false } },
  { name: 'a deleted one whose addresses are used stays', range: rangeOf('a', ['10.1.0.0/24'], GOING), addresses: [ADDRESS], expected: { kind: 'blocked' } },
  { name: 'addresses of others do not hold it', range: rangeOf('a', ['10.1.0.0/24'], GOING), addresses: [addressOf('10.2.0.7')], expected: { kind: 'release', finalizers: [] } },
  { name: 'an address that no Service has does not hold it', range: rangeOf('a', ['10.1.0.0/24'], GOING), addresses: [{ ...ADDRESS, metadata: { ...ADDRESS.metadata, labels: {} } }], expected: { kind: 'release', finalizers: [] } },
  { name: 'it may go when a larger one has all of it', range: rangeOf('a', ['10.1.0.0/24'], GOING), others: [rangeOf('b', ['10.1.0.0/16'])], addresses: [ADDRESS], expected: { kind: 'release', finalizers: [] } },
  { name: 'it may go when a smaller one has the addresses', range: rangeOf('a', ['10.1.0.0/24'], GOING), others: [rangeOf('b', ['10.1.0.0/28'])], addresses: [ADDRESS], expected: { kind: 'release', finalizers: [] } },
  { name: 'one family within others is not enough', range: rangeOf('a', ['10.1.0.0/24', 'fd00::/64'], GOING), others: [rangeOf('b', ['10.1.0.0/16'])], addresses: [addressOf('fd00::7')], expected: { kind: 'blocked' } },
  { name: 'servers are given time to hear of the deletion', range: rangeOf('a', ['10.1.0.0/24'], { deletionTimestamp: '2026-01-01T00:00:56Z' }), expected: { kind: 'wait', afterMs: 6000 } },
  { name: 'only the own protection is taken off', range: rangeOf('a', ['10.1.0.0/24'], { ...GOING, finalizers: ['mine', FINALIZER] }), expected: { kind: 'release', finalizers: ['mine'] } },
  { name: 'one that is held by others only is left alone', range: rangeOf('a', ['10.1.0.0/24'], { ...GOING, finalizers: ['mine'] }), expected: { kind: 'nothing' } },
]) test(name, () => assert.deepEqual(planServiceCIDR(range, [range, ...others], addresses, NOW), expected));

test('knows whom a change concerns', () => {
  const all = [rangeOf('a', ['10.1.0.0/24']), rangeOf('b', ['10.1.0.0/16', 'fd00::/64']), rangeOf('c', ['10.2.0.0/16'])];
  assert.deepEqual(overlapping(rangeOf('new', ['10.1.0.0/20']), all), ['a', 'b']);
  assert.deepEqual(containing(ADDRESS, all), ['a', 'b']);
  assert.deepEqual(containing(addressOf('fd00::1'), all), ['b']);
});
