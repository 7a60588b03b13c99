import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pod, Service } from '../../src/api/generated/core-v1.ts';
import { endpointSlices, nodes, pods, serviceAccounts, services } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { unless } from '../support/needs.ts';
import { isGone, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');
const ECHO = 9376;
const NAMESPACE = 'dual';

function supportFile(name: string): string {
  return fileURLToPath(new URL(`../support/${name}`, import.meta.url));
}

suite('a cluster of two families', { skip }, () => {
  let cluster: ShellCluster;
  let client: DeepReadonly<Pod>;
  let backends: readonly DeepReadonly<Pod>[];
  let service: DeepReadonly<Service>;

  const ask = async (protocol: 'tcp' | 'udp', address: string, port: number, count = 1): Promise<string[]> =>
    (await cluster.runInNetworkOf(client, [process.execPath, supportFile('ask.ts'), protocol, address, String(port), String(count), '0'])).trim().split('\n');
  const sixOf = (pod: DeepReadonly<Pod> | undefined): string => pod?.status.podIPs?.find(({ ip }) => ip.includes(':'))?.ip ?? '';

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2, ipFamily: 'dual' });
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', cluster.signal)));
    const machines = (await cluster.machines()).map(({ name }) => name);
    const make = async (name: string, nodeName: string | undefined, labels = {}): Promise<DeepReadonly<Pod>> => {
      await cluster.create(pods, { metadata: { name, labels }, spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [shellContainer()] } }, NAMESPACE);
      const [pod] = await cluster.until(`pod ${name}`, async () => {
        const found = await cluster.client.resource(pods, NAMESPACE).get(name, { signal: cluster.signal });
        return found.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && [found];
      });
      return pod ?? assert.fail('no pod');
    };
    const app = { app: 'backend' };
    [client, ...backends] = (await Promise.all([make('client', machines[0]), make('backend-1', machines[0], app), make('backend-2', machines[1], app)])) as [DeepReadonly<Pod>, ...DeepReadonly<Pod>[]];
    for (const backend of backends) await cluster.serveIn(backend, ECHO);
    const ports = [{ name: 'tcp', port: 80, protocol: 'TCP', targetPort: ECHO }, { name: 'udp', port: 80, protocol: 'UDP', targetPort: ECHO }];
    service = await cluster.create(services, { metadata: { name: 'both' }, spec: { type: 'NodePort', ipFamilyPolicy: 'RequireDualStack', selector: app, ports } }, NAMESPACE);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('nodes and pods have addresses of both families', async () => {
    for (const node of (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items) {
      const families = (ips: readonly string[]): string => ips.map((ip) => (ip.includes(':') ? 6 : 4)).join();
      assert.equal(families((node.status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)), '4,6');
      assert.equal(families(node.spec.podCIDRs ?? []), '4,6');
    }
    for (const pod of [client, ...backends]) assert.deepEqual([pod.status.podIPs?.[0]?.ip, pod.status.podIPs?.length, pod.status.hostIPs?.length], [pod.status.podIP, 2, 2]);
    assert.match(await cluster.run(client.status.podIP ?? '', 'cat /etc/hosts'), new RegExp(`^${sixOf(client)}\tclient$`, 'm'));
  });

  test('pods reach each other over IPv6, under their own addresses', async () => {
    // The first packets of IPv6 may go lost while neighbours are looked for.
    for (const backend of backends) await cluster.until(`${backend.metadata.name} answers`, async () => (await ask('tcp', sixOf(backend), ECHO)).join() === `${backend.metadata.name} ${sixOf(client)}`);
    const answer = await fetch(`http://[${sixOf(backends[1])}]:8080/name`, { signal: AbortSignal.timeout(60_000) });
    assert.equal((await answer.text()).trim(), 'backend-2', 'and the Master reaches them');
  });

  test('a service answers at its address of each family, and at node ports', async () => {
    await cluster.until('a slice of each family has both pods', async () => {
      const { items } = await cluster.client.resource(endpointSlices, NAMESPACE).list({ labelSelector: 'kubernetes.io/service-name=both', signal: cluster.signal });
      return items.map(({ addressType, endpoints }) => `${addressType} ${endpoints?.length}`).toSorted().join() === 'IPv4 2,IPv6 2';
    });
    const answers = async (...question: Parameters<typeof ask>): Promise<string> => [...new Set((await ask(...question)).map((answer) => answer.split(' ')[0] ?? ''))].toSorted().join();
    for (const ip of service.spec.clusterIPs ?? []) {
      await cluster.until(`both answer at ${ip}, and nobody else`, async () => (await answers('tcp', ip, 80, 30)) === 'backend-1,backend-2');
      await cluster.until(`${ip} answers a datagram`, async () => (await answers('udp', ip, 80)).startsWith('backend'));
    }
    const [six = ''] = (service.spec.clusterIPs ?? []).filter((ip) => ip.includes(':'));
    assert.deepEqual(await ask('tcp', six.replace(/[^:]*$/, 'fffe'), 80), ['ECONNREFUSED'], 'what nobody has is refused at once');
    const all = (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items;
    for (const { address } of all.flatMap(({ status }) => status.addresses ?? []).filter(({ type }) => type === 'InternalIP')) {
      // Each node has its own rules, and its own time to hear of services.
      await cluster.until(`${address} answers`, async () => (await answers('tcp', address, service.spec.ports?.[0]?.nodePort ?? 0)).startsWith('backend'));
    }
  });

  test('a pod reaches itself by its service over IPv6', async () => {
    const own = await cluster.create<Service>(services, { metadata: { name: 'own' }, spec: { ipFamilies: ['IPv6'], selector: { own: 'true' }, ports: [{ port: 80, targetPort: 8080 }] } }, NAMESPACE);
    await cluster.client.resource(pods, NAMESPACE).patch('client', { type: 'merge', patch: { metadata: { labels: { own: 'true' } } } }, { signal: cluster.signal });
    await cluster.until('it answers', async () => (await cluster.runInNetworkOf(client, ['curl', '-sg', '--connect-timeout', '2', `http://[${own.spec.clusterIP}]/name`]).catch(() => '')).trim() === 'client');
  });

  test('DNS has addresses of both families', async () => {
    const { spec } = await cluster.client.resource(services, 'kube-system').get('kube-dns', { signal: cluster.signal });
    const dns = async (type: string, name: string): Promise<string[]> => (await cluster.runInNetworkOf(client, [process.execPath, supportFile('ask-dns.ts'), 'udp', spec.clusterIP ?? '', type, name])).trim().split('\n');
    const [four, six = ''] = service.spec.clusterIPs ?? [];
    await cluster.until('the service has its name', async () => (await dns('A', `both.${NAMESPACE}.svc.cluster.local`))[0] === 'NOERROR aa');
    assert.deepEqual(await dns('A', `both.${NAMESPACE}.svc.cluster.local`), ['NOERROR aa', `A ${four}`]);
    assert.deepEqual(await dns('AAAA', `both.${NAMESPACE}.svc.cluster.local`), ['NOERROR aa', `AAAA ${six}`]);
    const groups = six.split('::').map((half) => half.split(':').filter(Boolean));
    const digits = [...(groups[0] ?? []), ...Array.from({ length: 8 - groups.flat().length }, () => '0'), ...(groups[1] ?? [])].map((group) => group.padStart(4, '0')).join('');
    assert.deepEqual(await dns('PTR', `${digits.split('').toReversed().join('.')}.ip6.arpa`), ['NOERROR aa', `PTR both.${NAMESPACE}.svc.cluster.local`]);
  });
});
