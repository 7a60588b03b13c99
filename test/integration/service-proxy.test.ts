import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery-v1.ts';
import { endpointSlices, services } from '../../src/api/refs.ts';
import { CommandError, Commands } from '../../src/base/commands.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { Client, InformerFactory } from '../../src/client/index.ts';
import { ServiceProxy } from '../../src/proxy/index.ts';
import { TinyApi } from '../support/tiny-api.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();
const common = { clock, logger: silentLogger };

/** A machine whose nft fails when it is told to, and which only writes down what else it is asked. */
class TroubledMachine extends Commands {
  failures = 0;
  readonly asked: string[] = [];

  override async nft(script: string): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw new CommandError(['nft', '-f', '-'], 1, 'Device or resource busy');
    }
    this.asked.push(script);
  }

  override async run(argv: readonly string[]): Promise<string> {
    this.asked.push(argv.join(' '));
    return '';
  }
}

test('the flows to an endpoint of UDP that is gone are forgotten, also when its rules could be replaced at the second try only', async () => {
  const api = new TinyApi();
  const metadata = { namespace: 'default', uid: '1', resourceVersion: '1', creationTimestamp: '' };
  api.put(services, { metadata: { ...metadata, name: 'dns' }, spec: { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] }, status: {} } as unknown as Service);
  const slice = (addresses: string[]): EndpointSlice => ({
    metadata: { ...metadata, name: 'dns-1', labels: { 'kubernetes.io/service-name': 'dns' } }, addressType: 'IPv4',
    ports: [{ name: 'dns', port: 53, protocol: 'UDP' }], endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  });
  api.put(endpointSlices, slice(['10.244.1.2', '10.244.1.3']));
  const machine = new TroubledMachine();
  const { signal } = new AbortController();
  await using informers = new InformerFactory({ client: new Client({ transport: api, clock }), random: new SystemRandom(), ...common });
  await using proxy = new ServiceProxy({ informers, nodeName: 'here', serviceCIDRs: ['10.96.0.0/16'], clusterCIDRs: ['10.244.0.0/16'], commands: machine, ...common });
  await Promise.all([informers.start(signal), proxy.start(signal)]);
  machine.failures = 1;
  api.put(endpointSlices, slice(['10.244.1.3']));
  const forgotten = 'conntrack --delete --proto udp --orig-dst 10.96.0.7 --orig-port-dst 53 --dst-nat 10.244.1.2';
  await until('the flow is forgotten', async () => machine.asked.includes(forgotten));
  assert(machine.asked.slice(0, machine.asked.indexOf(forgotten)).findLast((text) => text.includes('10.244.1.3')), 'after the rules');
  assert.equal(machine.failures, 0);
});
