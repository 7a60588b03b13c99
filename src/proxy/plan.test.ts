import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../api/generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../api/generated/discovery-v1.ts';
import { IPV4, IPV6 } from './family.ts';
import { compileService, type ServiceRules } from './plan.ts';

const place = { nodeName: 'here', zone: 'a', family: IPV4 };

function serviceOf(spec: Partial<ServiceSpec>, more: Partial<Service> = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'default', uid: '1', resourceVersion: '1', creationTimestamp: '' },
    spec: { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
    status: { loadBalancer: {} },
    ...more,
  };
}

function sliceOf(endpoints: readonly (Partial<Endpoint> & { ip: string })[]): EndpointSlice {
  return {
    metadata: { name: 'web-1', namespace: 'default', uid: '2', resourceVersion: '1', creationTimestamp: '' },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ ip, ...rest }) => ({ addresses: [ip], conditions: { ready: true }, nodeName: 'there', ...rest })),
  };
}

function shown(rules: ServiceRules | undefined): { chains: Record<string, readonly string[]>; elements: string[] } | undefined {
  return rules && { chains: Object.fromEntries(rules.chains), elements: rules.elements.map(({ map, key, verdict }) => `${map}: ${key}${verdict && ` : ${verdict}`}`) };
}

const HERE = { ip: '10.244.1.2', nodeName: 'here' };
const THERE = { ip: '10.244.2.2', nodeName: 'there' };
const CLUSTER = 'cluster/default/web/tcp/80';
const LOCAL = 'local/default/web/tcp/80';
const EXTERNAL = 'external/default/web/tcp/80';

