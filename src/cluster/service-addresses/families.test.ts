import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireSameFamily } from './families.ts';

test('the first range of services is of the family that the server is reached in', () => {
  requireSameFamily({ serviceRanges: ['10.96.0.0/16', 'fd00::/112'], advertiseAddress: '192.0.2.1' });
  requireSameFamily({ serviceRanges: ['fd00::/112'], advertiseAddress: '2001:db8::1' });
  assert.throws(() => requireSameFamily({ serviceRanges: ['fd00::/112', '10.96.0.0/16'], advertiseAddress: '192.0.2.1' }), /begins with a range of IPv6, but --advertise-address is 192\.0\.2\.1: give an address of IPv6, or put the range of IPv4 first/);
});
