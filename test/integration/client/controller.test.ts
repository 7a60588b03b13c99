import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps } from '../../../src/api/refs.ts';
import { keyOf } from '../../../src/apimachinery/meta.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import type { Client } from '../../../src/client/client.ts';
import { Controller } from '../../../src/client/controller.ts';
import { InformerFactory } from '../../../src/client/informer-factory.ts';
import { startControllers } from '../controllers/controllers-under-test.ts';

/** Counts up in every config map until it says 50, without ever reading what it wrote: only the cache. */
class Counter extends Controller {
  conflicts = 0;
  readonly #client: Client;
  readonly #lister;

  constructor(client: Client, informers: InformerFactory, fault?: string) {
    super({ name: 'counter', clock: new SystemClock(), logger: silentLogger });
    this.#client = client;
    this.#lister = this.watch(informers.informer(configMaps, { namespace: 'kube-system' }), (object) => {
      if (object.metadata.name === fault) throw new Error('a bug');
      return [keyOf(object)];
    }).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const object = this.#lister.get(key);
    const count = Number(object?.data?.['count'] ?? 0);
    if (!object || count >= 50) return;
    try {
      await this.#client.resource(configMaps, 'kube-system').update({ ...object, data: { count: String(count + 1) } }, { signal });
    } catch (error) {
      this.conflicts++;
      throw error;
    }
  }
}

test('a controller sees its own writes before it works on their key again', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers([]);
  const { client, signal, until } = cluster;
  await using informers = new InformerFactory({ client, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  await using counter = new Counter(client, informers);
  await informers.start(signal);
  await counter.start(signal);
  for (const name of ['a', 'b']) await client.resource(configMaps, 'kube-system').create({ metadata: { name } }, { signal });
  await until('both have counted', async () => (await client.resource(configMaps, 'kube-system').list({ signal })).items.every(({ data }) => data?.['count'] === '50'));
  assert.equal(counter.conflicts, 0);
});

test('a bug in a handler breaks its controller, not the cache', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers([]);
  const { client, signal, until } = cluster;
  await using informers = new InformerFactory({ client, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  await using sound = new Counter(client, informers);
  await using broken = new Counter(client, informers, 'poison');
  await informers.start(signal);
  await Promise.all([sound.start(signal), broken.start(signal)]);
  const ended = assert.rejects(broken.done, /a bug/);
  await client.resource(configMaps, 'kube-system').create({ metadata: { name: 'poison' } }, { signal });
  await ended;
  await until('the other has counted', async () => (await client.resource(configMaps, 'kube-system').get('poison', { signal })).data?.['count'] === '50');
});
