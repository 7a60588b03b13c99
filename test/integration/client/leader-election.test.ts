import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leases } from '../../../src/api/refs.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { untilAborted } from '../../../src/base/lifecycle.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Client } from '../../../src/client/client.ts';
import { LeaderElection } from '../../../src/client/leader-election.ts';
import { type Transport, TransportError } from '../../../src/client/transport.ts';
import { type ControllersUnderTest, startControllers } from '../controllers/controllers-under-test.ts';

const LIMIT_MS = 60_000;

/** Candidates for one lease: who of them leads, and how many of them did at once at most. */
class Candidates {
  readonly leading = new Set<string>();
  readonly clock: VirtualClock;
  readonly #client: Client;
  most = 0;

  constructor(cluster: ControllersUnderTest, clock: VirtualClock) {
    this.#client = cluster.client;
    this.clock = clock;
  }

  candidate(identity: string, client = this.#client): LeaderElection {
    return new LeaderElection({
      client, namespace: 'kube-system', name: 'boss', identity, clock: this.clock, random: new SystemRandom(), logger: silentLogger,
      lead: async (signal) => {
        this.leading.add(identity);
        this.most = Math.max(this.most, this.leading.size);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        this.leading.delete(identity);
        signal.throwIfAborted(); // as what it led does when it was stopped while it started
      },
    });
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    assert(await this.clock.advanceUntil(holds, LIMIT_MS), `it never came true: ${what}`);
  }
}

test('one of two leads; when it stops the other takes over at once, and when it dies, after the lease has run out', { timeout: 600_000 }, async () => {
  const clock = new VirtualClock();
  await using cluster = await startControllers([], {}, clock);
  const { client, signal } = cluster;
  const candidates = new Candidates(cluster, clock);
  const { leading } = candidates;
  const one = candidates.candidate('one');
  await one.start(signal);
  await candidates.until('one leads', () => leading.has('one'));
  await using two = candidates.candidate('two');
  await two.start(signal);
  await clock.advance(60_000);
  assert.deepEqual([...leading], ['one']);
  await one[Symbol.asyncDispose]();
  await candidates.until('two leads', () => leading.has('two'));

  const lease = await client.resource(leases, 'kube-system').get('boss', { signal });
  assert.equal(lease.spec?.holderIdentity, 'two');
  assert.equal(lease.spec?.leaseTransitions, 1);
  // Somebody who never renews has taken it: two stops, waits, and takes it back.
  await client.resource(leases, 'kube-system').patch('boss', { type: 'merge', patch: { spec: { holderIdentity: 'dead', renewTime: '2020-01-01T00:00:00.000000Z' } } }, { signal });
  await candidates.until('two has lost it', () => !leading.has('two'));
  const lostMs = clock.monotonic();
  await candidates.until('two has it again', () => leading.has('two'));
  assert(clock.monotonic() - lostMs >= 15_000 - 2 * 4400, 'it waited for the lease to run out');
  assert.equal(candidates.most, 1, 'never two at a time');
});

test('a leader whom the server does not answer stops before others may lead', { timeout: 600_000 }, async () => {
  const clock = new VirtualClock();
  await using cluster = await startControllers([], {}, clock);
  const { client, signal } = cluster;
  const candidates = new Candidates(cluster, clock);
  const { leading } = candidates;
  let state: 'well' | 'unreachable' | 'mute' = 'well';
  const troubled: Transport = {
    send: async (request) => {
      if (state === 'well') return client.transport.send(request);
      if (state === 'unreachable') throw new TransportError('not reached');
      request.signal.throwIfAborted();
      return new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true }));
    },
    watch: (request) => client.transport.watch(request),
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using one = candidates.candidate('one', new Client({ transport: troubled, clock }));
  await one.start(signal);
  await candidates.until('one leads', () => leading.has('one'));
  await using two = candidates.candidate('two');
  await two.start(signal);
  const renewedAt = async (): Promise<string | undefined> => (await client.resource(leases, 'kube-system').get('boss', { signal })).spec?.renewTime;
  const before = await renewedAt();
  assert(await clock.advanceUntil(async () => (await renewedAt()) !== before, LIMIT_MS));
  state = 'unreachable';
  await clock.advance(9000);
  state = 'mute';
  assert(leading.has('one'));
  await clock.advance(1100);
  assert(!leading.has('one'), 'it stops ten seconds after it last renewed its lease');
  await candidates.until('two leads', () => leading.has('two'));
  assert.equal(candidates.most, 1, 'never two at a time');
});

for (const { name, method } of [{ name: 'it is taken', method: 'POST' }, { name: 'it is renewed', method: 'PUT' }]) {
  test(`a candidate that is stopped while it does not know yet that ${name} gives the lease back`, { timeout: 600_000 }, async () => {
    const clock = new VirtualClock();
    await using cluster = await startControllers([], {}, clock);
    const { client, signal } = cluster;
    const candidates = new Candidates(cluster, clock);
    const [isWritten, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let written = false;
    const slow: Transport = {
      send: async (request) => {
        const answer = await client.transport.send(request);
        if (request.method !== method || written) return answer;
        written = true;
        isWritten.resolve();
        return untilAborted(answered.promise.then(() => answer), request.signal);
      },
      watch: (request) => client.transport.watch(request),
      [Symbol.asyncDispose]: async () => undefined,
    };
    const one = candidates.candidate('one', new Client({ transport: slow, clock }));
    await one.start(signal);
    await candidates.until('the server has written it', () => written);
    await isWritten.promise;
    const stopped = one[Symbol.asyncDispose]();
    await clock.settle();
    answered.resolve();
    await stopped;
    assert.equal((await client.resource(leases, 'kube-system').get('boss', { signal })).spec?.holderIdentity, '');
    assert.equal(candidates.leading.size, 0);
  });
}
