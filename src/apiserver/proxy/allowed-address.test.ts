import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressProblem } from './allowed-address.ts';

for (const { name, address, port, refused } of [
  { name: 'the metadata service of a cloud is refused', address: '169.254.169.254', port: 80, refused: true },
  { name: 'link-local IPv6 is refused', address: 'fe80::1', port: 443, refused: true },
  { name: 'link-local written as mapped IPv6 is refused', address: '::ffff:169.254.169.254', port: 80, refused: true },
  { name: 'the own port on loopback is refused', address: '127.0.0.1', port: 6443, refused: true },
  { name: 'the own port on IPv6 loopback is refused', address: '::1', port: 6443, refused: true },
  { name: 'another port on loopback is fine: a webhook under development', address: '127.0.0.1', port: 9443, refused: false },
  { name: 'a pod is fine', address: '10.244.0.7', port: 6443, refused: false },
]) test(name, () => assert.equal(addressProblem(address, port, [6443]) !== undefined, refused));
