/** Where pages of lists end that select some objects only, which state lists of one object are of, and how watches begin that name no state. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Json, JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let running: TestServer;
let api: JsonClient;
const MAPS = '/api/v1/configmaps';
const BARFOO = '/api/v1/namespaces/third/configmaps/barfoo';
/** When all objects were there, and one of them was another one still. */
let made = '';

before(async () => {
  running = await startTestServer();
  api = new JsonClient(running.server.port);
  for (const name of ['first', 'second', 'third']) await api.must('POST /api/v1/namespaces', { metadata: { name } });
  for (const path of ['first/bar', 'second/bar', 'second/foo', 'third/barfoo', 'third/foo']) {
    const [namespace = '', name = ''] = path.split('/');
    const { metadata } = await api.must(`POST /api/v1/namespaces/${namespace}/configmaps`, { metadata: { name, labels: { made: 'yes' } } });
    made = metadata.resourceVersion;
  }
  await api.must(`PATCH ${BARFOO}`, { data: { is: 'new' } });
  for (const [name, nodeName] of [['a', 'n'], ['b', 'other']]) await api.must('POST /api/v1/namespaces/first/pods', { metadata: { name }, spec: { nodeName, containers: [{ name: 'c', image: 'i' }] } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

const pathsOf = ({ items }: { items: Json[] }): string => items.map(({ metadata }: Json) => `${metadata.namespace}/${metadata.name}`).join(' ');

for (const { name, query, expected, goesOn } of [
  { name: 'a full page with others behind it', query: 'fieldSelector=metadata.name%3Dbarfoo&limit=1', expected: 'third/barfoo', goesOn: true },
  { name: 'a page that is not full', query: 'fieldSelector=metadata.name%3Dbarfoo&limit=2', expected: 'third/barfoo', goesOn: false },
  { name: 'two that fill a page, with others behind them', query: 'fieldSelector=metadata.name%3Dbar&limit=2', expected: 'first/bar second/bar', goesOn: true },
  { name: 'the last of all', query: 'fieldSelector=metadata.name%3Dfoo&limit=2', expected: 'second/foo third/foo', goesOn: false },
  { name: 'labels that all have', query: 'labelSelector=made&limit=5', expected: 'first/bar second/bar second/foo third/barfoo third/foo', goesOn: false },
]) {
  for (const [state, version] of [['now', () => ''], ['then', () => `&resourceVersion=${made}&resourceVersionMatch=Exact`]] as const) {
    test(`${name}, ${state}: a page goes on where anything is left to look at`, async () => {
      const page = await api.must(`GET ${MAPS}?${query}${version()}`);
      assert.deepEqual([pathsOf(page), page.metadata.continue !== undefined, page.metadata.remainingItemCount], [expected, goesOn, undefined]);
      if (!goesOn) return;
      const rest = await api.must(`GET ${MAPS}?${query}&continue=${page.metadata.continue}`);
      assert.deepEqual([pathsOf(rest), rest.metadata.continue], ['', undefined]);
    });
  }
}

test("the pods of a node are known: others do not make another page of them", async () => {
  const { items, metadata } = await api.must('GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn&limit=1');
  assert.deepEqual([items.length, metadata.continue], [1, undefined]);
});

for (const { query, data } of [
  { query: '', data: { is: 'new' } },
  { query: 'limit=1', data: { is: 'new' } },
  { query: 'limit=1&resourceVersion=MADE', data: { is: 'new' } },
  { query: 'limit=1&resourceVersion=MADE&resourceVersionMatch=NotOlderThan', data: { is: 'new' } },
  { query: 'limit=1&resourceVersion=MADE&resourceVersionMatch=Exact', data: undefined },
]) {
  test(`a list of one object has one page; ${query || 'no query'} tells which state it is of`, async () => {
    const { items, metadata } = await api.must(`GET /api/v1/namespaces/third/configmaps?fieldSelector=metadata.name%3Dbarfoo&${query.replace('MADE', made)}`);
    assert.deepEqual([items.map((one: Json) => one.data), metadata.continue], [[data], undefined]);
  });
}

/** The events of a watch that ends by itself. */
async function eventsOf(path: string): Promise<string[]> {
  const { body } = await api.ask(`GET ${path}timeoutSeconds=1&fieldSelector=metadata.name%3Dbarfoo`);
  const events = typeof body === 'string' ? body.split('\n').filter((line) => line !== '').map((line): Json => JSON.parse(line)) : [body];
  return events.map(({ type, object }: Json) => `${type} ${object.metadata.annotations?.['k8s.io/initial-events-end'] ?? object.metadata.name ?? ''}`.trim());
}

for (const { query, expected } of [
  { query: 'watch=1&allowWatchBookmarks=true&', expected: ['ADDED barfoo', 'BOOKMARK true', 'BOOKMARK'] },
  { query: 'watch=1&allowWatchBookmarks=true&resourceVersion=0&', expected: ['ADDED barfoo', 'BOOKMARK true', 'BOOKMARK'] },
  { query: 'watch=1&', expected: ['ADDED barfoo'] },
  { query: 'watch=1&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=false&', expected: ['BOOKMARK'] },
]) {
  test(`a watch with ${query} begins as it is told`, async () => assert.deepEqual(await eventsOf(`/api/v1/namespaces/third/configmaps?${query}`), expected));
}

test('the older path of a watch is judged as a list, and tells no end of the state', async () => {
  assert.deepEqual(await eventsOf('/api/v1/watch/namespaces/third/configmaps?allowWatchBookmarks=true&'), ['ADDED barfoo', 'BOOKMARK']);
  const { status, body } = await api.ask('GET /api/v1/watch/namespaces/third/configmaps?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1');
  assert.deepEqual([status, body.message], [422, 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list']);
});
