import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleFlows } from './conntrack.ts';
import type { ServiceRules, UdpFrontend } from './plan.ts';

function rulesWith(udp: UdpFrontend[]): ServiceRules {
  return { chains: new Map(), sets: new Map(), elements: [], udp };
}

const FLOWS = ['--proto', 'udp', '--orig-dst', '10.96.0.10', '--orig-port-dst', '53'];

for (const { name, before, after, expected } of [
  { name: 'an endpoint that is gone is forgotten', before: ['10.1.0.1', '10.1.0.2'], after: ['10.1.0.2'], expected: [[...FLOWS, '--dst-nat', '10.1.0.1']] },
  { name: 'a new endpoint beside others changes nothing', before: ['10.1.0.1'], after: ['10.1.0.1', '10.1.0.2'], expected: [] },
  { name: 'flows that led nowhere are forgotten when the first endpoint comes', before: [], after: ['10.1.0.1'], expected: [FLOWS] },
  { name: 'flows to an address from before it was a service are forgotten', before: undefined, after: ['10.1.0.1'], expected: [FLOWS] },
  { name: 'a service that is gone forgets its endpoints', before: ['10.1.0.1'], after: undefined, expected: [[...FLOWS, '--dst-nat', '10.1.0.1']] },
]) {
  test(name, () => {
    const frontend = (endpoints: string[] | undefined): ServiceRules | undefined => endpoints && rulesWith([{ family: 'IPv4', ip: '10.96.0.10', port: 53, endpoints }]);
    assert.deepEqual(staleFlows(frontend(before), frontend(after)), expected);
  });
}

test('a node port is meant at every address', () => {
  const before = rulesWith([{ family: 'IPv4', ip: undefined, port: 30053, endpoints: ['10.1.0.1'] }]);
  assert.deepEqual(staleFlows(before, rulesWith([])), [['--proto', 'udp', '--orig-port-dst', '30053', '--dst-nat', '10.1.0.1']]);
});

test('flows of IPv6 are named as such', () => {
  const before = rulesWith([{ family: 'IPv6', ip: 'fd00::a', port: 53, endpoints: ['fd01::1'] }]);
  assert.deepEqual(staleFlows(before, undefined), [['--family', 'ipv6', '--proto', 'udp', '--orig-dst', 'fd00::a', '--orig-port-dst', '53', '--dst-nat', 'fd01::1']]);
});
