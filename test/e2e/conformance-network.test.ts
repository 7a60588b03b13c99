import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pod, Service, ServiceSpec } from '../../src/api/generated/core-v1.ts';
import { endpoints, endpointSlices, pods, serviceAccounts, serviceCIDRs, services } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { Commands } from '../../src/base/commands.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { inNamespaces } from '../../src/cluster/local/namespace-holder.ts';
import { unless } from '../support/needs.ts';
import { isGone, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');
const ECHO = 9376;
const NAMESPACE = 'net';

function supportFile(name: string): string {
  return fileURLToPath(new URL(`../support/${name}`, import.meta.url));
}

/** The steps of Kubernetes' conformance tests of sig-network that need real pods, with programs of our own in place of its images. */
suite('what the conformance tests ask of the network', { skip }, () => {
  let cluster: ShellCluster;
  let client: DeepReadonly<Pod>;
  let backends: readonly DeepReadonly<Pod>[];

  const ready = (name: string): Promise<DeepReadonly<Pod>> => cluster.until(`pod ${name} is Ready`, async () => {
    const found = await cluster.client.resource(pods, NAMESPACE).get(name, { signal: cluster.signal });
    return found.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && found;
  });
  const makePod = async (name: string, spec: object = {}, labels: Record<string, string> = {}): Promise<DeepReadonly<Pod>> => {
    await cluster.create(pods, { metadata: { name, labels }, spec: { terminationGracePeriodSeconds: 1, containers: [shellContainer()], ...spec } }, NAMESPACE);
    return ready(name);
  };
  const ask = async (protocol: 'tcp' | 'udp', address: string, port: number, count = 1, from = client): Promise<string[]> =>
    (await cluster.runInNetworkOf(from, [process.execPath, supportFile('ask.ts'), protocol, address, String(port), String(count), '0'])).trim().split('\n').map((answer) => answer.split(' ')[0] ?? '');
  const dns = async (protocol: 'udp' | 'tcp', type: string, name: string): Promise<string[]> => {
    const { spec } = await cluster.client.resource(services, 'kube-system').get('kube-dns', { signal: cluster.signal });
    return (await cluster.runInNetworkOf(client, [process.execPath, supportFile('ask-dns.ts'), protocol, spec.clusterIP ?? '', type, name])).trim().split('\n');
  };
  const makeService = (name: string, spec: Partial<ServiceSpec>): Promise<DeepReadonly<Service>> => cluster.create(services, { metadata: { name }, spec }, NAMESPACE);
  const change = (name: string, spec: object): Promise<DeepReadonly<Service>> => cluster.client.resource(services, NAMESPACE).patch(name, { type: 'merge', patch: { spec } }, { signal: cluster.signal });
  const remove = (name: string): Promise<unknown> => cluster.client.resource(services, NAMESPACE).delete(name, { signal: cluster.signal });
  const unmake = (name: string): Promise<unknown> => cluster.client.resource(pods, NAMESPACE).delete(name, { gracePeriodSeconds: 0, signal: cluster.signal });
  const selector = { app: 'backend' };

  /** `POD:PORT` of each endpoint of a service, by its Endpoints and by its slices. */
  const portsOf = async (service: string): Promise<string[][]> => {
    const { items } = await cluster.client.resource(endpoints, NAMESPACE).list({ fieldSelector: `metadata.name=${service}`, signal: cluster.signal });
    const slices = await cluster.client.resource(endpointSlices, NAMESPACE).list({ labelSelector: `kubernetes.io/service-name=${service}`, signal: cluster.signal });
    const inEndpoints = items.flatMap(({ subsets = [] }) => subsets.flatMap(({ addresses = [], ports = [] }) => addresses.flatMap(({ targetRef }) => ports.map(({ port }) => `${targetRef?.name}:${port}`))));
    const inSlices = slices.items.flatMap(({ endpoints: found, ports }) => (found ?? []).flatMap(({ targetRef }) => (ports ?? []).map(({ port }) => `${targetRef?.name}:${port}`)));
    return [inEndpoints.toSorted(), inSlices.toSorted()];
  };
  const expectPorts = (service: string, ...wanted: string[]): Promise<unknown> =>
    cluster.until(`${service} has ${wanted.join()}`, async () => (await portsOf(service)).every((seen) => seen.join() === wanted.join()));

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    await cluster.newNamespace(NAMESPACE);
    await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, NAMESPACE, 'default', cluster.signal)));
    const nodes = (await cluster.machines()).map(({ name }) => name);
    [client, ...backends] = await Promise.all([makePod('client', { nodeName: nodes[0] }), makePod('backend-1', { nodeName: nodes[0] }, selector), makePod('backend-2', { nodeName: nodes[1] }, selector)]) as [DeepReadonly<Pod>, ...DeepReadonly<Pod>[]];
    for (const backend of backends) await cluster.serveIn(backend, ECHO);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test('DNS: host names and subdomains of pods, over UDP and TCP, and in the hosts file', async () => {
    await makeService('dns-test', { clusterIP: 'None', selector: { 'dns-test': 'true' }, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] });
    const regular = await makeService('regular', { selector: { 'dns-test': 'true' }, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] });
    const pod = await makePod('querier', { hostname: 'dns-querier-1', subdomain: 'dns-test' }, { 'dns-test': 'true' });
    const ip = pod.status.podIP ?? '';
    const domain = `${NAMESPACE}.svc.cluster.local`;
    const api = await cluster.client.resource(services, 'default').get('kubernetes', { signal: cluster.signal });
    await cluster.until('the endpoint is in DNS', async () => (await dns('udp', 'A', `dns-test.${domain}`)).includes(`A ${ip}`));
    for (const protocol of ['udp', 'tcp'] as const) {
      assert.deepEqual(await dns(protocol, 'A', 'kubernetes.default.svc.cluster.local'), ['NOERROR aa', `A ${api.spec.clusterIP}`]);
      assert.deepEqual(await dns(protocol, 'A', `dns-querier-1.dns-test.${domain}`), ['NOERROR aa', `A ${ip}`]);
      assert.deepEqual(await dns(protocol, 'A', `dns-test.${domain}`), ['NOERROR aa', `A ${ip}`]);
      assert.deepEqual(await dns(protocol, 'SRV', `_http._tcp.dns-test.${domain}`), ['NOERROR aa', `SRV 0 100 80 dns-querier-1.dns-test.${domain}`]);
      assert.deepEqual(await dns(protocol, 'SRV', `_http._tcp.regular.${domain}`), ['NOERROR aa', `SRV 0 100 80 regular.${domain}`]);
      assert.deepEqual(await dns(protocol, 'PTR', `${regular.spec.clusterIP?.split('.').toReversed().join('.')}.in-addr.arpa`), ['NOERROR aa', `PTR regular.${domain}`]);
      assert.deepEqual(await dns(protocol, 'A', `${ip.replaceAll('.', '-')}.${NAMESPACE}.pod.cluster.local`), ['NOERROR aa', `A ${ip}`]);
      assert.deepEqual(await dns(protocol, 'AAAA', `regular.${domain}`), ['NOERROR aa', 'authority SOA ns.dns.cluster.local 5']);
      assert.deepEqual(await dns(protocol, 'A', `nobody.${domain}`), ['NXDOMAIN aa', 'authority SOA ns.dns.cluster.local 5']);
    }
    const hosts = await cluster.run(ip, 'cat /etc/hosts; hostname; hostname -f');
    assert.match(hosts, new RegExp(`^${ip}\\tdns-querier-1\\.dns-test\\.${domain.replaceAll('.', '\\.')}\\tdns-querier-1$`, 'm'));
    assert.match(hosts, /^dns-querier-1$/m);
    for (const name of ['dns-test', 'regular']) await remove(name);
  });

  test('DNS: partial names of services are found by the search list of a pod', async () => {
    const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];
    await makeService('partial', { clusterIP: 'None', selector, ports });
    await makeService('partial-2', { selector, ports });
    const file = await cluster.run(client.status.podIP ?? '', 'cat /etc/resolv.conf');
    assert.match(file, /^options ndots:5$/m);
    const domains = /^search (.*)$/m.exec(file)?.[1]?.split(' ') ?? [];
    assert.deepEqual(domains.slice(0, 3), [`${NAMESPACE}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local']);
    const search = async (protocol: 'udp' | 'tcp', type: string, name: string): Promise<string[]> => {
      for (const domain of domains.slice(0, 3)) {
        const [code, ...answers] = await dns(protocol, type, `${name}.${domain}`);
        if (code === 'NOERROR aa') return answers.toSorted();
      }
      return [];
    };
    const addresses = backends.map(({ status }) => `A ${status.podIP}`).toSorted().join();
    await cluster.until('the endpoints are in DNS', async () => (await search('udp', 'A', 'partial')).join() === addresses && (await search('udp', 'A', 'partial-2')).length === 1);
    for (const protocol of ['udp', 'tcp'] as const) {
      for (const name of ['partial', `partial.${NAMESPACE}`, `partial.${NAMESPACE}.svc`]) assert.equal((await search(protocol, 'A', name)).join(), addresses, name);
      assert.equal((await search(protocol, 'SRV', `_http._tcp.partial.${NAMESPACE}.svc`)).length, 2);
      assert.deepEqual(await search(protocol, 'SRV', `_http._tcp.partial-2.${NAMESPACE}.svc`), [`SRV 0 100 80 partial-2.${NAMESPACE}.svc.cluster.local`]);
    }
    for (const name of ['partial-2', `partial-2.${NAMESPACE}`, `partial-2.${NAMESPACE}.svc`]) {
      await cluster.until(`${name} answers`, async () => (await cluster.run(client.status.podIP ?? '', `wget -qO- http://${name}/name`)).startsWith('backend-'));
    }
    for (const name of ['partial', 'partial-2']) await remove(name);
  });

  test('every pod is reached by its address, over HTTP and UDP, from a pod and from a node', async () => {
    const [machine] = await cluster.machines();
    const host = await makePod('host-test', { nodeName: machine?.name, hostNetwork: true, containers: [{ name: 'sleep', image: 'registry.test/shell:1', command: ['sleep', '1000'] }] });
    for (const from of [client, host]) {
      for (const { metadata: { name }, status: { podIP = '' } } of backends) {
        assert.equal((await cluster.runInNetworkOf(from, ['curl', '-sS', '-g', '--max-time', '120', `http://${podIP}:8080/name`])).trim(), name);
        await cluster.until(`${name} answers a datagram`, async () => (await ask('udp', podIP, ECHO, 1, from)).join() === name);
      }
    }
    await unmake('host-test');
  });

  for (const { title, name, ports, first, second } of [
    { title: 'a basic endpoint', name: 'basic', ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], first: { containerPort: 80 }, second: { containerPort: 80 } },
    { title: 'multiport endpoints', name: 'multi', ports: [{ name: 'portname1', port: 80, targetPort: 'svc1' }, { name: 'portname2', port: 81, targetPort: 'svc2' }], first: { name: 'svc1', containerPort: 100 }, second: { name: 'svc2', containerPort: 101 } },
  ]) {
    test(`${title} from pods that come and go, one after the other`, async () => {
      const labels = { serves: name };
      const { spec: { clusterIP = '' } } = await makeService(name, { selector: labels, ports } as Partial<ServiceSpec>);
      const { port: lastPort = 0 } = ports.at(-1) ?? {};
      await expectPorts(name);
      const pod1 = await makePod(`${name}-1`, { containers: [shellContainer({ ports: [first] })] }, labels);
      await cluster.serveIn(pod1, first.containerPort);
      await expectPorts(name, `${name}-1:${first.containerPort}`);
      await cluster.until('the first answers', async () => (await ask('tcp', clusterIP, 80)).join() === `${name}-1`);
      const pod2 = await makePod(`${name}-2`, { containers: [shellContainer({ ports: [second] })] }, labels);
      await cluster.serveIn(pod2, second.containerPort);
      await expectPorts(name, `${name}-1:${first.containerPort}`, `${name}-2:${second.containerPort}`);
      await cluster.until('both answer', async () => new Set([...(await ask('tcp', clusterIP, 80, 16)), ...(await ask('tcp', clusterIP, lastPort, 16))]).size === 2);
      await unmake(`${name}-1`);
      await expectPorts(name, `${name}-2:${second.containerPort}`);
      await cluster.until('the second alone answers', async () => (await ask('tcp', clusterIP, lastPort, 8)).every((answer) => answer === `${name}-2`));
      await unmake(`${name}-2`);
      await expectPorts(name);
      await remove(name);
    });
  }

  test('DNS: dnsPolicy None takes what dnsConfig says', async () => {
    const pod = await makePod('own-dns', { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'], options: [{ name: 'ndots', value: '2' }] } });
    assert.equal(await cluster.run(pod.status.podIP ?? '', 'sort /etc/resolv.conf'), 'nameserver 1.1.1.1\noptions ndots:2\nsearch resolv.conf.local\n');
  });

  for (const type of ['ClusterIP', 'NodePort']) {
    test(`a name becomes a ${type} service, and that a name again: each is reached`, async () => {
      const name = `external.${NAMESPACE}.svc.cluster.local`;
      const external = await makeService('external', { type: 'ExternalName', externalName: 'foo.example.com' });
      assert.equal(external.spec.clusterIP, undefined);
      await cluster.until('the alias', async () => (await dns('udp', 'CNAME', name)).includes('CNAME foo.example.com'));
      await change('external', { externalName: 'bar.example.com' });
      await cluster.until('the other alias', async () => (await dns('udp', 'CNAME', name)).includes('CNAME bar.example.com'));
      const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: ECHO }];
      const { spec } = await change('external', { type, externalName: null, selector, ports });
      const nodePort = spec.ports?.[0]?.nodePort;
      assert.equal(nodePort !== undefined, type === 'NodePort');
      await cluster.until('the address', async () => (await dns('udp', 'A', name)).includes(`A ${spec.clusterIP}`));
      await cluster.until('it answers', async () => (await ask('tcp', spec.clusterIP ?? '', 80))[0]?.startsWith('backend'));
      assert.match(await cluster.run(client.status.podIP ?? '', 'nc -w 60 external 80 </dev/null'), /^backend/, 'by its name');
      if (nodePort) for (const { ip } of await cluster.machines()) await cluster.until(`${ip} answers`, async () => (await ask('tcp', ip, nodePort))[0]?.startsWith('backend'));
      const named = await change('external', { type: 'ExternalName', externalName: 'kubernetes.default.svc.cluster.local' });
      assert.deepEqual([named.spec.clusterIP, named.spec.clusterIPs, named.spec.ports?.[0]?.nodePort], [undefined, undefined, undefined]);
      const api = await cluster.client.resource(services, 'default').get('kubernetes', { signal: cluster.signal });
      await cluster.until('the alias with what it leads to', async () => (await dns('udp', 'A', name)).join() === `NOERROR aa,CNAME kubernetes.default.svc.cluster.local,A ${api.spec.clusterIP}`);
      await remove('external');
    });
  }

  test('TCP and UDP share a port, and each may go', async () => {
    const tcp = { name: 'tcp-port', port: 80, protocol: 'TCP', targetPort: ECHO };
    const udp = { name: 'udp-port', port: 80, protocol: 'UDP', targetPort: ECHO };
    const { spec: { clusterIP = '' } } = await makeService('both', { selector, ports: [tcp, udp] });
    const answers = async (protocol: 'tcp' | 'udp'): Promise<boolean> => (await ask(protocol, clusterIP, 80))[0]?.startsWith('backend') === true;
    await cluster.until('both answer', async () => (await answers('tcp')) && (await answers('udp')));
    await change('both', { ports: [tcp] });
    await cluster.until('only TCP answers', async () => (await answers('tcp')) && !(await answers('udp')));
    await change('both', { ports: [udp] });
    await cluster.until('only UDP answers', async () => !(await answers('tcp')) && (await answers('udp')));
    await remove('both');
  });

  for (const type of ['ClusterIP', 'NodePort']) {
    test(`session affinity of a ${type} service is switched on and off`, async () => {
      const { spec } = await makeService('sticky', { type, selector, sessionAffinity: 'ClientIP', ports: [{ port: 80, protocol: 'TCP', targetPort: ECHO }] } as Partial<ServiceSpec>);
      const [machine] = await cluster.machines();
      const seen = async (): Promise<number> => new Set(type === 'NodePort' ? await ask('tcp', machine?.ip ?? '', spec.ports?.[0]?.nodePort ?? 0, 16) : await ask('tcp', spec.clusterIP ?? '', 80, 16)).size;
      await cluster.until('it is there', async () => (await ask('tcp', spec.clusterIP ?? '', 80))[0]?.startsWith('backend'));
      assert.equal(await seen(), 1);
      await change('sticky', { sessionAffinity: 'None', sessionAffinityConfig: null });
      await cluster.until('both are seen', async () => (await seen()) === 2);
      await change('sticky', { sessionAffinity: 'ClientIP' });
      await cluster.until('one is seen', async () => (await seen()) === 1);
      await remove('sticky');
    });
  }

  test('slices of one\'s own: several addresses, several ports', async () => {
    for (const [index, backend] of backends.entries()) await cluster.serveIn(backend, 9090 + index, `${backend.metadata.name}-extra`);
    const { spec: { clusterIP = '' } } = await makeService('custom', { ports: [{ name: 'port80', port: 80, protocol: 'TCP' }, { name: 'port81', port: 81, protocol: 'TCP' }] });
    const slice = (name: string, portName: string, port: number, pod: DeepReadonly<Pod> | undefined): object => ({
      metadata: { name, labels: { 'kubernetes.io/service-name': 'custom' } }, addressType: 'IPv4', endpoints: [{ addresses: [pod?.status.podIP] }], ports: [{ name: portName, protocol: 'TCP', port }],
    });
    await cluster.create(endpointSlices, slice('custom-80', 'port80', ECHO, backends[0]), NAMESPACE);
    await cluster.create(endpointSlices, slice('custom-81', 'port81', 9091, backends[1]), NAMESPACE);
    await cluster.until('both ports lead to their own', async () => (await ask('tcp', clusterIP, 80)).join() === 'backend-1' && (await ask('tcp', clusterIP, 81)).join() === 'backend-2-extra');
    await cluster.client.resource(endpointSlices, NAMESPACE).patch('custom-81', { type: 'merge', patch: { endpoints: [{ addresses: [backends[0]?.status.podIP] }], ports: [{ name: 'port81', protocol: 'TCP', port: 9090 }] } }, { signal: cluster.signal });
    await cluster.until('one address with both ports', async () => (await ask('tcp', clusterIP, 81)).join() === 'backend-1-extra');
    await remove('custom');
  });

  test('Endpoints of one\'s own are mirrored', async () => {
    const { spec: { clusterIP = '' } } = await makeService('mirrored', { ports: [{ name: 'example', port: 80, protocol: 'TCP' }] });
    const subsets = (pod: DeepReadonly<Pod> | undefined): object[] => [{ ports: [{ name: 'example', port: ECHO }], addresses: [{ ip: pod?.status.podIP }] }];
    await cluster.create(endpoints, { metadata: { name: 'mirrored' }, subsets: subsets(backends[0]) }, NAMESPACE);
    await cluster.until('the first', async () => (await ask('tcp', clusterIP, 80)).join() === 'backend-1');
    await cluster.client.resource(endpoints, NAMESPACE).patch('mirrored', { type: 'merge', patch: { subsets: subsets(backends[1]) } }, { signal: cluster.signal });
    await cluster.until('the second', async () => (await ask('tcp', clusterIP, 80)).join() === 'backend-2');
    await cluster.client.resource(endpoints, NAMESPACE).delete('mirrored', { signal: cluster.signal });
    await cluster.until('no slice', async () => (await cluster.client.resource(endpointSlices, NAMESPACE).list({ labelSelector: 'kubernetes.io/service-name=mirrored', signal: cluster.signal })).items.length === 0);
    await remove('mirrored');
  });

  test('a host port with different addresses and protocols on one node', async () => {
    const [machine] = await cluster.machines();
    const { name: nodeName, ip } = machine ?? assert.fail('no machine');
    const withPort = (hostIP: string, protocol: string): object => ({ nodeName, containers: [shellContainer({ ports: [{ containerPort: protocol === 'TCP' ? 8080 : ECHO, hostPort: 54_323, hostIP, protocol }] })] });
    const made = await Promise.all([makePod('host-1', withPort('127.0.0.1', 'TCP')), makePod('host-2', withPort(ip, 'TCP')), makePod('host-3', withPort(ip, 'UDP'))]);
    for (const pod of made) await cluster.serveIn(pod, ECHO);
    const onHost = await makePod('on-host', { nodeName, hostNetwork: true, containers: [{ name: 'sleep', image: 'registry.test/shell:1', command: ['sleep', '1000'] }] });
    const get = (address: string): Promise<string> => cluster.runInNetworkOf(onHost, ['curl', '-sS', '-g', '--connect-timeout', '60', '--interface', ip, `http://${address}:54323/name`]);
    assert.equal((await get('127.0.0.1')).trim(), 'host-1');
    assert.equal((await get(ip)).trim(), 'host-2');
    await cluster.until('the port of UDP leads to its own', async () => (await ask('udp', ip, 54_323, 1, onHost)).join() === 'host-3');
    for (const pod of [...made, onHost]) await cluster.client.resource(pods, NAMESPACE).delete(pod.metadata.name, { gracePeriodSeconds: 0, signal: cluster.signal });
    for (const pod of made) await cluster.until('they are gone', () => isGone(cluster.client, pods, NAMESPACE, pod.metadata.name, cluster.signal));
  });

  test('an address of a range that was added is reached like any other', async () => {
    await cluster.create(serviceCIDRs, { metadata: { name: 'test-net' }, spec: { cidrs: ['203.0.113.0/24'] } });
    await cluster.until('it is ready', async () => (await cluster.client.resource(serviceCIDRs).get('test-net', { signal: cluster.signal })).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
    const { spec } = await makeService('added', { type: 'NodePort', clusterIP: '203.0.113.10', selector, ports: [{ port: 80, protocol: 'TCP', targetPort: ECHO }] });
    await cluster.until('it answers', async () => (await ask('tcp', '203.0.113.10', 80))[0]?.startsWith('backend'));
    for (const { ip } of await cluster.machines()) await cluster.until(`${ip} answers`, async () => (await ask('tcp', ip, spec.ports?.[0]?.nodePort ?? 0))[0]?.startsWith('backend'));
    await cluster.until('what nobody has is refused', async () => (await ask('tcp', '203.0.113.77', 80)).join() === 'ECONNREFUSED');
    await remove('added');
    await cluster.client.resource(serviceCIDRs).delete('test-net', { signal: cluster.signal });
  });

  test('each node tells the health of its service proxy', async () => {
    for (const { ip, holderPid } of await cluster.machines()) {
      const answer = await fetch(`http://${ip}:10256/healthz`);
      assert.deepEqual([answer.status, ((await answer.json()) as { nodeEligible: boolean }).nodeEligible], [200, true]);
      assert.equal(await new Commands(inNamespaces(holderPid, ['net'])).run(['curl', '-s', 'http://127.0.0.1:10249/proxyMode']), 'nftables');
    }
  });

  test('two hundred services have their endpoints soon', async () => {
    const made = await Promise.all(Array.from({ length: 200 }, () => cluster.create<Service>(services, { metadata: { generateName: 'latency-svc-', labels: { latency: 'true' } }, spec: { selector, ports: [{ port: 80, protocol: 'TCP' }] } }, NAMESPACE)));
    await cluster.until('all have endpoints', async () => {
      const { items } = await cluster.client.resource(endpoints, NAMESPACE).list({ signal: cluster.signal });
      const full = new Set(items.filter(({ subsets }) => (subsets?.[0]?.addresses ?? []).length > 0).map(({ metadata }) => metadata.name));
      return made.every(({ metadata }) => full.has(metadata.name));
    });
    await cluster.client.resource(services, NAMESPACE).deleteCollection({ labelSelector: 'latency=true', signal: cluster.signal });
  });
});
