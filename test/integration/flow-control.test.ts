import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import * as refs from '../../src/api/refs.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { FlowControlDumps } from '../../src/apiserver/flowcontrol/debug-dumps.ts';
import { FlowControl } from '../../src/apiserver/flowcontrol/flow-control.ts';
import { InFlightLimit } from '../../src/apiserver/flowcontrol/in-flight-limit.ts';
import { ensureFlowControlObjects } from '../../src/apiserver/flowcontrol/objects.ts';
import { Query } from '../../src/apiserver/request.ts';
import { requestInfo } from '../../src/apiserver/http/request-info.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';

const { signal } = new AbortController();
const clock = new VirtualClock();
const alice = { name: 'alice', groups: ['system:authenticated'] };
const info = requestInfo('GET', '/api/v1/namespaces/a/pods', () => undefined);
const request = { info, user: alice, signal, query: Query.none };
let server: TestServer;
let client: Client;
const limiter = new FlowControl({ objects: () => new CachedObjects(server.server.cacher), clock, seats: 1, requestTimeoutMs: 60_000 });

before(async () => {
  server = await startTestServer({ limiter, authenticators: [tokenUsers({ alice, admin })] });
  client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock(), userAgent: 'test' });
  await ensureFlowControlObjects(client, clock, signal);
});
after(() => server[Symbol.asyncDispose]());

function route(level: string): Promise<unknown> {
  const schema = { metadata: { name: 'people' }, spec: { priorityLevelConfiguration: { name: level }, matchingPrecedence: 50, distinguisherMethod: { type: 'ByUser' }, rules: [{
    subjects: [{ kind: 'User', user: { name: 'alice' } }], resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
  }] } };
  return client.resource(refs.flowSchemas).create(schema as never, { signal });
}

/** GET of pods over the network, as alice. */
async function ask(): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof ask>>>();
  const sent = get(`${server.url}${info.path}`, { ca: server.ca, agent: false, headers: { authorization: 'Bearer alice' } }, (answer) => {
    text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }), reject);
  });
  sent.on('error', reject);
  return promise;
}

async function unroute(): Promise<void> {
  await client.resource(refs.flowSchemas).delete('people', { signal });
}

test('every cluster has its flow schemas and levels; mandatory ones cannot change, others may', async () => {
  const schemas = client.resource(refs.flowSchemas);
  assert.equal((await schemas.get('catch-all', { signal })).status.conditions?.[0]?.status, 'False');
  const levels = client.resource(refs.priorityLevelConfigurations);
  const [catchAll, low] = await Promise.all([levels.get('catch-all', { signal }), levels.get('workload-low', { signal })]);
  await assert.rejects(levels.patch('catch-all', { type: 'merge', patch: { spec: { limited: { nominalConcurrencyShares: 7 } } } }, { signal }), /spec of 'catch-all' must equal the fixed value/);
  await levels.delete('catch-all', { signal });
  await levels.patch('workload-low', { type: 'merge', patch: { metadata: { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } }, spec: { limited: { nominalConcurrencyShares: 7 } } } }, { signal });
  await ensureFlowControlObjects(client, clock, signal);
  assert.deepEqual((await levels.get('catch-all', { signal })).spec, catchAll.spec);
  assert.notDeepEqual((await levels.get('workload-low', { signal })).spec, low.spec);
});

test('answers tell the schema and level; beyond the seats of a level without queues comes 429', async () => {
  await route('catch-all');
  const held = await limiter.admit(request);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.body, 'Too many requests, please try again later.\n');
  held.release();
  held.release();
  const answered = await ask();
  assert.equal(answered.status, 200);
  assert.equal(answered.headers['x-kubernetes-pf-flowschema-uid'], (await client.resource(refs.flowSchemas).get('people', { signal })).metadata.uid);
  assert.equal(answered.headers['x-kubernetes-pf-prioritylevel-uid'], (await client.resource(refs.priorityLevelConfigurations).get('catch-all', { signal })).metadata.uid);
  assert.match(limiter.text(), /apiserver_flowcontrol_rejected_requests_total\{flow_schema="people",priority_level="catch-all",reason="concurrency-limit"\} 1/);
  await unroute();
});

test('in a level with queues a request waits for a seat, but not for ever', async () => {
  await route('global-default');
  const held = await limiter.admit(request);
  const waiting = limiter.admit(request);
  const late = limiter.admit(request);
  held.release();
  const second = await waiting;
  assert.equal(second.isRefused, false);
  await clock.advance(15_000);
  assert.equal((await late).isRefused, true);
  second.release();
  await unroute();
});

