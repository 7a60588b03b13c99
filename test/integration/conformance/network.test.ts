/** The suite's tests of sig-network that need no real containers, by their own steps. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 1 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const DISCOVERY = '/apis/discovery.k8s.io/v1';
const NETWORKING = '/apis/networking.k8s.io/v1';
const inNamespace = (group: string, namespace: string, resource: string): string => `${group}/namespaces/${namespace}/${resource}`;
const labelled = (url: string, label: string): string => `${url}?labelSelector=${encodeURIComponent(label)}`;
const slicesOf = async (namespace: string, service: string): Promise<Thing[]> => (await api.get(labelled(inNamespace(DISCOVERY, namespace, 'endpointslices'), `kubernetes.io/service-name=${service}`))).items;
const addressesOf = (endpoints: Thing): string[] => (endpoints['subsets'] ?? []).flatMap((subset: Json) => [...(subset.addresses ?? []), ...(subset.notReadyAddresses ?? [])].map(({ ip }: { ip: string }) => ip)).toSorted();

for (const { name, group, resource, body } of [
  { name: 'EndpointSlice should support creating EndpointSlice API operations', group: DISCOVERY, resource: 'endpointslices', body: { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'] }, { addresses: ['2.2.3.4', '6.6.7.8'] }] } },
  { name: 'Ingress API should support creating Ingress API operations', group: NETWORKING, resource: 'ingresses', body: { spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 8080 } } } } } },
]) {
  test(name, async () => {
    const namespace = await api.namespace('walk');
    const all = inNamespace(group, namespace, resource);
    assert((await api.get('/apis'))['groups'].some((one: Json) => `/apis/${one.name}/v1` === group));
    assert((await api.get(group.slice(0, -3)))['versions'].some((one: Json) => one.version === 'v1'));
    assert((await api.get(group))['resources'].some((one: Json) => one.name === resource));
    const template = { ...body, metadata: { generateName: 'e2e-example-', labels: { 'special-label': namespace } } };
    for (let count = 0; count < 2; count++) await api.create(all, template);
    const created = await api.create(all, template);
    const url = `${all}/${created.metadata.name}`;
    assert.equal((await api.get(url)).metadata.uid, created.metadata.uid);
    const mine = `special-label=${namespace}`;
    const list = await api.get(labelled(all, mine));
    assert.equal(list.items.length, 3);
    await using watch = api.watch(`${labelled(all, mine)}&resourceVersion=${list.metadata.resourceVersion}`);
    assert.equal((await api.get(labelled(`${group}/${resource}`, mine))).items.length, 3);
    await using everywhere = api.watch(`${labelled(`${group}/${resource}`, mine)}&resourceVersion=${list.metadata.resourceVersion}`);
    assert.equal((await api.patch(url, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json')).metadata.annotations?.['patched'], 'true');
    assert.equal((await api.update(url, (thing) => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }))).metadata.annotations?.['updated'], 'true');
    for (const events of [watch, everywhere]) assert.equal((await events.next('MODIFIED')).metadata.annotations?.['patched'], 'true');
    if (resource === 'ingresses') await ingressStatus(url, created);
    await api.delete(url);
    await api.refused(404, 'GET', url);
    assert.equal((await api.get(labelled(all, mine))).items.length, 2);
    await api.delete(labelled(all, mine), {});
    assert.deepEqual((await api.get(labelled(all, mine))).items, []);
  });
}

async function ingressStatus(url: string, created: Thing): Promise<void> {
  const patched = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } } }, 'merge-patch+json');
  assert.deepEqual([patched.status, patched.metadata.annotations?.['patchedstatus']], [{ loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } }, 'true']);
  const updated = await api.update(url, ({ status }) => (status.loadBalancer = { ingress: [{ ip: '169.1.1.2' }] }), `${url}/status`);
  assert.deepEqual(updated.status.loadBalancer, { ingress: [{ ip: '169.1.1.2' }] });
  assert.equal((await api.get(`${url}/status`)).metadata.uid, created.metadata.uid);
}

test('Endpoints should test the lifecycle of an Endpoint', async () => {
  const namespace = await api.namespace('lifecycle');
  const all = inNamespace('/api/v1', namespace, 'endpoints');
  const mine = 'test-endpoint-static=true';
  const { metadata: { resourceVersion } } = await api.get(labelled('/api/v1/endpoints', mine));
  await using watch = api.watch(`${labelled(all, mine)}&resourceVersion=${resourceVersion}`);
  const created = await api.create(all, { metadata: { name: 'testservice', labels: { 'test-endpoint-static': 'true' } }, subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }] });
  await watch.next('ADDED');
  const [found] = (await api.get(labelled('/api/v1/endpoints', mine))).items;
  // What a list holds has neither kind nor version of its own: a typed client writes it back so.
  assert(found);
  await api.put(`${all}/testservice`, { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, 'test-service': 'updated' } } });
  await watch.next('MODIFIED');
  const patched = await api.patch(`${all}/testservice`, { metadata: { labels: { 'test-service': 'patched' } }, subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080 }] }] });
  assert(BigInt(patched.metadata.resourceVersion) > BigInt(created.metadata.resourceVersion));
  await watch.next('MODIFIED');
  const { metadata, subsets } = await api.get(`${all}/testservice`) as Thing & { subsets: Json[] };
  assert.deepEqual([metadata.labels?.['test-service'], subsets], ['patched', [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }]]);
  await api.delete(labelled(all, mine), {});
  await watch.next('DELETED');
  await api.refused(404, 'GET', `${all}/testservice`);
});

test('EndpointSlice and EndpointsController: for a Service with a selector that matches no pods', async () => {
  const namespace = await api.namespace('empty');
  const services = inNamespace('/api/v1', namespace, 'services');
  const endpoints = `${inNamespace('/api/v1', namespace, 'endpoints')}/example-empty-selector`;
  await api.create(services, { metadata: { name: 'example-empty-selector' }, spec: { selector: { 'does-not-match-anything': 'endpoints-and-endpoint-slices-should-still-be-created' }, ports: [{ name: 'example', port: 80, protocol: 'TCP' }] } });
  await api.until('there are Endpoints', async () => (await api.answer('GET', endpoints)).status === 200);
  const [slice] = await api.until('there is a slice', async () => { const found = await slicesOf(namespace, 'example-empty-selector'); return found.length > 0 && found; });
  assert.deepEqual([slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], slice?.['endpoints'] ?? [], slice?.['ports'] ?? []], ['endpointslice-controller.k8s.io', [], []]);
  await api.delete(`${services}/example-empty-selector`);
  await api.untilGone(endpoints);
  await api.until('the slice is gone', async () => (await slicesOf(namespace, 'example-empty-selector')).length === 0);
});

test('EndpointSlice and EndpointsController: for Pods matching a Service, also by a port\'s name, and again after they were deleted', async () => {
  const namespace = await api.namespace('matching');
  const make = (name: string, labels: object, ports: object[]): Promise<Thing> => api.create(inNamespace('/api/v1', namespace, 'pods'), { metadata: { name, labels }, spec: { containers: [{ name: 'container1', image: 'nginx', ports }] } });
  await make('pod1', { pod1: 'on', shared12: 'on' }, [{ name: 'example-name', containerPort: 3000 }]);
  await make('pod2', { pod2: 'on', shared12: 'on' }, [{ name: 'example-name', containerPort: 3001 }, { name: 'other-port', containerPort: 3002 }]);
  const serve = (name: string, selector: object, port: object): Promise<Thing> => api.create(inNamespace('/api/v1', namespace, 'services'), { metadata: { name }, spec: { selector, publishNotReadyAddresses: true, ports: [{ protocol: 'TCP', port: 80, ...port }] } });
  await serve('example-int-port', { pod1: 'on' }, { name: 'example', targetPort: 3000 });
  await serve('example-named-port', { shared12: 'on' }, { name: 'http', targetPort: 'example-name' });
  await serve('example-no-match', { pod3: 'on' }, { name: 'example-no-match', targetPort: 8080 });
  const pods = await Promise.all(['pod1', 'pod2'].map((name) => api.untilIs(`${inNamespace('/api/v1', namespace, 'pods')}/${name}`, 'it has an address', ({ status }) => status.podIPs?.length > 0)));
  const expectBoth = async (service: string, expected: readonly [pod: number, port: number, name: string][]): Promise<void> => {
    const wanted = expected.map(([index, port, name]) => `${pods[index]?.status.podIP} ${port} ${name} ${pods[index]?.metadata.uid}`).toSorted();
    await api.until(`the slices of ${service}`, async () => {
      const seen: string[] = (await slicesOf(namespace, service)).flatMap(({ endpoints = [], ports = [] }) => endpoints.flatMap((one: Json) => ports.map((port: Json) => `${one.addresses[0]} ${port.port} ${port.name} ${one.targetRef.uid}`)));
      return seen.toSorted().join() === wanted.join();
    });
    await api.until(`the Endpoints of ${service}`, async () => {
      const { subsets = [] } = (await api.answer('GET', `${inNamespace('/api/v1', namespace, 'endpoints')}/${service}`)).body as Json;
      const seen = subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports }: Json) => [...addresses, ...notReadyAddresses].flatMap((one: Json) => ports.map((port: Json) => `${one.ip} ${port.port} ${port.name} ${one.targetRef.uid}`)));
      return subsets.length === expected.length && seen.toSorted().join() === wanted.join();
    });
  };
  await expectBoth('example-int-port', [[0, 3000, 'example']]);
  await expectBoth('example-named-port', [[0, 3000, 'http'], [1, 3001, 'http']]);
  await expectBoth('example-no-match', []);
  const before = await slicesOf(namespace, 'example-named-port');
  assert.equal(before.length, 2, 'each number has a slice of its own');
  for (const { metadata } of before) await api.delete(`${inNamespace(DISCOVERY, namespace, 'endpointslices')}/${metadata.name}`);
  await expectBoth('example-named-port', [[0, 3000, 'http'], [1, 3001, 'http']]);
});

test('EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete', async () => {
  const namespace = await api.namespace('mirroring');
  await api.create(inNamespace('/api/v1', namespace, 'services'), { metadata: { name: 'example-custom-endpoints' }, spec: { ports: [{ name: 'example', port: 80, protocol: 'TCP' }] } });
  const all = inNamespace('/api/v1', namespace, 'endpoints');
  const of = (ip: string): object => ({ metadata: { name: 'example-custom-endpoints' }, subsets: [{ ports: [{ port: 80 }], addresses: [{ ip }] }] });
  const mirrored = (ip: string): Promise<unknown> => api.until(`one slice with ${ip}`, async () => {
    const found = await slicesOf(namespace, 'example-custom-endpoints');
    return found.length === 1 && JSON.stringify([found[0]?.['ports'].map(({ port }: Json) => port), found[0]?.['endpoints'].map(({ addresses }: Json) => addresses)]) === JSON.stringify([[80], [[ip]]]);
  });
  await api.create(all, of('10.1.2.3'));
  await mirrored('10.1.2.3');
  await api.put(`${all}/example-custom-endpoints`, of('10.2.3.4'));
  await mirrored('10.2.3.4');
  await api.delete(`${all}/example-custom-endpoints`);
  await api.until('no slice is left', async () => (await slicesOf(namespace, 'example-custom-endpoints')).length === 0);
});

test('API Server should provide secure master service; should have Endpoints and EndpointSlices pointing to API Server', async () => {
  const service = await api.get('/api/v1/namespaces/default/services/kubernetes');
  assert(service.spec.ports.some(({ name, port }: Json) => name === 'https' && port === 443));
  const endpoints = await api.get('/api/v1/namespaces/default/endpoints/kubernetes');
  const slices = await slicesOf('default', 'kubernetes');
  assert(addressesOf(endpoints).length > 0);
  const inSlices: string[] = slices.flatMap((slice) => slice['endpoints'].flatMap(({ addresses }: Json) => addresses));
  assert.deepEqual(inSlices.toSorted(), addressesOf(endpoints));
  assert.deepEqual(slices.flatMap((slice) => slice['ports'].map(({ port }: Json) => port)), endpoints['subsets'].flatMap(({ ports }: Json) => ports.map(({ port }: Json) => port)));
});

test('Services should complete a service status lifecycle', async () => {
  const namespace = await api.namespace('services');
  const all = inNamespace('/api/v1', namespace, 'services');
  const mine = 'test-service-static=true';
  const { metadata: { resourceVersion } } = await api.get(labelled('/api/v1/services', mine));
  await using watch = api.watch(`${labelled(all, mine)}&resourceVersion=${resourceVersion}`);
  await api.create(all, { metadata: { name: 'test-service-x', labels: { 'test-service-static': 'true' } }, spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/internal-vip', ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }] } });
  const url = `${all}/test-service-x`;
  await watch.next('ADDED');
  assert.deepEqual((await api.get(`${url}/status`)).status, { loadBalancer: {} });
  const patched = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } } }, 'merge-patch+json');
  assert.equal(patched.metadata.annotations?.['patchedstatus'], 'true');
  assert.deepEqual((await watch.next('MODIFIED')).status.loadBalancer.ingress, [{ ip: '203.0.113.1', ipMode: 'VIP' }]);
  const updated = await api.update(url, ({ status }) => (status.conditions = [...(status.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: null }]), `${url}/status`);
  assert.equal(conditionOf(updated, 'StatusUpdate').reason, 'E2E');
  assert(conditionOf(await watch.next('MODIFIED'), 'StatusUpdate'));
  await api.patch(url, { metadata: { labels: { 'test-service': 'patched' } } });
  assert.equal((await watch.next('MODIFIED')).metadata.labels?.['test-service'], 'patched');
  await api.delete(url);
  await watch.next('DELETED');
});

test('Services should find a service from listing all namespaces; should delete a collection of services', async () => {
  assert((await api.get('/api/v1/services')).items.some(({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes'));
  const namespace = await api.namespace('collection');
  const all = inNamespace('/api/v1', namespace, 'services');
  for (const [name, ports] of Object.entries({ 'e2e-svc-a': [8001], 'e2e-svc-b': [8002], 'e2e-svc-c': [8003] })) {
    await api.create(all, { metadata: { name, labels: { 'e2e-test-service': namespace, ...(name !== 'e2e-svc-c' && { 'e2e-both': 'true' }) } }, spec: { ports: ports.map((port) => ({ name: 'http', protocol: 'TCP', port, targetPort: port })) } });
  }
  const mine = `e2e-test-service=${namespace}`;
  assert.equal((await api.get(labelled(all, mine))).items.length, 3);
  await api.delete(labelled(all, 'e2e-both=true'), {});
  assert.deepEqual((await api.get(labelled(all, mine))).items.map(({ metadata }) => metadata.name), ['e2e-svc-c']);
});

test('ServiceCIDR and IPAddress API should support their operations', async () => {
  const range = await api.get(`${NETWORKING}/servicecidrs/kubernetes`);
  const status = await api.get(`${NETWORKING}/servicecidrs/kubernetes/status`);
  assert.deepEqual([status.kind, status.apiVersion, status.metadata.uid], ['ServiceCIDR', 'networking.k8s.io/v1', range.metadata.uid]);
  assert((await api.get(`${NETWORKING}/servicecidrs`)).items.length > 0);
  await using ranges = api.watch(`${NETWORKING}/servicecidrs`);
  assert.equal((await ranges.next('ADDED')).metadata.uid, range.metadata.uid);
  const all = `${NETWORKING}/ipaddresses`;
  const of = (name: string, type: string): object => ({ metadata: { name, labels: { type } }, spec: { parentRef: { group: 'mygroup', resource: 'myresources', namespace: 'foo', name: 'bar' } } });
  const created = await api.create(all, of('255.255.255.255', 'broadcast'));
  await api.create(all, of('fe80::42:1dff:fe84:f9e2', 'link-local'));
  const patched = await api.patch(`${all}/255.255.255.255`, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  assert(BigInt(patched.metadata.resourceVersion) > BigInt(created.metadata.resourceVersion));
  const updated = await api.update(`${all}/255.255.255.255`, ({ metadata }) => (metadata.annotations = { ...metadata.annotations, updated: 'true' }));
  assert.equal(updated.metadata.annotations?.['updated'], 'true');
  assert.equal((await api.get(labelled(all, 'type=broadcast'))).items.length, 1);
  await using watch = api.watch(labelled(all, 'type=broadcast'));
  await watch.next('ADDED');
  await api.delete(`${all}/255.255.255.255`);
  await watch.next('DELETED');
  await api.delete(labelled(all, 'type=link-local'), {});
  assert.deepEqual((await api.get(labelled(all, 'type=link-local'))).items, []);
});

test('Conformance Tests should have at least two untainted nodes: as the suite counts them', async () => {
  await cluster.addNode('node-2');
  await api.until('two nodes are ready and bear no taint', async () => (await api.get('/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse')).items.filter((node) => conditionOf(node, 'Ready')?.status === 'True' && !conditionOf(node, 'NetworkUnavailable')?.status.includes('True') && !node.spec.taints?.length).length === 2);
});
