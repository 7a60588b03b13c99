import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { namespaces, nodes, pods } from '../../../src/api/refs.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { Client } from '../../../src/client/index.ts';
import { Kubelet, ordinaryAndCritical, SimulatedMachine } from '../../../src/kubelet/index.ts';
import { SimulatedRuntime } from '../../../src/runtime/index.ts';
import { admin, startTestServer } from '../../support/test-server.ts';
import { until } from '../../support/until.ts';
import { hasLogind, startLogind } from '../support/logind-box.ts';

const NEVER = new AbortController().signal;
const LOCK = 'shutdown|kubelet|Kubelet needs time to handle node shutdown|delay';

// Where no systemd is there is no machine that this is about.
if (hasLogind) {
  test('systemd does not shut the machine down before the pods have ended; when that fails the node takes pods again', { timeout: 600_000 }, async () => {
    const clock = new SystemClock();
    await using server = await startTestServer();
    const client = new Client({ transport: server.server.transportFor(admin), clock });
    for (const name of ['default', 'kube-node-lease']) await client.resource(namespaces).create({ metadata: { name }, spec: {}, status: {} }, { signal: NEVER }).catch(() => undefined);
    const create = (name: string, spec: object = {}): Promise<unknown> =>
      client.resource(pods, 'default').create({ metadata: { name }, spec: { nodeName: 'here', containers: [{ name: 'main', image: 'example/app:1', command: ['serve'] }], ...spec } } as unknown as Draft<Pod>, { signal: NEVER });
    const phase = async (name: string): Promise<string> => {
      const { phase: now, reason } = (await client.resource(pods, 'default').get(name, { signal: NEVER })).status;
      return [now, ...(reason ? [reason] : [])].join(' ');
    };
    const ready = async (): Promise<string> => {
      const { status, message } = (await client.resource(nodes).get('here', { signal: NEVER })).status.conditions?.find(({ type }) => type === 'Ready') ?? {};
      return `${status} ${message}`;
    };
    const atTheEnd = Promise.withResolvers<string[]>();
    await using box = await startLogind(async (unit) => atTheEnd.resolve([unit, await phase('ordinary'), await phase('critical'), await ready()]));
    await using runtime = new SimulatedRuntime({ clock, random: new SystemRandom() });
    await using kubelet = new Kubelet({
      client, clock, random: new SystemRandom(), logger: silentLogger, runtime, machine: new SimulatedMachine({ hostname: 'here' }), nodeName: 'here', internalIPs: ['127.0.0.1'],
      shutdown: { gracePeriods: ordinaryAndCritical(40, 20), logind: box.options },
    });
    await kubelet.start(NEVER);
    // That it waits so long for the pods it is set to first: by itself it waits five seconds.
    await until('shutdowns are held up', async () => (await box.inhibitors()).includes(LOCK));
    await create('ordinary', { terminationGracePeriodSeconds: 5 });
    await create('critical', { priority: 2_000_000_000 });
    await until('the pods run', async () => (await phase('ordinary')) === 'Running' && (await phase('critical')) === 'Running');
    await box.powerOff();
    assert.deepEqual(await atTheEnd.promise, ['poweroff.target', 'Failed Terminated', 'Failed Terminated', 'False node is shutting down']);
    await until('the next shutdown is held up too', async () => (await box.inhibitors()).includes(LOCK));
    await until('the node is ready again', async () => (await ready()).startsWith('True '));
    await create('later');
    await until('it takes pods', async () => (await phase('later')) === 'Running');
  });
}
