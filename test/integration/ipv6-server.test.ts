import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { configMaps, endpointSlices, nodes, services } from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import { Agent } from '../../src/cluster/agent.ts';
import { authorityHash, loadCertificates } from '../../src/cluster/certificates.ts';
import { newJoinToken } from '../../src/cluster/join-token.ts';
import { createJoinToken } from '../../src/cluster/local-cluster.ts';
import { DEFAULT_THRESHOLDS } from '../../src/kubelet/index.ts';
import { unless } from '../support/needs.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const hasLoopback = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1');
const tools = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
const stop = new AbortController();
const { signal } = stop;

suite('a server of IPv6 alone', { skip: unless(hasLoopback, 'this needs the loopback of IPv6') }, () => {
  let server: ServerProcess;
  let agent: Agent;
  let client: Client;

  before(async () => {
    const flags = ['--disable-agent', '--store', 'memory', '--advertise-address', '2001:db8::1', '--node-routes', 'lo', '--cluster-cidr', 'fd00:10:244::/56', '--service-cluster-ip-range', 'fd00:10:96::/112'];
    server = new ServerProcess({ port: await freePort(), address: '[::1]', flags });
    await server.start();
    client = server.client();
    const certificates = loadCertificates({ folder: join(server.dataDir, 'pki'), clock: tools.clock, names: { dnsNames: [], ipAddresses: [] } });
    const token = newJoinToken(tools.random, authorityHash(certificates.authority.certificate));
    await createJoinToken(client, { token, description: 'six', lifeMs: 600_000 }, { ...tools, signal });
    agent = new Agent({
      server: server.url, token, certificateAuthorityPem: undefined, nodeName: 'six', nodeIPs: ['2001:db8::2'], externalIPs: [], labels: {}, dataDir: join(server.dataDir, 'six'),
      runtime: 'simulated', runtimeEndpoint: undefined, stateDir: '', cgroupRoot: '/', maxPods: 110, logs: {}, thresholds: DEFAULT_THRESHOLDS, pressureTransitionMs: undefined, resolvConf: undefined, userAgent: 'kubelet/test',
    }, tools);
    await agent.start(signal);
  });

  after(async () => {
    stop.abort();
    await agent?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test('a node joins by an address of IPv6 and gets a range of its pods', async () => {
    const { status, spec } = await untilIs(() => client.resource(nodes).get('six', { signal }), (node) => node.spec.podCIDR !== undefined);
    assert.deepEqual([status.addresses?.find(({ type }) => type === 'InternalIP')?.address, spec.podCIDRs], ['2001:db8::2', ['fd00:10:244::/64']]);
  });

  test('the API, cluster DNS and services have addresses of IPv6', async () => {
    const [slice] = (await untilIs(() => client.resource(endpointSlices, 'default').list({ signal }), ({ items }) => items.length > 0)).items;
    assert.deepEqual([slice?.addressType, slice?.endpoints?.[0]?.addresses], ['IPv6', ['2001:db8::1']]);
    const dns = await untilIs(() => client.resource(services, 'kube-system').get('kube-dns', { signal }), () => true);
    assert.deepEqual([dns.spec.clusterIPs, dns.spec.ipFamilies], [['fd00:10:96::a'], ['IPv6']]);
  });

  test('nodes are told an address of the images by which they can be asked for', async () => {
    const { data } = await client.resource(configMaps, 'kube-system').get('kubets-cluster', { signal });
    assert.match(data?.['imageRegistry'] ?? '', /^http:\/\/\[2001:db8::1\]:\d+$/);
  });
});

async function untilIs<T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (const deadline = tools.clock.monotonic() + 180_000; ; await tools.clock.sleep(50, signal)) {
    const value = await read().catch((error: unknown) => { if (tools.clock.monotonic() > deadline) throw error; });
    if (value !== undefined && is(value)) return value;
    assert(tools.clock.monotonic() < deadline, JSON.stringify(value));
  }
}
