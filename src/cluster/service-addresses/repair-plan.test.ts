import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../api/generated/core-v1.ts';
import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { ipAddressOf } from '../../api/networking/service-address.ts';
import { planAddressRepair, planServiceRepair, type AddressView } from './repair-plan.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

function serviceOf(name: string, clusterIPs: string[]): Service {
  return { metadata: { name, namespace: 'shop' }, spec: { type: 'ClusterIP', clusterIP: clusterIPs[0], clusterIPs } } as unknown as Service;
}

function addressOf(ip: string, name: string, more: Partial<IPAddress['metadata']> = {}): IPAddress {
  const { metadata, spec } = ipAddressOf(ip, { namespace: 'shop', name });
  return { metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z', ...more }, spec } as IPAddress;
}

function viewOf(addresses: IPAddress[], services: Service[] = []): AddressView {
  return {
    address: (ip) => addresses.find(({ metadata }) => metadata.name === ip),
    service: (namespace, name) => services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    ranges: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16', 'fd00::/112'] } } as ServiceCIDR],
  };
}

const WEB = serviceOf('web', ['10.96.0.7']);
const foreign = addressOf('10.96.0.7', 'web');
foreign.spec = { parentRef: { group: 'gateway.networking.k8s.io', resource: 'gateways', namespace: 'shop', name: 'web' } };

for (const { name, service = WEB, addresses = [], services = [], expected } of [
  { name: 'a service with its address is in order', addresses: [addressOf('10.96.0.7', 'web')], expected: [] },
  { name: 'an address that is missing is made', expected: ['create 10.96.0.7 ClusterIPNotAllocated'] },
  { name: 'each family is looked at', service: serviceOf('web', ['10.96.0.7', 'fd00::7']), addresses: [addressOf('10.96.0.7', 'web')], expected: ['create fd00::7 ClusterIPNotAllocated'] },
  { name: 'an address out of all ranges is told of', service: serviceOf('web', ['10.99.0.7']), expected: ['none 10.99.0.7 ClusterIPOutOfRange'] },
  { name: 'an address of something else is taken', addresses: [foreign], expected: ['recreate 10.96.0.7 ClusterIPNotAllocated'] },
  { name: 'an address of a service that is gone is taken', addresses: [addressOf('10.96.0.7', 'gone')], expected: ['recreate 10.96.0.7 ClusterIPNotAllocated'] },
  { name: 'of two services with one address the first keeps it', addresses: [addressOf('10.96.0.7', 'first')], services: [serviceOf('first', ['10.96.0.7'])], expected: ['none 10.96.0.7 ClusterIPAlreadyAllocated'] },
  { name: 'labels are put right in silence', addresses: [addressOf('10.96.0.7', 'web', { labels: {} })], expected: ['recreate 10.96.0.7'] },
  { name: 'a headless service has no address', service: serviceOf('web', ['None']), expected: [] },
]) {
  test(name, () => assert.deepEqual(planServiceRepair(service, viewOf(addresses, services)).map(({ action, ip, event }) => [action, ip, ...(event ? [event.reason] : [])].join(' ')), expected));
}

for (const { name, address, services = [], expected } of [
  { name: 'an address in use stays', address: addressOf('10.96.0.7', 'web'), services: [WEB], expected: { kind: 'keep' } },
  { name: 'an address that is written in another form is in use', address: addressOf('fd00::7', 'six'), services: [serviceOf('six', ['fd00:0::7'])], expected: { kind: 'keep' } },
  { name: 'addresses of others stay', address: addressOf('10.96.0.7', 'gone', { labels: {} }), expected: { kind: 'keep' } },
  { name: 'an address whose service is being made waits', address: addressOf('10.96.0.7', 'web', { creationTimestamp: '2026-01-01T00:09:50Z' }), expected: { kind: 'wait', afterMs: 50_001 } },
  {
    name: 'a leaked address goes', address: addressOf('10.96.0.7', 'gone'),
    expected: { kind: 'delete', reason: 'IPAddressNotAllocated', message: 'IPAddress: 10.96.0.7 for Service shop/gone appears to have leaked: cleaning up' },
  },
  {
    name: 'an address that its service does not name goes', address: addressOf('10.96.0.8', 'web'), services: [WEB],
    expected: { kind: 'delete', reason: 'IPAddressWrongReference', message: 'IPAddress: 10.96.0.8 for Service shop/web has a wrong reference; cleaning up' },
  },
]) test(name, () => assert.deepEqual(planAddressRepair(address, viewOf([], services), NOW), expected));
