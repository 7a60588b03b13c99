/** What DELETE answers, and what it leaves, by the state in which it finds an object. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin.ts';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** Which deletions were judged. */
const judged: string[] = [];
const witness: AdmissionPlugin = {
  name: 'Witness',
  handles: (operation) => operation === 'DELETE' || operation === 'CREATE',
  validate: ({ operation, resource, subresource, name }) => void judged.push(`${operation} ${resource}${subresource && `/${subresource}`} ${name}`),
};
let running: TestServer;
let api: JsonClient;
const NS = '/api/v1/namespaces/ns';
const KEPT = ['example.com/kept'];

before(async () => {
  running = await startTestServer({ admission: [witness] });
  api = new JsonClient(running.server.port);
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

interface Left {
  readonly status: number;
  readonly finalizers: readonly string[] | undefined;
  readonly seconds: number | undefined;
  readonly isWritten: boolean;
}

let made = 0;

/** Makes an object, deletes it as `earlier` says, then as `options` say. */
async function afterDelete(plural: 'pods' | 'configmaps', finalizers: readonly string[], earlier: object | undefined, options: object): Promise<Left> {
  const path = `${NS}/${plural}/o${made++}`;
  const metadata = { name: path.slice(path.lastIndexOf('/') + 1), finalizers };
  await api.must(`POST ${NS}/${plural}`, plural === 'pods' ? { metadata, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } } : { metadata });
  if (earlier) await api.must(`DELETE ${path}`, earlier);
  const { metadata: known } = await api.must(`GET ${path}`);
  const { status, body } = await api.ask(`DELETE ${path}`, options);
  return { status, finalizers: body.metadata.finalizers, seconds: body.metadata.deletionGracePeriodSeconds, isWritten: body.metadata.resourceVersion !== known.resourceVersion };
}

for (const { name, plural, finalizers = KEPT, earlier, options, expected } of [
  { name: 'what waits for its dependents is no news', plural: 'configmaps', finalizers: [], options: { propagationPolicy: 'Foreground' }, expected: { status: 200, finalizers: ['foregroundDeletion'], seconds: 0, isWritten: true } },
  { name: 'who says it in the oldest way is told that it was only accepted', plural: 'configmaps', options: { orphanDependents: false }, expected: { status: 202, finalizers: KEPT, seconds: 0, isWritten: true } },
  { name: 'an object on its way out still changes what becomes of its dependents', plural: 'configmaps', earlier: {}, options: { propagationPolicy: 'Orphan' }, expected: { status: 200, finalizers: [...KEPT, 'orphan'], seconds: 0, isWritten: true } },
  { name: 'the same once more changes nothing', plural: 'configmaps', earlier: { propagationPolicy: 'Orphan' }, options: { propagationPolicy: 'Orphan' }, expected: { status: 200, finalizers: [...KEPT, 'orphan'], seconds: 0, isWritten: false } },
  { name: 'finalizers are the same in another order', plural: 'configmaps', finalizers: ['orphan', ...KEPT], earlier: {}, options: {}, expected: { status: 200, finalizers: ['orphan', ...KEPT], seconds: 0, isWritten: false } },
  { name: 'a pod that is given time does not', plural: 'pods', earlier: { gracePeriodSeconds: 30 }, options: { propagationPolicy: 'Orphan' }, expected: { status: 200, finalizers: KEPT, seconds: 30, isWritten: false } },
  { name: 'a pod is given no more time than it has', plural: 'pods', earlier: { gracePeriodSeconds: 20 }, options: { gracePeriodSeconds: 30 }, expected: { status: 200, finalizers: KEPT, seconds: 20, isWritten: false } },
  { name: 'a pod that is hurried changes it too', plural: 'pods', earlier: { gracePeriodSeconds: 30 }, options: { gracePeriodSeconds: 5, propagationPolicy: 'Foreground' }, expected: { status: 200, finalizers: [...KEPT, 'foregroundDeletion'], seconds: 5, isWritten: true } },
  { name: 'a negative time is a second', plural: 'pods', earlier: { gracePeriodSeconds: 30 }, options: { gracePeriodSeconds: -1 }, expected: { status: 200, finalizers: KEPT, seconds: 1, isWritten: true } },
] as const) test(name, async () => assert.deepEqual(await afterDelete(plural, finalizers, earlier, options), expected));

test('a pod whose time was over before goes at the next word', async () => {
  const path = `${NS}/pods/over`;
  await api.must(`POST ${NS}/pods`, { metadata: { name: 'over', finalizers: KEPT }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } });
  await api.must(`DELETE ${path}`, { gracePeriodSeconds: 0 });
  const held = await api.must(`DELETE ${path}`);
  assert.deepEqual([held.metadata.deletionGracePeriodSeconds, held.metadata.finalizers], [0, KEPT]);
});