test('a large list takes several seats, and waits for all of them', async () => {
  const wide = new FlowControl({ objects: () => new CachedObjects(server.server.cacher), clock, seats: 58, requestTimeoutMs: 60_000 });
  const configMaps = client.resource(refs.configMaps, 'default');
  for (let i = 0; i < 4; i++) await configMaps.create({ metadata: { name: `large-${i}` }, data: { x: 'x'.repeat(100_000) } } as never, { signal });
  await client.resource(refs.priorityLevelConfigurations).create({ metadata: { name: 'narrow' }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 30, borrowingLimitPercent: 0, limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 5 } } } } } as never, { signal });
  await route('narrow');
  const list = { ...request, info: requestInfo('GET', '/api/v1/namespaces/default/configmaps', () => undefined) };
  const small = await wide.admit(request);
  const level = wide.levels.get('narrow');
  assert.deepEqual([level?.limits.nominal, level?.mostSeats], [10, 2]);
  const lists = await Promise.all([1, 2, 3, 4].map(async () => wide.admit(list)));
  const late = wide.admit(list);
  assert.equal(level?.waiting, 1, 'one seat is left, and two are wanted');
  const dumps = new FlowControlDumps(wide, clock);
  const dump = (name: string, query = ''): string[] => {
    const path = `/debug/api_priority_and_fairness/${name}`;
    const answer = dumps.handle({ info: requestInfo('GET', path, () => undefined), query: Query.parse(query) } as never);
    return answer?.type === 'bytes' ? Buffer.from(answer.bytes).toString().split('\n') : [];
  };
  assert.deepEqual(dump('dump_priority_levels').filter((line, i) => i === 0 || line.startsWith('narrow')), [
    'PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests',
    'narrow,            1,            false,  false,       1,               5,                 5,                  0,                0,                0',
  ]);
  assert.deepEqual(dump('dump_queues').filter((line) => line.startsWith('narrow')).map((line) => line.split(/,\s+/)), [['narrow', '0', '1', '0', '0', '0.00000000ss', '2', '2', '0.00600000ss']]);
  const requests = dump('dump_requests', 'includeRequestDetails=1').filter((line) => line.startsWith('narrow')).map((line) => line.split(/,\s+/));
  assert.deepEqual(requests.map(([, schema, queue, index, , , seats]) => [schema, queue, index, seats]), [['people', '-1', '-1', '1'], ...Array.from({ length: 4 }, () => ['people', '-1', '-1', '2']), ['people', '0', '0', '2']]);
  assert.deepEqual(requests.at(-1)?.slice(10), ['alice', 'list', '/api/v1/namespaces/default/configmaps', 'default', '', 'v1', 'configmaps', '']);
  small.release();
  assert.equal((await late).isRefused, false);
  for (const one of lists) one.release();
  await unroute();
});

test('a write of which many watchers hear holds its seat for a moment after its answer', async () => {
  const write = { ...request, info: requestInfo('POST', '/api/v1/namespaces/default/secrets', () => undefined) };
  const watches = await Promise.all(Array.from({ length: 20 }, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    get(`${server.url}/api/v1/namespaces/default/secrets?watch=1`, { ca: server.ca, agent: false, headers: { authorization: 'Bearer admin' } }, resolve).on('error', reject);
    return promise;
  }));
  await route('catch-all');
  const held = await limiter.admit(write);
  const requests = new FlowControlDumps(limiter, clock).handle({ info: requestInfo('GET', '/debug/api_priority_and_fairness/dump_requests', () => undefined), query: Query.none } as never);
  const dumped = requests?.type === 'bytes' ? Buffer.from(requests.bytes).toString().split('\n').find((line) => line.startsWith('catch-all')) : '';
  assert.deepEqual(dumped?.split(/,\s+/).slice(6, 9), ['1', '2', '5ms']);
  assert.match(limiter.text(), /^apiserver_flowcontrol_current_executing_seats\{flow_schema="people",priority_level="catch-all"\} 2$/m);
  held.release();
  assert.equal((await limiter.admit(request)).isRefused, true);
  await clock.advance(10);
  const next = await limiter.admit(write);
  assert.equal(next.isRefused, false);
  next.release();
  await clock.advance(10);
  for (const one of watches) one.destroy();
  // Once they are gone a write is as short as any.
  for (;;) {
    const short = await limiter.admit(write);
    short.release();
    const after = await limiter.admit(request);
    after.release();
    if (!after.isRefused) break;
    await clock.advance(10);
    await new SystemClock().sleep(10, signal);
  }
  assert.match(limiter.text(), /^apiserver_flowcontrol_watch_count_samples_bucket\{flow_schema="people",priority_level="catch-all",le="10"\} [1-9]/m);
  await unroute();
});

test('superusers are never held back', async () => {
  for (let i = 0; i < 3; i++) assert.equal((await limiter.admit({ ...request, user: admin })).isRefused, false);
});

test('without priority and fairness reads and writes have limits of their own', () => {
  const limit = new InFlightLimit({ reads: 1, writes: 0 });
  const held = limit.admit(request);
  assert.equal(limit.admit(request).isRefused, true);
  assert.equal(limit.admit({ ...request, user: admin }).isRefused, false);
  assert.equal(limit.admit({ ...request, info: requestInfo('POST', '/api/v1/namespaces/a/pods', () => undefined) }).isRefused, false);
  held.release();
  assert.equal(limit.admit(request).isRefused, false);
});
