import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Namespace, Service } from '../../src/api/generated/core-v1.ts';
import type { IPAddress } from '../../src/api/generated/networking-v1.ts';
import { ipAddressOf } from '../../src/api/networking/service-address.ts';
import { ipAddresses, namespaces, services } from '../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../src/apimachinery/meta.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Client } from '../../src/client/client.ts';
import { KubernetesService } from '../../src/cluster/kubernetes-service.ts';
import { admin, startTestServer } from '../support/test-server.ts';

const { signal } = new AbortController();
const call = { signal };
const ADDRESS = '10.96.0.1';

async function cluster(): Promise<AsyncDisposable & { readonly client: Client }> {
  const server = await startTestServer({ serviceClusterIPRanges: ['10.96.0.0/24'] });
  const client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock() });
  await client.resource(namespaces).create({ metadata: { name: 'default' } } as Draft<Namespace>, call);
  return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function keeper(client: Client, { port = 6443, logger = silentLogger }: { port?: number; logger?: Logger } = {}): { keeper: KubernetesService; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { keeper: new KubernetesService({ client, serviceRanges: ['10.96.0.0/24'], port, clock, logger }), clock };
}

/** Moves the time of the keeper on, step by step, till it has come so far. */
async function passTime(clock: VirtualClock, isOver: () => boolean | Promise<boolean>): Promise<void> {
  for (let step = 0; step < 1000; step++) {
    if (await isOver()) return;
    await clock.advance(100);
  }
  assert.fail('it never comes so far');
}

async function started(one: KubernetesService, clock: VirtualClock, meanwhile: (now: number) => Promise<void> = async () => {}): Promise<void> {
  let isOver = false;
  const start = one.start(signal).finally(() => (isOver = true));
  await passTime(clock, async () => {
    await meanwhile(clock.monotonic());
    return isOver;
  });
  await start;
}

const found = (client: Client): Promise<DeepReadonly<Service> | undefined> => client.resource(services, 'default').get('kubernetes', call).catch(() => undefined);

suite('Service default/kubernetes', () => {
  test('is waited for where another server has taken its address, and is about to write it', async () => {
    await using cluster_ = await cluster();
    const { client } = cluster_;
    await client.resource(ipAddresses).create(ipAddressOf(ADDRESS, { namespace: 'default', name: 'kubernetes' }) as Draft<IPAddress>, call);
    const { keeper: one, clock } = keeper(client);
    await using _ = one;
    await started(one, clock, async (now) => {
      if (now === 1000) await client.resource(ipAddresses).delete(ADDRESS, call);
    });
    assert.equal((await found(client))?.spec.clusterIP, ADDRESS);
  });

  test('is made again when it is deleted', async () => {
    await using cluster_ = await cluster();
    const { client } = cluster_;
    const { keeper: one, clock } = keeper(client);
    await using _ = one;
    await started(one, clock);
    const { metadata } = (await found(client)) ?? assert.fail('it is not there');
    await client.resource(services, 'default').delete('kubernetes', call);
    await passTime(clock, async () => (await found(client)) !== undefined);
    const again = (await found(client)) ?? assert.fail('it is not there');
    assert.notEqual(again.metadata.uid, metadata.uid);
    assert.equal(again.spec.clusterIP, ADDRESS);
  });

  test('is done without, and told of, while another Service has its address', async () => {
    await using cluster_ = await cluster();
    const { client } = cluster_;
    await client.resource(services, 'default').create({ metadata: { name: 'squatter' }, spec: { clusterIP: ADDRESS, ports: [{ port: 80 }] } } as unknown as Draft<Service>, call);
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message, fields) => told.push(`${message}: ${String(fields?.['error'])}`) };
    const { keeper: one, clock } = keeper(client, { logger });
    await using _ = one;
    await started(one, clock);
    assert.match(told.join(), /default\/kubernetes could not be made.*failed to allocate IP 10\.96\.0\.1: provided IP is already allocated/);
    await client.resource(services, 'default').delete('squatter', call);
    await passTime(clock, async () => (await found(client)) !== undefined);
  });

  test('has the port of the server that was started last', async () => {
    await using cluster_ = await cluster();
    const { client } = cluster_;
    for (const port of [6443, 7443]) {
      const { keeper: one, clock } = keeper(client, { port });
      await using _ = one;
      await started(one, clock);
      assert.deepEqual((await found(client))?.spec.ports, [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }]);
    }
  });
});
