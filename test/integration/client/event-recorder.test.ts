import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, events } from '../../../src/api/refs.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { EventRecorder, referenceTo } from '../../../src/client/event-recorder.ts';
import { startControllers } from '../controllers/controllers-under-test.ts';

test('equal events raise a count, similar ones are combined, and of too many some are dropped', { timeout: 60_000 }, async () => {
  await using cluster = await startControllers([]);
  const { client, signal, until } = cluster;
  const object = await client.resource(configMaps, 'kube-system').create({ metadata: { name: 'thing' } }, { signal });
  const about = referenceTo(configMaps, object);
  await using recorder = new EventRecorder({ client, component: 'tester', host: 'here', clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger });
  const list = async () => (await client.resource(events, 'kube-system').list({ signal })).items;
  for (let times = 0; times < 3; times++) recorder.normal(about, 'Same', 'again');
  const [first] = await until('it is counted', async () => {
    const items = await list();
    return items[0]?.count === 3 ? items : undefined;
  });
  assert.deepEqual([first?.involvedObject.kind, first?.involvedObject.uid, first?.type, first?.source?.component, first?.reportingComponent, first?.message], ['ConfigMap', object.metadata.uid, 'Normal', 'tester', 'tester', 'again']);
  assert.match(first?.metadata.name ?? '', /^thing\.[0-9a-f]{16}$/);
  for (let number = 0; number < 40; number++) recorder.warning(about, 'Similar', `number ${number}`);
  await until('they are combined', async () => (await list()).some(({ message }) => message?.startsWith('(combined from similar events): ')));
  await until('all are written', async () => (await list()).reduce((sum, { count = 0 }) => sum + count, 0) === 25);
  assert((await list()).length <= 12);
});
