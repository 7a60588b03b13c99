import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtcdProcess, whyNoEtcd } from '../../../test/integration/support/etcd-process.ts';
import { type Clock, SystemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { SystemRandom } from '../../base/random.ts';
import { CompactedError } from '../store.ts';
import { bytes, Recorder, storeSuite } from '../store-suite.ts';
import { EtcdStore } from './etcd-store.ts';

const skip = whyNoEtcd();
const never = new AbortController().signal;
const clock = new SystemClock();

async function open(etcd: EtcdProcess, historyMs?: number): Promise<EtcdStore> {
  const store = new EtcdStore({ clock, random: new SystemRandom(), logger: silentLogger, endpoints: [etcd.endpoint], ...(historyMs !== undefined && { historyMs }) });
  await store.start(never);
  return store;
}

/** A store that takes its etcd with it. */
class OwnedStore extends EtcdStore {
  readonly #etcd: EtcdProcess;

  constructor(etcd: EtcdProcess, on: Clock) {
    super({ clock: on, random: new SystemRandom(), logger: silentLogger, endpoints: [etcd.endpoint] });
    this.#etcd = etcd;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#etcd[Symbol.asyncDispose]();
  }
}

storeSuite('etcd', {
  decidesInCall: false,
  skip,
  clock: () => clock,
  open: async (on) => {
    const etcd = new EtcdProcess();
    await etcd.start();
    const store = new OwnedStore(etcd, on);
    await store.start(never);
    return store;
  },
  pass: (on, ms) => on.sleep(ms, never),
});

test('two servers share one etcd, and watches resume after etcd was killed', { skip }, async () => {
  await using etcd = new EtcdProcess();
  await etcd.start();
  await using first = await open(etcd);
  await using second = await open(etcd);
  using watch = new Recorder(second, '/', second.revision);
  await first.commit({ key: '/a', value: bytes('2'), expected: 0 });
  await watch.until((recorder) => recorder.events.length === 1);
  assert.equal(Buffer.from((await second.get('/a'))?.value ?? []).toString(), '2');
  await etcd.kill();
  await etcd.start();
  for (let revision = 0; revision === 0; ) {
    try {
      ({ revision } = await first.commit({ key: '/a', value: bytes('3'), expected: 2 }));
    } catch (error) {
      assert.equal((error as { code?: number }).code, 14, String(error)); // UNAVAILABLE, until the channel is connected again
      await clock.sleep(20, never);
    }
  }
  await watch.until((recorder) => recorder.events.length === 2);
  assert.deepEqual(watch.events.map((event) => event.revision), [2, 3]);
});

test('a read while etcd restarts waits for it', { skip }, async () => {
  await using etcd = new EtcdProcess();
  await etcd.start();
  await using store = await open(etcd);
  await store.commit({ key: '/a', value: bytes('1'), expected: 0 });
  await etcd.kill();
  const read = store.get('/a');
  await etcd.start();
  assert.equal((await read)?.modRevision, 2);
});

test('of several servers one compacts what is older than the interval, and all know of it', { skip }, async () => {
  await using etcd = new EtcdProcess();
  await etcd.start();
  await using first = await open(etcd, 100);
  await using second = await open(etcd, 100);
  for (let round = 0; round < 3; round++) await first.commit({ key: '/a', value: bytes(String(round)), expected: undefined });
  for (;;) {
    try {
      await first.range({ prefix: '/', revision: 2 });
      await clock.sleep(20, never);
    } catch (error) {
      assert.ok(error instanceof CompactedError, String(error));
      break;
    }
  }
  assert.equal((await first.range({ prefix: '/' })).items.length, 1);
  while (first.compacted <= 2 || second.compacted <= 2) await clock.sleep(20, never);
});

test('what another server has acknowledged is within the read index, to which a watch of all keys comes', { skip }, async () => {
  await using etcd = new EtcdProcess();
  await etcd.start();
  await using first = await open(etcd);
  await using second = await open(etcd);
  using watch = new Recorder(second, '', second.revision);
  for (let round = 0; round < 20; round++) {
    const { revision } = await first.commit({ key: `/${round}`, value: bytes('1'), expected: 0 });
    const index = await second.shared.readIndex();
    assert.ok(index >= revision);
    await watch.until((recorder) => recorder.revision >= index);
    assert.equal(watch.events.at(-1)?.revision, revision);
  }
});