for (const { name, spec = {}, status, endpoints, expected } of [
  {
    name: 'one endpoint is translated to without a choice',
    endpoints: [THERE],
    expected: { chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'] }, elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`] },
  },
  {
    name: 'several endpoints are chosen at random, those on this node may reach themselves',
    endpoints: [THERE, HERE],
    expected: {
      chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 8080, 1 : 10.244.2.2 . 8080 }', 'meta l4proto tcp dnat ip to 10.244.1.2:8080'] },
      elements: ['own-addresses: 10.244.1.2 . 10.244.1.2', `services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`],
    },
  },
  { name: 'without endpoints connections are refused', endpoints: [], expected: { chains: {}, elements: ['refusals: 10.96.0.7 . tcp . 80 : goto refuse'] } },
  {
    name: 'an endpoint that is not ready gets nothing',
    endpoints: [{ ...THERE, conditions: { ready: false, serving: false } }],
    expected: { chains: {}, elements: ['refusals: 10.96.0.7 . tcp . 80 : goto refuse'] },
  },
  {
    name: 'without a ready endpoint, one that still serves while terminating is used',
    endpoints: [{ ...THERE, conditions: { ready: false, serving: true, terminating: true } }, { ip: '10.244.2.3', conditions: { ready: false, serving: false, terminating: true } }],
    expected: { chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'] }, elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`] },
  },
  {
    name: 'with a ready endpoint, terminating ones get nothing new',
    endpoints: [{ ...THERE, conditions: { ready: false, serving: true, terminating: true } }, { ip: '10.244.2.3' }],
    expected: { chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.3:8080'] }, elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`] },
  },
  {
    name: 'a node port and external addresses come back through this node',
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }], externalIPs: ['192.0.2.9'] },
    endpoints: [THERE],
    expected: {
      chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'], [EXTERNAL]: ['meta mark set meta mark or 0x00004000', `goto ${CLUSTER}`] },
      elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`, `services: 192.0.2.9 . tcp . 80 : goto ${EXTERNAL}`, `node-ports: tcp . 30080 : goto ${EXTERNAL}`],
    },
  },
  {
    name: 'a node port without endpoints is refused',
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] },
    endpoints: [],
    expected: { chains: {}, elements: ['refusals: 10.96.0.7 . tcp . 80 : goto refuse', 'node-port-refusals: tcp . 30080 : goto refuse'] },
  },
  {
    name: 'internalTrafficPolicy Local stays on the node',
    spec: { internalTrafficPolicy: 'Local' },
    endpoints: [HERE, THERE],
    expected: {
      chains: {
        [CLUSTER]: ['meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 8080, 1 : 10.244.2.2 . 8080 }', 'meta l4proto tcp dnat ip to 10.244.1.2:8080'],
        [LOCAL]: ['meta l4proto tcp dnat ip to 10.244.1.2:8080'],
      },
      elements: ['own-addresses: 10.244.1.2 . 10.244.1.2', `services: 10.96.0.7 . tcp . 80 : goto ${LOCAL}`],
    },
  },
  {
    name: 'internalTrafficPolicy Local drops when all endpoints are elsewhere',
    spec: { internalTrafficPolicy: 'Local' },
    endpoints: [THERE],
    expected: { chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'] }, elements: ['refusals: 10.96.0.7 . tcp . 80 : drop'] },
  },
  {
    name: 'externalTrafficPolicy Local keeps the source of those outside, and lets those inside go anywhere',
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: ['198.51.100.0/24'], ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.10' }, { ip: '192.0.2.11', ipMode: 'Proxy' }] } },
    endpoints: [THERE],
    expected: {
      chains: {
        [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'],
        [EXTERNAL]: [`ip saddr @cluster-ranges goto ${CLUSTER}`, 'fib saddr type local meta mark set meta mark or 0x00004000', `fib saddr type local goto ${CLUSTER}`, 'drop'],
        'firewall/default/web/tcp/80': ['ip saddr != { 198.51.100.0/24 } drop', `goto ${EXTERNAL}`],
      },
      elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`, 'services: 192.0.2.10 . tcp . 80 : goto firewall/default/web/tcp/80', `node-ports: tcp . 30080 : goto ${EXTERNAL}`],
    },
  },
  {
    name: 'session affinity remembers the client for its time',
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
    endpoints: [THERE],
    expected: {
      chains: {
        'endpoint/default/web/tcp/80/10.244.2.2/8080': ['update @clients/default/web/tcp/80/10.244.2.2/8080 { ip saddr timeout 5s }', 'meta l4proto tcp dnat ip to 10.244.2.2:8080'],
        [CLUSTER]: [
          'ip saddr @clients/default/web/tcp/80/10.244.2.2/8080 goto endpoint/default/web/tcp/80/10.244.2.2/8080',
          'goto endpoint/default/web/tcp/80/10.244.2.2/8080',
        ],
      },
      elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`],
    },
  },
  {
    name: 'with session affinity too a packet that finds no choice any more goes to an endpoint',
    spec: { sessionAffinity: 'ClientIP' },
    endpoints: [THERE, HERE],
    expected: {
      chains: {
        'endpoint/default/web/tcp/80/10.244.1.2/8080': ['update @clients/default/web/tcp/80/10.244.1.2/8080 { ip saddr timeout 10800s }', 'meta l4proto tcp dnat ip to 10.244.1.2:8080'],
        'endpoint/default/web/tcp/80/10.244.2.2/8080': ['update @clients/default/web/tcp/80/10.244.2.2/8080 { ip saddr timeout 10800s }', 'meta l4proto tcp dnat ip to 10.244.2.2:8080'],
        [CLUSTER]: [
          'ip saddr @clients/default/web/tcp/80/10.244.1.2/8080 goto endpoint/default/web/tcp/80/10.244.1.2/8080',
          'ip saddr @clients/default/web/tcp/80/10.244.2.2/8080 goto endpoint/default/web/tcp/80/10.244.2.2/8080',
          'numgen random mod 2 vmap { 0 : goto endpoint/default/web/tcp/80/10.244.1.2/8080, 1 : goto endpoint/default/web/tcp/80/10.244.2.2/8080 }',
          'goto endpoint/default/web/tcp/80/10.244.1.2/8080',
        ],
      },
      elements: ['own-addresses: 10.244.1.2 . 10.244.1.2', `services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`],
    },
  },
  { name: 'a headless service has no address', spec: { clusterIP: 'None', clusterIPs: ['None'] }, endpoints: [THERE], expected: undefined },
  {
    name: 'hints for this zone are followed when all have hints',
    endpoints: [{ ...THERE, hints: { forZones: [{ name: 'a' }] } }, { ip: '10.244.3.2', hints: { forZones: [{ name: 'b' }] } }],
    expected: { chains: { [CLUSTER]: ['meta l4proto tcp dnat ip to 10.244.2.2:8080'] }, elements: [`services: 10.96.0.7 . tcp . 80 : goto ${CLUSTER}`] },
  },
] as { name: string; spec?: Partial<ServiceSpec>; status?: Service['status']; endpoints: (Partial<Endpoint> & { ip: string })[]; expected: object | undefined }[]) {
  test(name, () => assert.deepEqual(shown(compileService(serviceOf(spec, status && { status }), [sliceOf(endpoints)], place)), expected));
}

test('a service that another proxy serves is left alone', () => {
  const service = serviceOf({});
  service.metadata.labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
  assert.equal(compileService(service, [sliceOf([THERE])], place), undefined);
});

test('a stand-in answers for a service only while it has no endpoints of its own', () => {
  const standIn = { address: '172.30.0.2', port: 10053 };
  assert.deepEqual(compileService(serviceOf({}), [], place, standIn)?.chains.get(CLUSTER), ['meta l4proto tcp dnat ip to 172.30.0.2:10053']);
  assert.deepEqual(compileService(serviceOf({}), [sliceOf([THERE])], place, standIn)?.chains.get(CLUSTER), ['meta l4proto tcp dnat ip to 10.244.2.2:8080']);
});

test('a service of two families has rules in the table of each, for endpoints of that family', () => {
  const service = serviceOf({ clusterIPs: ['10.96.0.7', 'fd00::7'], sessionAffinity: 'ClientIP' });
  const slice6 = { ...sliceOf([{ ip: 'fd01::2' }]), addressType: 'IPv6' };
  const rules = compileService(service, [sliceOf([THERE]), slice6], { ...place, family: IPV6 });
  assert.deepEqual(shown(rules), {
    chains: {
      'endpoint/default/web/tcp/80/fd01--2/8080': ['update @clients/default/web/tcp/80/fd01--2/8080 { ip6 saddr timeout 10800s }', 'meta l4proto tcp dnat ip6 to [fd01::2]:8080'],
      [CLUSTER]: [
        'ip6 saddr @clients/default/web/tcp/80/fd01--2/8080 goto endpoint/default/web/tcp/80/fd01--2/8080',
        'goto endpoint/default/web/tcp/80/fd01--2/8080',
      ],
    },
    elements: [`services: fd00::7 . tcp . 80 : goto ${CLUSTER}`],
  });
  assert.deepEqual([...(rules?.sets.values() ?? [])], ['type ipv6_addr; flags dynamic, timeout;']);
  assert.equal(compileService(serviceOf({}), [sliceOf([THERE]), slice6], { ...place, family: IPV6 }), undefined);
});
