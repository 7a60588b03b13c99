import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pod, Service } from '../../src/api/generated/core-v1.ts';
import { endpointSlices, networkPolicies, nodes, pods, serviceAccounts, services } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';
import { isGone, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');
const ECHO = 9376;
const NAMESPACE = 'six';

function supportFile(name: string): string {
  return fileURLToPath(new URL(`../support/${name}`, import.meta.url));
}

suite('a cluster of IPv6 alone', { skip }, () => {
  let cluster: ShellCluster;
  let client: DeepReadonly<Pod>;
  let backends: readonly DeepReadonly<Pod>[];
  let service: DeepReadonly<Service>;

  const ask = async (protocol: 'tcp' | 'udp', address: string, port: number, count = 1): Promise<string[]> =>
    (await cluster.runInNetworkOf(client, [process.execPath, supportFile('ask.ts'), protocol, address, String(port), String(count), '0'])).trim().split('\n');
  const ipOf = (pod: DeepReadonly<Pod> | undefined): string => pod?.status.podIP ?? '';
  const get = async (path: string): Promise<unknown> => (await cluster.client.transport.send({ method: 'GET', path, query: {}, headers: {}, signal: cluster.signal })).body;

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2, ipFamily: 'ipv6' });
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', cluster.signal)));
    const machines = (await cluster.machines()).map(({ name }) => name);
    const make = async (name: string, nodeName: string | undefined, labels = {}): Promise<DeepReadonly<Pod>> => {
      await cluster.create(pods, { metadata: { name, labels: { name, ...labels } }, spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [shellContainer()] } }, NAMESPACE);
      const [pod] = await cluster.readyPods(NAMESPACE, `name=${name}`, 1);
      return pod ?? assert.fail('no pod');
    };
    const app = { app: 'backend' };
    [client, ...backends] = (await Promise.all([make('client', machines[0]), make('backend-1', machines[0], app), make('backend-2', machines[1], app)])) as [DeepReadonly<Pod>, ...DeepReadonly<Pod>[]];
    for (const backend of backends) await cluster.serveIn(backend, ECHO);
    const ports = [{ name: 'tcp', port: 80, protocol: 'TCP', targetPort: ECHO }, { name: 'udp', port: 80, protocol: 'UDP', targetPort: ECHO }];
    service = await cluster.create(services, { metadata: { name: 'web' }, spec: { type: 'NodePort', selector: app, ports } }, NAMESPACE);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('nodes, pods, services and the API have addresses of IPv6 only', async () => {
    const isSix = (address: string | undefined): boolean => address?.includes(':') === true;
    for (const { status, spec } of (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items) {
      assert.ok((status.addresses ?? []).filter(({ type }) => type === 'InternalIP').every(({ address }) => isSix(address)));
      assert.ok(spec.podCIDRs?.length === 1 && isSix(spec.podCIDR));
    }
    for (const pod of [client, ...backends]) assert.ok(pod.status.podIPs?.length === 1 && isSix(ipOf(pod)) && isSix(pod.status.hostIP));
    assert.deepEqual([service.spec.ipFamilies, service.spec.clusterIPs?.length, isSix(service.spec.clusterIP)], [['IPv6'], 1, true]);
    const [slice] = (await cluster.client.resource(endpointSlices, 'default').list({ labelSelector: 'kubernetes.io/service-name=kubernetes', signal: cluster.signal })).items;
    assert.equal(slice?.addressType, 'IPv6');
  });

  test('pods reach each other and the API, and the Master reaches them and their nodes', async () => {
    // The first packets of IPv6 may go lost while neighbours are looked for.
    for (const backend of backends) await cluster.until(`${backend.metadata.name} answers`, async () => (await ask('tcp', ipOf(backend), ECHO)).join() === `${backend.metadata.name} ${ipOf(client)}`);
    const { spec } = await cluster.client.resource(services, 'default').get('kubernetes', { signal: cluster.signal });
    assert.match(await cluster.runInNetworkOf(client, ['curl', '-skg', '--connect-timeout', '60', `https://[${spec.clusterIP}]/version`]), /"major"/);
    assert.equal(String(await get(`/api/v1/namespaces/${NAMESPACE}/pods/backend-2:8080/proxy/name`)).trim(), 'backend-2');
    for (const { metadata } of (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items) assert.equal(await get(`/api/v1/nodes/${metadata.name}/proxy/healthz`), 'ok');
  });

  test('a service answers at its address and at node ports, over TCP and UDP', async () => {
    const { clusterIP = '', ports } = service.spec;
    const answers = async (...question: Parameters<typeof ask>): Promise<string> => [...new Set((await ask(...question)).map((answer) => answer.split(' ')[0] ?? ''))].toSorted().join();
    await cluster.until('both answer, and nobody else', async () => (await answers('tcp', clusterIP, 80, 30)) === 'backend-1,backend-2');
    await cluster.until('it answers a datagram', async () => (await answers('udp', clusterIP, 80)).startsWith('backend'));
    for (const { status } of (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items) {
      const address = status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
      // Each node has its own rules, and its own time to hear of services.
      await cluster.until(`${address} answers`, async () => (await answers('tcp', address, ports?.[0]?.nodePort ?? 0)).startsWith('backend'));
    }
    assert.deepEqual(await ask('tcp', clusterIP.replace(/[^:]*$/, 'fffe'), 80), ['ECONNREFUSED'], 'what nobody has is refused at once');
  });

  test('DNS answers over IPv6, with addresses of IPv6', async () => {
    const { spec } = await cluster.client.resource(services, 'kube-system').get('kube-dns', { signal: cluster.signal });
    const dns = async (protocol: string, type: string, name: string): Promise<string[]> => (await cluster.runInNetworkOf(client, [process.execPath, supportFile('ask-dns.ts'), protocol, spec.clusterIP ?? '', type, name])).trim().split('\n');
    await cluster.until('the service has its name', async () => (await dns('tcp', 'AAAA', `web.${NAMESPACE}.svc.cluster.local`))[0] === 'NOERROR aa');
    for (const protocol of ['udp', 'tcp']) assert.deepEqual(await dns(protocol, 'AAAA', `web.${NAMESPACE}.svc.cluster.local`), ['NOERROR aa', `AAAA ${service.spec.clusterIP}`]);
    assert.equal((await dns('udp', 'A', `web.${NAMESPACE}.svc.cluster.local`))[0], 'NOERROR aa');
  });

  test('network policies hold', async () => {
    await cluster.create(networkPolicies, { metadata: { name: 'deny' }, spec: { podSelector: { matchLabels: { app: 'backend' } }, policyTypes: ['Ingress'] } }, NAMESPACE);
    for (const backend of backends) await cluster.until('it is not reached', async () => (await ask('tcp', ipOf(backend), ECHO)).join() === 'timeout');
  });
});
