/** Rules of a namespace count at another server at once, though its watch of the store is late. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ResourceQuota } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { LimitRanger } from '../../src/apiserver/admission/plugins/limit-ranger.ts';
import { PriorityAdmission } from '../../src/apiserver/admission/plugins/priority.ts';
import { ResourceQuotaAdmission } from '../../src/apiserver/admission/plugins/resource-quota.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { LateStore } from '../support/late-store.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const call = { signal };
const LATE_MS = 40;

suite('two servers on a store whose watches are late', () => {
  let store: LateStore;
  let questions = 0;
  const servers: TestServer[] = [];
  const clients: Client[] = [];

  before(async () => {
    store = new LateStore({ clock, lateMs: LATE_MS });
    const ask = store.shared.readIndex.bind(store.shared);
    Object.assign(store.shared, { readIndex: () => (questions++, ask()) });
    await store.start(signal);
    for (let i = 0; i < 2; i++) {
      const objects = (): CachedObjects => new CachedObjects((servers[i] as TestServer).server.cacher);
      const writeQuotaStatus = (quota: ResourceQuota): Promise<unknown> => (clients[i] as Client).resource(refs.resourceQuotas, quota.metadata.namespace).updateStatus(quota, call);
      servers.push(await startTestServer({ store, admission: [new LimitRanger({ objects, clock }), new PriorityAdmission(objects), new ResourceQuotaAdmission({ objects, clock, writeQuotaStatus })] }));
      clients.push(new Client({ transport: (servers[i] as TestServer).server.transportFor(admin), clock, userAgent: 'test' }));
    }
  });
  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const [here, there] = [(): Client => clients[0] as Client, (): Client => clients[1] as Client];
  const pod = (name: string, more: object = {}): never => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...more } }) as never;

  test('a LimitRange gives its defaults', async () => {
    for (let round = 0; round < 5; round++) {
      const namespace = `range-${round}`;
      await here().resource(refs.limitRanges, namespace).create({ metadata: { name: 'r' }, spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } } as never, call);
      const made = await there().resource(refs.pods, namespace).create(pod('p'), call);
      assert.deepEqual(made.spec.containers[0]?.resources?.limits, { cpu: '1' });
    }
  });

  test('a ResourceQuota refuses', async () => {
    for (let round = 0; round < 5; round++) {
      const namespace = `quota-${round}`;
      const quota = await here().resource(refs.resourceQuotas, namespace).create({ metadata: { name: 'q' }, spec: { hard: { pods: '1' } } } as never, call);
      await here().resource(refs.resourceQuotas, namespace).updateStatus({ ...quota, status: { hard: { pods: '1' }, used: { pods: '0' } } }, call);
      await there().resource(refs.pods, namespace).create(pod('one'), call);
      await assert.rejects(here().resource(refs.pods, namespace).create(pod('two'), call), /exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1$/);
    }
  });

  test('of requests at both servers at once, only as many as the quota allows get through', async () => {
    const namespace = 'race';
    const quota = await here().resource(refs.resourceQuotas, namespace).create({ metadata: { name: 'q' }, spec: { hard: { pods: '3' } } } as never, call);
    await here().resource(refs.resourceQuotas, namespace).updateStatus({ ...quota, status: { hard: { pods: '3' }, used: { pods: '0' } } }, call);
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? here() : there()).resource(refs.pods, namespace).create(pod(`p-${i}`), call)));
    assert.ok(results.filter(({ status }) => status === 'fulfilled').length <= 3);
    const { items } = await there().resource(refs.pods, namespace).list(call);
    const { status } = await there().resource(refs.resourceQuotas, namespace).get('q', call);
    assert.ok(items.length <= 3 && status?.used?.['pods'] === String(items.length), `${items.length} pods, ${JSON.stringify(status)}`);
  });

  test('a PriorityClass is found', async () => {
    for (let round = 0; round < 5; round++) {
      await here().resource(refs.priorityClasses).create({ metadata: { name: `class-${round}` }, value: 7 } as never, call);
      assert.equal((await there().resource(refs.pods, 'free').create(pod(`p-${round}`, { priorityClassName: `class-${round}` }), call)).spec.priority, 7);
    }
  });

  test('a namespace without rules is asked for once, not for each pod', async () => {
    await there().resource(refs.pods, 'empty').create(pod('first'), call);
    const before = questions;
    for (let i = 0; i < 5; i++) await there().resource(refs.pods, 'empty').create(pod(`p-${i}`), call);
    assert.equal(questions, before);
  });
});