for (const { name, ask, options, message } of [
  { name: 'another uid', ask: `DELETE ${NS}/configmaps/meant`, options: { uid: 'x' }, message: 'Operation cannot be fulfilled on ConfigMap "meant": the UID in the precondition (x) does not match the UID in record (UID). The object might have been deleted and then recreated' },
  { name: 'another version', ask: `DELETE ${NS}/configmaps/meant`, options: { resourceVersion: '1' }, message: 'Operation cannot be fulfilled on ConfigMap "meant": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (VERSION). The object might have been modified' },
  { name: 'another uid of a kind in a group', ask: 'DELETE /apis/apps/v1/namespaces/ns/controllerrevisions/meant', options: { uid: 'x' }, message: 'Operation cannot be fulfilled on ControllerRevision.apps "meant": the UID in the precondition (x) does not match the UID in record (UID). The object might have been deleted and then recreated' },
  { name: 'another uid of a namespace', ask: 'DELETE /api/v1/namespaces/meant', options: { uid: 'x' }, message: 'Operation cannot be fulfilled on namespaces "meant": Precondition failed: UID in precondition: x, UID in object meta: UID' },
  { name: 'another version of a namespace', ask: 'DELETE /api/v1/namespaces/meant', options: { resourceVersion: '1' }, message: 'Operation cannot be fulfilled on namespaces "meant": Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: VERSION' },
]) {
  test(`an object that is not the one that is meant stays: ${name}`, async () => {
    const path = ask.slice('DELETE '.length);
    const { status } = await api.ask(`GET ${path}`);
    if (status === 404) await api.must(`POST ${path.slice(0, path.lastIndexOf('/'))}`, { metadata: { name: 'meant' }, ...(path.includes('revisions') && { revision: 1, data: {} }) });
    const { metadata } = await api.must(`GET ${path}`);
    const { body } = await api.ask(ask, { preconditions: options });
    assert.deepEqual([body.code, body.message], [409, message.replace('UID)', `${metadata.uid})`).replace(/UID$/, metadata.uid).replace('VERSION', metadata.resourceVersion)]);
    await api.must(`GET ${path}`);
  });
}

test('admission judges what a deletion changes, and of an eviction the eviction', async () => {
  const path = `${NS}/pods/judged`;
  await api.must(`POST ${NS}/pods`, { metadata: { name: 'judged', finalizers: KEPT }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } });
  judged.length = 0;
  await api.must(`POST ${path}/eviction`, { metadata: { name: 'judged' } });
  assert.deepEqual(judged, ['CREATE pods/eviction judged']);
  await api.must(`DELETE ${path}`);
  assert.deepEqual(judged, ['CREATE pods/eviction judged']);
  await api.must(`DELETE ${path}`, { gracePeriodSeconds: 1 });
  assert.deepEqual(judged, ['CREATE pods/eviction judged', 'DELETE pods judged']);
});

test('a collection is deleted up to a limit, of the state that is asked for, and the answer says where it goes on', async () => {
  const maps = `${NS}/configmaps`;
  for (const name of ['limit-a', 'limit-b', 'limit-c']) await api.must(`POST ${maps}`, { metadata: { name, labels: { limit: 'yes' } } });
  const { metadata } = await api.must(`GET ${maps}?labelSelector=limit`);
  await api.must(`POST ${maps}`, { metadata: { name: 'limit-late', labels: { limit: 'yes' } } });
  const namesOf = ({ items }: { items: { metadata: { name: string } }[] }): string[] => items.map((one) => one.metadata.name);
  const first = await api.must(`DELETE ${maps}?labelSelector=limit&limit=2`);
  assert.deepEqual(namesOf(first), ['limit-a', 'limit-b']);
  assert.deepEqual(namesOf(await api.must(`DELETE ${maps}?labelSelector=limit&limit=1&continue=${first.metadata.continue}`)), ['limit-c']);
  assert.deepEqual(namesOf(await api.must(`DELETE ${maps}?labelSelector=limit&resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`)), ['limit-a', 'limit-b', 'limit-c']);
  assert.deepEqual(namesOf(await api.must(`GET ${maps}?labelSelector=limit`)), ['limit-late']);
});

test('events have no dependents, whatever is said of them', async () => {
  for (const propagationPolicy of ['Foreground', 'Orphan']) {
    const name = `event-${propagationPolicy.toLowerCase()}`;
    await api.must(`POST ${NS}/events`, { metadata: { name, finalizers: KEPT }, involvedObject: { namespace: 'ns' } });
    const { metadata } = await api.must(`DELETE ${NS}/events/${name}`, { propagationPolicy });
    assert.deepEqual(metadata.finalizers, KEPT);
  }
});

test('a definition says in the answer to its deletion that its objects are to go', async () => {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await api.must(`POST ${path}`, { metadata: { name: 'things.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions } });
  const { status } = await api.must(`DELETE ${path}/things.example.com`);
  const { lastTransitionTime: _, ...told } = status.conditions.find((one: { type: string }) => one.type === 'Terminating');
  assert.deepEqual(told, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon' });
});
