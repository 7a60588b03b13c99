import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leases } from '../../../src/api/refs.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { LeaderElection } from '../../../src/client/leader-election.ts';
import { startControllers } from '../controllers/controllers-under-test.ts';

test('one of two leads; when it stops the other takes over at once, and when it dies, after the lease has run out', { timeout: 60_000 }, async () => {
  await using cluster = await startControllers([]);
  const { client, signal, until } = cluster;
  const clock = new SystemClock();
  const leading = new Set<string>();
  let most = 0;
  const candidate = (identity: string): LeaderElection =>
    new LeaderElection({
      client, namespace: 'kube-system', name: 'boss', identity, clock, random: new SystemRandom(), logger: silentLogger,
      leaseDurationMs: 3000, renewDeadlineMs: 2000, retryMs: 40,
      lead: async (inner) => {
        leading.add(identity);
        most = Math.max(most, leading.size);
        await new Promise((resolve) => inner.addEventListener('abort', resolve, { once: true }));
        leading.delete(identity);
      },
    });
  const one = candidate('one');
  await one.start(signal);
  await until('one leads', async () => leading.has('one'));
  await using two = candidate('two');
  await two.start(signal);
  await clock.sleep(300, signal);
  assert.deepEqual([...leading], ['one']);
  await one[Symbol.asyncDispose]();
  await until('two leads', async () => leading.has('two'));

  const lease = await client.resource(leases, 'kube-system').get('boss', { signal });
  assert.equal(lease.spec?.holderIdentity, 'two');
  assert.equal(lease.spec?.leaseTransitions, 1);
  // Somebody who never renews has taken it: two stops, waits, and takes it back.
  await client.resource(leases, 'kube-system').patch('boss', { type: 'merge', patch: { spec: { holderIdentity: 'dead', renewTime: '2020-01-01T00:00:00.000000Z' } } }, { signal });
  await until('two has lost it', async () => !leading.has('two'));
  await until('two has it again', async () => leading.has('two'));
  assert.equal(most, 1, 'never two at a time');
});
