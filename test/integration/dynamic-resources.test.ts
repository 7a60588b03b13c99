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
  await api.untilIs(`${pods}/one`, 'it waits for its claim', (thing) => /resourceclaim "both" not found/.test(conditionOf(thing, 'PodScheduled')?.message ?? ''));
  await api.create(claims, { metadata: { name: 'both' }, spec: large });
  await api.create(pods, pod('two', { resourceClaimName: 'both' }));
  for (const name of ['one', 'two']) assert.equal((await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running')).spec.nodeName, 'node-2');
  assert.equal((await api.get(`${claims}/both`)).status.reservedFor.length, 2);
  await api.delete(`${pods}/one`);
  const left = await api.untilIs(`${claims}/both`, 'one pod is left', ({ status }) => status.reservedFor?.length === 1);
  assert.ok(left.status.allocation);
  await api.delete(`${pods}/two`);
  const free = await api.untilIs(`${claims}/both`, 'it is free', ({ status }) => !status.allocation);
  assert.equal(free.status.reservedFor, undefined);
  await api.delete(`${claims}/both`);
  await api.untilGone(`${claims}/both`);
});
