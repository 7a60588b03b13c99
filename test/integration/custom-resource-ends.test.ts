/** How definitions of custom resources go: what may be done meanwhile, and that nothing of theirs is left behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import { JsonClient, type Json } from '../support/json-client.ts';
import { startTestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = 'a.example.com';
const THINGS = `/apis/${GROUP}/v1/things`;
const { signal } = new AbortController();

async function define(api: JsonClient, plural: string): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object' } };
  await api.must(`POST ${CRDS}`, { metadata: { name: `${plural}.${GROUP}` }, spec: { group: GROUP, scope: 'Cluster', names: { kind: 'Thing', plural }, versions: [{ name: 'v1', served: true, storage: true, schema }] } });
}

async function conditionOf(api: JsonClient, plural: string, type: string): Promise<string | undefined> {
  const { status } = await api.must(`GET ${CRDS}/${plural}.${GROUP}`);
  return status.conditions?.find((one: Json) => one.type === type)?.status;
}

async function startOn(store: MemoryStore): Promise<{ readonly api: JsonClient } & AsyncDisposable> {
  const running = await startTestServer({ store });
  const api = new JsonClient(running.server.port);
  return {
    api,
    [Symbol.asyncDispose]: async () => {
      api[Symbol.dispose]();
      await running[Symbol.asyncDispose]();
    },
  };
}

const isGone = (api: JsonClient, plural: string) => until(`${plural} are gone`, async () => (await api.ask(`GET ${CRDS}/${plural}.${GROUP}`)).status === 404);

test('objects of a definition that goes are served to the last of them, by the next server too', async () => {
  await using store = new MemoryStore({ clock: new SystemClock() });
  await store.start(signal);
  {
    await using first = await startOn(store);
    const { api } = first;
    await define(api, 'things');
    await until('the definition is served', async () => (await api.ask(`GET ${THINGS}`)).status === 200);
    await api.must(`POST ${THINGS}`, { apiVersion: `${GROUP}/v1`, kind: 'Thing', metadata: { name: 'held', finalizers: ['example.com/x'] } });
    await api.must(`DELETE ${CRDS}/things.${GROUP}`);
    await until('it is going', async () => await conditionOf(api, 'things', 'Terminating') === 'True');
    await until('discovery knows', async () => (await api.must(`GET /apis/${GROUP}/v1`)).resources[0].verbs.join() === 'delete,deletecollection,get,list,watch');
  }
  await using second = await startOn(store);
  const { api } = second;
  await until('the definition is served again', async () => (await api.ask(`GET ${THINGS}/held`)).status === 200);
  await api.must(`PATCH ${THINGS}/held`, { metadata: { finalizers: null } });
  await isGone(api, 'things');
  assert.equal((await api.ask(`GET ${THINGS}/held`)).status, 404);
});

test('a definition that never was established has no objects to wait for', async () => {
  await using store = new MemoryStore({ clock: new SystemClock() });
  await store.start(signal);
  await using running = await startOn(store);
  const { api } = running;
  await define(api, 'others');
  await until('the first has its names', async () => await conditionOf(api, 'others', 'Established') === 'True');
  await define(api, 'things');
  await until('the second has not', async () => await conditionOf(api, 'things', 'NamesAccepted') === 'False');
  await api.must(`DELETE ${CRDS}/things.${GROUP}`);
  await isGone(api, 'things');
});

test('of resources whose definition has gone nothing is counted any more', async () => {
  await using store = new MemoryStore({ clock: new SystemClock() });
  await store.start(signal);
  await using running = await startOn(store);
  const { api } = running;
  const isCounted = async (): Promise<boolean> => String(await api.must('GET /metrics')).includes(`{group="${GROUP}",resource="things"}`);
  for (const turn of ['the first', 'the second']) {
    await define(api, 'things');
    await until(`${turn} definition is served`, async () => (await api.ask(`GET ${THINGS}`)).status === 200);
    await api.must(`POST ${THINGS}`, { apiVersion: `${GROUP}/v1`, kind: 'Thing', metadata: { name: 'one' } });
    assert.equal(await isCounted(), true);
    await api.must(`DELETE ${CRDS}/things.${GROUP}`);
    await isGone(api, 'things');
    await until(`nothing of ${turn} is counted`, async () => !(await isCounted()));
  }
});

test('a definition in a group that is built in takes nothing away from it', async () => {
  await using store = new MemoryStore({ clock: new SystemClock() });
  await store.start(signal);
  await using running = await startOn(store);
  const { api } = running;
  const group = 'networking.k8s.io';
  const spec = { group, scope: 'Namespaced', versions: ['v1', 'v9'].map((name) => ({ name, served: true, storage: name === 'v9', schema: { openAPIV3Schema: { type: 'object' } } })) };
  const approved = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/1111' };
  for (const [kind, plural] of [['Ingress', 'ingresses'], ['Road', 'roads']]) {
    await api.must(`POST ${CRDS}`, { metadata: { name: `${plural}.${group}`, annotations: approved }, spec: { ...spec, names: { kind, plural } } });
  }
  await until('what is new is served', async () => (await api.ask(`GET /apis/${group}/v9/roads`)).status === 200);
  assert.equal((await api.ask(`GET /apis/${group}/v1/roads`)).status, 404);
  assert.equal((await api.ask(`GET /apis/${group}/v9/ingresses`)).status, 404);
  assert.equal((await api.ask(`POST /apis/${group}/v1/namespaces/default/ingresses`, { metadata: { name: 'empty' }, spec: {} })).status, 422, 'an Ingress is judged as one');
  const names = (await api.must(`GET /apis/${group}/v1`)).resources.map(({ name }: Json) => name);
  assert.deepEqual([names.includes('ingresses/status'), names.includes('roads')], [true, false]);
  await api.must(`DELETE ${CRDS}/ingresses.${group}`);
  await until('the definition is gone', async () => (await api.ask(`GET ${CRDS}/ingresses.${group}`)).status === 404);
  assert.equal((await api.ask(`GET /apis/${group}/v1/ingresses`)).status, 200);
});
