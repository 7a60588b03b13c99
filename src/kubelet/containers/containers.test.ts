import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec, Service } from '../../api/generated/core-v1.ts';
import { podDnsConfig, parseResolvConf } from './dns-config.ts';
import { expandVariables } from './expansion.ts';
import { podFieldValue, resourceFieldValue } from './field-values.ts';
import { hostsFile, podHostNames } from './host-names.ts';
import { cpuQuota, cpuShares, oomScoreAdjust, qosClassOf } from './resources.ts';
import { containerSecurityContext } from './security-context.ts';
import { serviceEnvironment, visibleServices } from './service-environment.ts';

function pod(spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '', labels: { b: '2', a: 'x"y' } },
    spec: { containers: [{ name: 'main', image: 'i', resources: {}, ...container }], ...spec }, status: {},
  };
}

for (const { name, text, expected } of [
  { name: 'a known name', text: 'x$(A)y', expected: 'x1y' },
  { name: 'an unknown name stays', text: '$(B)', expected: '$(B)' },
  { name: 'two dollars are one', text: '$$(A)', expected: '$(A)' },
  { name: 'an open bracket stays', text: '$(A', expected: '$(A' },
  { name: 'a dollar before a letter stays', text: '$A $', expected: '$A $' },
  { name: 'an escaped dollar before a value', text: '$$$(A)', expected: '$1' },
]) test(`expansion: ${name}`, () => assert.equal(expandVariables(text, (variable) => (variable === 'A' ? '1' : undefined)), expected));

