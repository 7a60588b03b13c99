import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import { healthOf } from './health-check.ts';

const service = { metadata: { name: 'web', namespace: 'shop' }, spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 1 } } as unknown as Service;
const endpoint = (address: string, nodeName: string, conditions: object = {}): object => ({ addresses: [address], nodeName, conditions });
const slice = (...endpoints: object[]): EndpointSlice => ({ metadata: { name: 's' }, addressType: 'IPv4', endpoints }) as unknown as EndpointSlice;

test('a service is well where it has ready endpoints and the rules of services are up to date', () => {
  const slices = [slice(endpoint('10.0.0.1', 'here'), endpoint('10.0.0.2', 'here', { ready: false }), endpoint('10.0.0.3', 'there')), slice(endpoint('10.0.0.1', 'here'), endpoint('10.0.0.4', 'here'))];
  const of = (nodeName: string, isProxyHealthy: boolean): unknown[] => {
    const { status, headers, body } = healthOf({ service, slices, nodeName, isProxyHealthy });
    return [status, headers['x-load-balancing-endpoint-weight'], body.localEndpoints, body.serviceProxyHealthy];
  };
  assert.deepEqual([of('here', true), of('there', true), of('elsewhere', true), of('here', false)], [[200, '2', 2, true], [200, '1', 1, true], [503, '0', 0, true], [503, '2', 2, false]]);
});
