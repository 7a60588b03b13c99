import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachable } from './availability.ts';
import type { RemoteService } from './remote-service.ts';

const remote = { spec: { service: { namespace: 'foo', name: 'bar', port: 443 } } } as RemoteService;
const service = (port: number, type = 'ClusterIP') => ({ spec: { type, ports: [{ name: 'https', port }] } }) as never;
const slice = (name: string, ready?: boolean) => ({ ports: [{ name, port: 8443 }], endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }] }) as never;

for (const { name, given, slices = [], reason, message } of [
  { name: 'no service', given: undefined, reason: 'ServiceNotFound', message: 'service/bar in "foo" is not present' },
  { name: 'another port', given: service(80), reason: 'ServicePortError', message: 'service/bar in "foo" is not listening on port 443' },
  { name: 'no slices', given: service(443), reason: 'EndpointsNotFound', message: 'cannot find endpointslices for service/bar in "foo"' },
  { name: 'slices of another port', given: service(443), slices: [slice('http', true)], reason: 'MissingEndpoints', message: 'endpointslices for service/bar in "foo" have no addresses with port name "https"' },
  { name: 'nobody ready', given: service(443), slices: [slice('https', false)], reason: 'MissingEndpoints', message: 'endpointslices for service/bar in "foo" have no addresses with port name "https"' },
  { name: 'a ready endpoint', given: service(443), slices: [slice('https')], reason: undefined, message: undefined },
  { name: 'a service of another type is asked without more ado', given: service(80, 'ExternalName'), reason: undefined, message: undefined },
]) test(`${name}: ${reason ?? 'reachable'}`, () => {
  const availability = unreachable(remote, given, slices);
  assert.deepEqual([availability?.reason, availability?.message], [reason, message]);
});