const host = parseResolvConf('# comment\nnameserver 10.0.0.2\nsearch corp.example. example\noptions timeout:1\n');
for (const { name, spec, expected } of [
  { name: 'ClusterFirst', spec: {}, expected: { servers: ['10.96.0.10'], searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example', 'example'], options: ['ndots:5'] } },
  { name: 'ClusterFirst on the host network is Default', spec: { hostNetwork: true }, expected: { servers: ['10.0.0.2'], searches: ['corp.example', 'example'], options: ['timeout:1'] } },
  { name: 'Default', spec: { dnsPolicy: 'Default' }, expected: { servers: ['10.0.0.2'], searches: ['corp.example', 'example'], options: ['timeout:1'] } },
  { name: 'None with its own', spec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['s'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } }, expected: { servers: ['1.1.1.1'], searches: ['s'], options: ['ndots:2', 'edns0'] } },
  { name: 'own options go before', spec: { dnsPolicy: 'Default', dnsConfig: { options: [{ name: 'timeout', value: '3' }] } }, expected: { servers: ['10.0.0.2'], searches: ['corp.example', 'example'], options: ['timeout:3'] } },
]) test(`DNS policy: ${name}`, () => assert.deepEqual(podDnsConfig(pod(spec), { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local', host }), expected));

test('what a resolver cannot hold is left out of resolv.conf and told', () => {
  const long = `${'a'.repeat(60)}.`.repeat(5);
  const omitted: string[] = [];
  const dnsConfig = { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'], searches: ['one', long, 'two'], options: [{ name: 'edns0', value: '' }] };
  assert.deepEqual(podDnsConfig(pod({ dnsPolicy: 'None', dnsConfig }), { clusterDNS: [], clusterDomain: 'cluster.local', host }, omitted), { servers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'], searches: ['one', 'two'], options: ['edns0'] });
  assert.deepEqual(omitted, [
    'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1.1.1.1 2.2.2.2 3.3.3.3',
    'Search Line limits were exceeded, some search paths have been omitted, the applied search line is: one two',
  ]);
});

for (const { name, requests, limits, expected } of [
  { name: 'nothing', requests: undefined, limits: undefined, expected: 'BestEffort' },
  { name: 'requests equal to limits', requests: { cpu: '1000m', memory: '1024Mi' }, limits: { cpu: '1', memory: '1Gi' }, expected: 'Guaranteed' },
  { name: 'a request below its limit', requests: { cpu: '500m' }, limits: { cpu: '1', memory: '1Gi' }, expected: 'Burstable' },
  { name: 'memory alone', requests: { memory: '1Gi' }, limits: undefined, expected: 'Burstable' },
]) test(`QoS class: ${name}`, () => assert.equal(qosClassOf(pod({}, { resources: { ...(requests && { requests }), ...(limits && { limits }) } })), expected));

test('shares, quotas and scores are in kernel units and within its bounds', () => {
  assert.deepEqual([cpuShares(0), cpuShares(1000), cpuShares(1e9)], [2, 1024, 262_144]);
  assert.deepEqual([cpuQuota(undefined), cpuQuota(500), cpuQuota(1)], [undefined, 50_000, 1000]);
  const burstable = pod({}, { resources: { requests: { memory: '4Gi' } } });
  const container = burstable.spec.containers[0] as Container;
  assert.equal(oomScoreAdjust(burstable, container, 8 * 1024 ** 3), 500);
  assert.equal(oomScoreAdjust(pod(), container, 8 * 1024 ** 3), 1000);
  const critical = (priorityClassName: string, priority: number): Pod => {
    const one = pod();
    return { ...one, spec: { ...one.spec, priorityClassName, priority } };
  };
  assert.equal(oomScoreAdjust(critical('system-node-critical', 2_000_001_000), container, 8 * 1024 ** 3), -997);
  assert.equal(oomScoreAdjust(critical('system-cluster-critical', 2_000_000_000), container, 8 * 1024 ** 3), 1000, 'it may go to another node');
});

test('fields of the downward API', () => {
  const node = { nodeName: 'n', hostIPs: ['10.0.0.1'], podIPs: ['10.1.0.1', 'fd00::1'], allocatable: { cpu: '2', memory: '1Gi' } };
  const fields = ['metadata.name', "metadata.labels['b']", 'metadata.labels', 'spec.nodeName', 'status.podIP', 'status.podIPs', 'status.hostIP'];
  assert.deepEqual(fields.map((path) => podFieldValue(pod(), path, node)), ['web', '2', 'a="x\\"y"\nb="2"', 'n', '10.1.0.1', '10.1.0.1,fd00::1', '10.0.0.1']);
  assert.throws(() => podFieldValue(pod(), 'spec.nothing', node), /unsupported fieldPath/);
  const container: Container = { name: 'c', resources: { requests: { cpu: '250m' } } };
  assert.equal(resourceFieldValue(pod(), container, { resource: 'requests.cpu', divisor: '0' }, node), '1');
  assert.equal(resourceFieldValue(pod(), container, { resource: 'requests.cpu', divisor: '1m' }, node), '250');
  assert.equal(resourceFieldValue(pod(), container, { resource: 'limits.memory', divisor: '1Mi' }, node), '1024');
  assert.equal(resourceFieldValue(pod({ resources: { limits: { memory: '64Mi' } } }), container, { resource: 'limits.memory', divisor: '1Mi' }, node), '64');
});

test('services are told in the way of Docker links', () => {
  const service = (name: string, namespace: string, clusterIP: string): Service => ({
    metadata: { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { clusterIP, ports: [{ name: 'web-ui', port: 80, protocol: 'TCP', targetPort: 80 }, { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }] }, status: { loadBalancer: {} },
  });
  const services = [service('a-b', 'shop', '10.96.0.7'), service('kubernetes', 'default', '10.96.0.1'), service('headless', 'shop', 'None'), service('far', 'other', '10.96.0.9')];
  const variables = serviceEnvironment(visibleServices('shop', services, true));
  assert.equal(variables.get('A_B_SERVICE_HOST'), '10.96.0.7');
  assert.equal(variables.get('A_B_SERVICE_PORT_WEB_UI'), '80');
  assert.equal(variables.get('A_B_PORT'), 'tcp://10.96.0.7:80');
  assert.equal(variables.get('A_B_PORT_53_UDP_PROTO'), 'udp');
  assert.equal(variables.get('KUBERNETES_SERVICE_HOST'), '10.96.0.1');
  assert.equal([...variables.keys()].some((name) => name.startsWith('FAR') || name.startsWith('HEADLESS')), false);
  assert.deepEqual(visibleServices('shop', services, false).map(({ metadata }) => metadata.name), ['kubernetes']);
});

test('host names and the hosts file', () => {
  const named = pod({ hostname: 'db', subdomain: 'cluster', hostAliases: [{ ip: '1.2.3.4', hostnames: ['x', 'y'] }] });
  const names = podHostNames(named, 'cluster.local', 'node');
  assert.deepEqual(names, { hostname: 'db', domain: 'cluster.shop.svc.cluster.local' });
  const text = hostsFile(named, ['10.1.0.1'], names, '');
  assert.ok(text.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n'));
  assert.ok(text.includes('\n10.1.0.1\tdb.cluster.shop.svc.cluster.local\tdb\n'));
  assert.ok(text.endsWith('\n# Entries added by HostAliases.\n1.2.3.4\tx\ty\n'));
  assert.ok(hostsFile(pod({ hostNetwork: true }), [], names, '127.0.0.1 own\n').includes('host network'));
});

for (const { name, spec, container, image, error } of [
  { name: 'a named user cannot be verified', spec: {}, container: { securityContext: { runAsNonRoot: true } }, image: { username: 'app' }, error: /non-numeric user \(app\)/ },
  { name: 'an image of root is refused', spec: { securityContext: { runAsNonRoot: true } }, container: {}, image: { username: '' }, error: /image will run as root/ },
  { name: 'user 0 is refused', spec: { securityContext: { runAsNonRoot: true, runAsUser: 0 } }, container: {}, image: { username: '' }, error: /runAsUser breaks non-root policy/ },
]) {
  test(`runAsNonRoot: ${name}`, () => {
    const subject = pod(spec, container);
    assert.throws(() => containerSecurityContext(subject, subject.spec.containers[0] as Container, image, { seccompRoot: '/seccomp' }), error);
  });
}

test('a seccomp profile of the node is a file, an AppArmor profile a name', () => {
  const profile = (localhostProfile: string) => ({ type: 'Localhost', localhostProfile });
  const container = { name: 'c', resources: {}, securityContext: { seccompProfile: profile('own.json'), appArmorProfile: profile('own-profile') } };
  const { seccomp, apparmor } = containerSecurityContext(pod({ containers: [container] }), container, { username: '' }, { seccompRoot: '/seccomp' });
  assert.deepEqual([seccomp, apparmor], [{ profileType: 'Localhost', localhostRef: '/seccomp/own.json' }, { profileType: 'Localhost', localhostRef: 'own-profile' }]);
});

test("a container's own security context goes before the pod's", () => {
  const subject = pod({ securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } }, { securityContext: { runAsUser: 5, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } });
  const context = containerSecurityContext(subject, subject.spec.containers[0] as Container, { username: '' }, { seccompRoot: '/seccomp' });
  assert.deepEqual([context.runAsUser, context.runAsGroup, context.supplementalGroups, context.noNewPrivs, context.capabilities?.dropCapabilities], [5, 2, [4, 3], true, ['ALL']]);
});
