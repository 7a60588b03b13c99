import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, events } from '../../../src/api/refs.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger, TextLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { Client } from '../../../src/client/client.ts';
import { EventRecorder, referenceTo } from '../../../src/client/event-recorder.ts';
import type { Transport } from '../../../src/client/transport.ts';
import { startControllers } from '../controllers/controllers-under-test.ts';

test('equal events raise a count, similar ones are combined, and of too many of one reason some are dropped', { timeout: 600_000 }, async () => {
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
  await until('all are written', async () => (await list()).reduce((sum, { count = 0 }) => sum + count, 0) === 3 + 25);
  assert((await list()).length <= 12);
});

test('no event is lost to those that could not be written before it, nor to a server that is busy', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers([]);
  const { client, signal, until } = cluster;
  const object = await client.resource(configMaps, 'kube-system').create({ metadata: { name: 'thing' } }, { signal });
  const about = referenceTo(configMaps, object);
  const busy = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'ServiceUnavailable', code: 503 };
  let sent = 0;
  const troubled: Transport = {
    send: async (request) => {
      sent++;
      if (sent === 1) throw new TypeError('a bug');
      return sent === 2 ? { status: 503, headers: {}, body: busy } : client.transport.send(request);
    },
    watch: (request) => client.transport.watch(request),
    [Symbol.asyncDispose]: async () => undefined,
  };
  class AtOnce extends SystemRandom {
    override next(): number {
      return 0; // the first retry comes without a wait
    }
  }
  const clock = new SystemClock();
  await using recorder = new EventRecorder({ client: new Client({ transport: troubled, clock }), component: 'tester', clock, random: new AtOnce(), logger: silentLogger });
  for (const reason of ['First', 'Second', 'Third']) recorder.normal(about, reason, 'told');
  const written = async (): Promise<string[]> => (await client.resource(events, 'kube-system').list({ signal })).items.map(({ reason }) => String(reason)).sort();
  await until('the others are written', async () => (await written()).length === 2);
  assert.deepEqual(await written(), ['Second', 'Third']);
});

test('of events of which too many come at once some are dropped, which the log says once', { timeout: 600_000 }, async () => {
  const lines: string[] = [];
  const clock = new SystemClock();
  const down: Transport = { send: async () => Promise.reject(new TypeError('nobody is there')), watch: () => Promise.reject(new TypeError('nobody is there')), [Symbol.asyncDispose]: async () => undefined };
  const logger = new TextLogger({ clock, level: 'warn', write: (line) => lines.push(line) });
  await using recorder = new EventRecorder({ client: new Client({ transport: down, clock }), component: 'tester', clock, random: new SystemRandom(), logger });
  for (let number = 0; number < 1100; number++) recorder.normal({ kind: 'Node', name: `node-${number}` }, 'Told', 'told');
  assert.equal(lines.filter((line) => line.includes('too many events wait, some are dropped')).length, 1);
});
