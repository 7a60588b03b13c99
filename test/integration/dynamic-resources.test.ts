/** Dynamic resource allocation, from a template to a pod that runs on the node that has its devices. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { conditionOf, type ConformanceApi, type Json } from './conformance/conformance-api.ts';
import { ConformanceCluster } from './conformance/conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;
const RESOURCE = '/apis/resource.k8s.io/v1';
const DRIVER = 'gpu.example.com';

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
  await api.create(`${RESOURCE}/deviceclasses`, { metadata: { name: 'gpu' }, spec: { selectors: [{ cel: { expression: `device.driver == "${DRIVER}"` } }] } });
  const devices = [{ name: 'small', capacity: { memory: { value: '8Gi' } } }, { name: 'large', capacity: { memory: { value: '80Gi' } } }];
  await api.create(`${RESOURCE}/resourceslices`, { metadata: { name: 'node-2-gpus' }, spec: { driver: DRIVER, nodeName: 'node-2', pool: { name: 'node-2', generation: 1, resourceSliceCount: 1 }, devices } });
});
after(() => cluster[Symbol.asyncDispose]());

const large = { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', selectors: [{ cel: { expression: `device.capacity["${DRIVER}"].memory.compareTo(quantity("40Gi")) >= 0` } }] } }] } };
const pod = (name: string, claim: Json): Json => ({ metadata: { name }, spec: { terminationGracePeriodSeconds: 0, resourceClaims: [{ name: 'gpu', ...claim }], containers: [{ name: 'c', image: 'x', resources: { claims: [{ name: 'gpu' }] } }] } });

test('a pod gets a claim from its template, runs where the device is, and frees it at its end for the next one', async () => {
  const namespace = await api.namespace('templated');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  await api.create(pods, pod('early', { resourceClaimTemplateName: 'large' }));
  await api.create(`${RESOURCE}/namespaces/${namespace}/resourceclaimtemplates`, { metadata: { name: 'large' }, spec: { metadata: { labels: { from: 'template' } }, spec: large } });
  const first = await api.untilIs(`${pods}/early`, 'it runs', ({ status }) => status.phase === 'Running');
  assert.equal(first.spec.nodeName, 'node-2');
  const { resourceClaimName } = first.status.resourceClaimStatuses[0];
  const claim = await api.get(`${claims}/${resourceClaimName}`);
  assert.deepEqual(claim.status.allocation.devices.results, [{ request: 'gpu', driver: DRIVER, pool: 'node-2', device: 'large' }]);
  assert.deepEqual(claim.status.reservedFor, [{ resource: 'pods', name: 'early', uid: first.metadata.uid }]);
  assert.equal(claim.metadata.labels?.from, 'template');
  assert.deepEqual(claim.metadata.finalizers, ['resource.kubernetes.io/delete-protection']);
  await api.create(pods, pod('late', { resourceClaimTemplateName: 'large' }));
  const waiting = await api.untilIs(`${pods}/late`, 'it waits', (thing) => /cannot allocate all claims/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
  assert.equal(waiting.spec.nodeName, undefined);
  await api.delete(`${pods}/early`);
  await api.untilGone(`${claims}/${resourceClaimName}`);
  await api.untilIs(`${pods}/late`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.delete(`${pods}/late`);
  await api.until('its claim has gone too', async () => (await api.get(claims)).items.length === 0);
});

test('a claim that is shared brings its pods together, and loses its devices with the last', async () => {
  const namespace = await api.namespace('shared');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  await api.create(pods, pod('one', { resourceClaimName: 'both' }));
  await api.create(claims, { metadata: { name: 'both' }, spec: large });
  await api.create(pods, pod('two', { resourceClaimName: 'both' }));
  for (const name of ['one', 'two']) assert.equal((await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running')).spec.nodeName, 'node-2');
  assert.equal((await api.get(`${claims}/both`)).status.reservedFor.length, 2);
  const { items: events } = await api.get(`/api/v1/namespaces/${namespace}/events`);
  assert.deepEqual(events.filter(({ reason }: Json) => reason === 'FailedScheduling'), [], 'a pod whose claim is not there yet is not tried');
  await api.delete(`${pods}/one`);
  const left = await api.untilIs(`${claims}/both`, 'one pod is left', ({ status }) => status.reservedFor?.length === 1);
  assert.ok(left.status.allocation);
  await api.delete(`${pods}/two`);
  const free = await api.untilIs(`${claims}/both`, 'it is free', ({ status }) => !status.allocation);
  assert.equal(free.status.reservedFor, undefined);
  await api.delete(`${claims}/both`);
  await api.untilGone(`${claims}/both`);
});

test('a selector that fails ends the attempt, and tells why; the pod runs once the claim can be worked out', async () => {
  const namespace = await api.namespace('failing');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  const expression = `device.attributes["${DRIVER}"].model == "none"`;
  await api.create(claims, { metadata: { name: 'odd' }, spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', selectors: [{ cel: { expression } }] } }] } } });
  await api.create(pods, pod('asks', { resourceClaimName: 'odd' }));
  const told = `running "DynamicResources" filter plugin: claim ${namespace}/odd: selector #0: CEL runtime error: no such key: model`;
  const waiting = await api.untilIs(`${pods}/asks`, 'it is told why', (thing) => conditionOf(thing, 'PodScheduled')?.message === told);
  assert.equal(conditionOf(waiting, 'PodScheduled')?.reason, 'SchedulerError');
  await api.until('an event tells it too', async () => (await api.get(`/api/v1/namespaces/${namespace}/events`)).items.some((event: Json) => event.reason === 'FailedScheduling' && event.message === told));
  await api.delete(`${claims}/odd`);
  await api.create(claims, { metadata: { name: 'odd' }, spec: large });
  await api.untilIs(`${pods}/asks`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.delete(`${pods}/asks`);
  await api.untilIs(`${claims}/odd`, 'it is free', ({ status }) => !status.allocation);
});

test('a class that is not there is told of', async () => {
  const namespace = await api.namespace('classless');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  await api.create(claims, { metadata: { name: 'odd' }, spec: { devices: { requests: [{ name: 'gpu', firstAvailable: [{ name: 'best', deviceClassName: 'none' }] }] } } });
  await api.create(pods, pod('asks', { resourceClaimName: 'odd' }));
  await api.untilIs(`${pods}/asks`, 'it is told why', (thing) => /request gpu\/best: device class none does not exist/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
});

test('a device that several claims share is given out in parts, as long as its capacity lasts', async () => {
  const namespace = await api.namespace('parts');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  const driver = 'net.example.com';
  await api.create(`${RESOURCE}/deviceclasses`, { metadata: { name: 'net' }, spec: { selectors: [{ cel: { expression: `device.driver == "${driver}" && device.allowMultipleAllocations` } }] } });
  const devices = [{ name: 'nic', allowMultipleAllocations: true, capacity: { bandwidth: { value: '10G', requestPolicy: { default: '1G', validRange: { min: '1G', step: '1G' } } } } }];
  await api.create(`${RESOURCE}/resourceslices`, { metadata: { name: 'node-1-nics' }, spec: { driver, nodeName: 'node-1', pool: { name: 'node-1', generation: 1, resourceSliceCount: 1 }, devices } });
  for (const [name, bandwidth] of [['a', '5500M'], ['b', '4G'], ['c', '2G']] as const) {
    await api.create(claims, { metadata: { name }, spec: { devices: { requests: [{ name: 'nic', exactly: { deviceClassName: 'net', capacity: { requests: { bandwidth } } } }] } } });
    await api.create(pods, pod(name, { resourceClaimName: name }));
    if (name !== 'c') await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running');
  }
  await api.untilIs(`${pods}/c`, 'it waits', (thing) => /cannot allocate all claims/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
  const results = await Promise.all(['a', 'b'].map(async (name) => (await api.get(`${claims}/${name}`)).status.allocation.devices.results[0]));
  assert.deepEqual(results, ['6G', '4G'].map((bandwidth, index) => ({ request: 'nic', driver, pool: 'node-1', device: 'nic', shareID: results[index]?.shareID, consumedCapacity: { bandwidth } })));
  assert.match(results[0]?.shareID, /^[\da-f]{8}-[\da-f]{4}-4/);
  assert.notEqual(results[0]?.shareID, results[1]?.shareID);
  await api.delete(`${pods}/b`);
  await api.untilIs(`${pods}/c`, 'it runs', ({ status }) => status.phase === 'Running');
});

test('devices serve extended resources: the scheduler makes the claim, tells it in the status of the pod, and it goes with the pod', async () => {
  const namespace = await api.namespace('extended');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  const driver = 'fpga.example.com';
  await api.create(`${RESOURCE}/deviceclasses`, { metadata: { name: 'fpga' }, spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }], extendedResourceName: 'example.com/fpga' } });
  await api.create(`${RESOURCE}/resourceslices`, { metadata: { name: 'node-1-fpgas' }, spec: { driver, nodeName: 'node-1', pool: { name: 'node-1-fpgas', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'one' }, { name: 'two' }] } });
  const extended = (name: string, resource: string, count: string): Json => ({ metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'plain', image: 'x' }, { name: 'c', image: 'x', resources: { limits: { cpu: '1m', [resource]: count } } }] } });
  await api.create(pods, extended('both', 'example.com/fpga', '2'));
  const running = await api.untilIs(`${pods}/both`, 'it runs', ({ status }) => status.phase === 'Running');
  assert.equal(running.spec.nodeName, 'node-1');
  const { resourceClaimName, requestMappings } = running.status.extendedResourceClaimStatus;
  assert.deepEqual(requestMappings, [{ containerName: 'c', resourceName: 'example.com/fpga', requestName: 'container-1-request-1' }]);
  assert.match(resourceClaimName, /^both-extended-resources-\w{5}$/);
  const claim = await api.get(`${claims}/${resourceClaimName}`);
  assert.deepEqual(claim.metadata.annotations, { 'resource.kubernetes.io/extended-resource-claim': 'true' });
  assert.deepEqual(claim.spec.devices.requests, [{ name: 'container-1-request-1', exactly: { deviceClassName: 'fpga', allocationMode: 'ExactCount', count: 2 } }]);
  assert.deepEqual(claim.status.allocation.devices.results.map(({ device }: Json) => device), ['one', 'two']);
  assert.deepEqual(claim.status.reservedFor, [{ resource: 'pods', name: 'both', uid: running.metadata.uid }]);
  await api.create(pods, extended('late', 'deviceclass.resource.kubernetes.io/fpga', '1'));
  await api.untilIs(`${pods}/late`, 'it waits', (thing) => /cannot allocate all claims/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
  await api.delete(`${pods}/both`);
  await api.untilGone(`${claims}/${resourceClaimName}`);
  await api.untilIs(`${pods}/late`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.create(pods, extended('none', 'example.com/other', '1'));
  await api.untilIs(`${pods}/none`, 'nobody has it', (thing) => /Insufficient example.com\/other/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
});

test('a pod waits until the driver has made its device ready, and gets another when it cannot', async () => {
  const namespace = await api.namespace('binding');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  const driver = 'fabric.example.com';
  await api.create(`${RESOURCE}/deviceclasses`, { metadata: { name: 'fabric' }, spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] } });
  const devices = ['one', 'two'].map((name) => ({ name, bindsToNode: true, bindingConditions: ['Attached'], bindingFailureConditions: ['Failed'] }));
  await api.create(`${RESOURCE}/resourceslices`, { metadata: { name: 'fabric' }, spec: { driver, allNodes: true, pool: { name: 'fabric', generation: 1, resourceSliceCount: 1 }, devices } });
  await api.create(claims, { metadata: { name: 'c' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'fabric' } }] } } });
  await api.create(pods, pod('p', { resourceClaimName: 'c' }));
  const conclude = async (device: string, type: string): Promise<void> => {
    const { status } = await api.untilIs(`${claims}/c`, `it has ${device}`, (claim) => claim.status.allocation?.devices.results[0].device === device);
    assert.ok(Date.parse(status.allocation.allocationTimestamp) > 0);
    assert.equal(status.allocation.nodeSelector.nodeSelectorTerms[0].matchFields[0].key, 'metadata.name');
    assert.equal((await api.get(`${pods}/p`)).spec.nodeName, undefined);
    const condition = { type, status: 'True', reason: 'Because', message: 'so it is', lastTransitionTime: '2026-01-01T00:00:00Z' };
    await api.patch(`${claims}/c/status`, { status: { devices: [{ driver, pool: 'fabric', device, conditions: [condition] }] } }, 'merge-patch+json');
  };
  await api.untilIs(`${claims}/c`, 'it has a device', ({ status }) => status.allocation);
  await api.update(`${RESOURCE}/resourceslices/fabric`, ({ spec }) => {
    spec.pool.generation++;
    spec.devices[0].taints = [{ key: 'broken', effect: 'NoSchedule' }];
  });
  await conclude('one', 'Failed');
  await conclude('two', 'Attached');
  await api.untilIs(`${pods}/p`, 'it runs', ({ status }) => status.phase === 'Running');
});

test('pods whose devices become bad go, as soon as their claims tolerate that no longer', async () => {
  const namespace = await api.namespace('tainted');
  const [pods, claims] = [`/api/v1/namespaces/${namespace}/pods`, `${RESOURCE}/namespaces/${namespace}/resourceclaims`];
  const driver = 'disk.example.com';
  await api.create(`${RESOURCE}/deviceclasses`, { metadata: { name: 'disk' }, spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] } });
  await api.create(`${RESOURCE}/resourceslices`, { metadata: { name: 'disks' }, spec: { driver, nodeName: 'node-1', pool: { name: 'disks', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'one' }, { name: 'two' }] } });
  for (const [name, tolerations] of [['bears', [{ key: 'worn', operator: 'Exists' }]], ['flees', []]] as const) {
    await api.create(claims, { metadata: { name }, spec: { devices: { requests: [{ name: 'disk', exactly: { deviceClassName: 'disk', tolerations } }] } } });
    await api.create(pods, pod(name, { resourceClaimName: name }));
    await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running');
  }
  await using watched = api.watch(`${pods}?fieldSelector=metadata.name=flees&resourceVersion=${(await api.get(pods)).metadata.resourceVersion}`);
  await api.update(`${RESOURCE}/resourceslices/disks`, ({ spec }) => {
    for (const device of spec.devices) device.taints = [{ key: 'worn', effect: 'NoExecute' }];
  });
  const slice = await api.get(`${RESOURCE}/resourceslices/disks`);
  assert.ok(Math.abs(Date.parse(slice.spec.devices[0].taints[0].timeAdded) - Date.now()) < 60_000);
  const marked = await watched.until('it is marked', ({ object }) => conditionOf(object, 'DisruptionTarget'));
  assert.equal(conditionOf(marked, 'DisruptionTarget')?.reason, 'DeletionByDeviceTaintManager');
  await api.untilGone(`${pods}/flees`);
  await api.untilIs(`${claims}/flees`, 'it is free', ({ status }) => !status.allocation);
  assert.equal((await api.get(`${pods}/bears`)).metadata.deletionTimestamp, undefined);
});

test('a quota bounds the devices of a class that the claims of a namespace may ask for', async () => {
  const namespace = await api.namespace('bounded');
  const claims = `${RESOURCE}/namespaces/${namespace}/resourceclaims`;
  const asking = (name: string, count: number): Json => ({ metadata: { name }, spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', count } }] } } });
  const name = 'gpu.deviceclass.resource.k8s.io/devices';
  await api.create(`/api/v1/namespaces/${namespace}/resourcequotas`, { metadata: { name: 'few' }, spec: { hard: { [name]: '3' } } });
  await api.untilIs(`/api/v1/namespaces/${namespace}/resourcequotas/few`, 'it counts', ({ status }) => status.used?.[name] === '0');
  await api.create(claims, asking('two', 2));
  assert.match(await api.refused(403, 'POST', claims, asking('more', 2)), new RegExp(`exceeded quota: few, requested: ${name}=2, used: ${name}=2, limited: ${name}=3`));
  await api.create(claims, asking('one', 1));
});
