import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Node, Service } from '../../src/api/generated/core-v1.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery-v1.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Commands, shellLine } from '../../src/base/commands.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { LocalMachine } from '../../src/cluster/local/machine.ts';
import { LocalNetwork } from '../../src/cluster/local/network.ts';
import { removeEverything } from '../../src/cluster/local/remove-everything.ts';
import { writeCniConfig } from '../../src/network/index.ts';
import { desiredRoutes, masqueradeTables, routeChanges } from '../../src/network/plan.ts';
import { IPV4 } from '../../src/proxy/family.ts';
import { compileService } from '../../src/proxy/plan.ts';
import { ProxyTable } from '../../src/proxy/table.ts';
import { buildBusyboxImage, buildPauseImage, Containerd, CriRuntime, PAUSE_IMAGE } from '../../src/runtime/index.ts';
import { unless } from '../support/needs.ts';
import { until } from '../support/until.ts';

const facts = await detectMachine();
const why = whyNoContainers(facts);
const skip = unless(why === undefined, why ?? '');

// Others may run this on the same machine at the same time.
const OWN = process.pid % 100;
const CLUSTER_CIDRS = [`10.${100 + OWN}.0.0/17`];
const SERVICE_CIDRS = [`10.${100 + OWN}.128.0/17`];
const CLUSTER_IP = `10.${100 + OWN}.128.10`;
const BUSYBOX = 'registry.test/busybox:1';
const clock = new SystemClock();
const host = new Commands();
const { signal } = new AbortController();

interface TestPod {
  readonly id: string;
  readonly ip: string;
  exec(script: string): Promise<string>;
}

/** A node without an agent: a machine, a containerd in it, and the network that the agent would set up. */
class TestNode implements AsyncDisposable {
  readonly machine: LocalMachine;
  readonly podCIDR: string;
  readonly #containerd: Containerd;
  readonly #runtime: CriRuntime;

  private constructor(machine: LocalMachine, podCIDR: string, containerd: Containerd, runtime: CriRuntime) {
    this.machine = machine;
    this.podCIDR = podCIDR;
    this.#containerd = containerd;
    this.#runtime = runtime;
  }

  static async create(network: LocalNetwork, index: number): Promise<TestNode> {
    const machine = await LocalMachine.create({ name: `node-${index}`, index, network, clock, signal });
    const podCIDR = `10.${100 + OWN}.${index}.0/24`;
    await writeCniConfig(machine.hostPath('/etc/cni/net.d'), { podCIDRs: [podCIDR], bridge: 'cni0' });
    const inside = join(machine.directory, 'containerd-inside');
    await writeFile(inside, `#!/bin/sh\nexec ${shellLine(machine.prefix)} containerd "$@"\n`);
    await chmod(inside, 0o755);
    const stateDir = join(machine.directory, 's');
    const containerd = new Containerd({
      clock, logger: silentLogger, binary: inside, rootDir: join(machine.directory, 'r'), stateDir, socketPath: join(stateDir, 'c.sock'),
      sandboxImage: PAUSE_IMAGE, cniConfDir: '/etc/cni/net.d', cniBinDirs: [facts.cniDirectory ?? ''], logPath: join(machine.directory, 'containerd.log'),
    });
    await containerd.start(signal);
    for (const [name, archive] of Object.entries({ 'pause.tar': await buildPauseImage(), 'busybox.tar': await buildBusyboxImage({ references: [BUSYBOX] }) })) {
      await writeFile(join(machine.directory, name), archive);
      await containerd.loadImages(join(machine.directory, name), signal);
    }
    return new TestNode(machine, podCIDR, containerd, await CriRuntime.connect({ socketPath: containerd.socketPath, clock }));
  }

  async run(name: string, command: string, hostPort?: number): Promise<TestPod> {
    const config = {
      metadata: { name, namespace: 'default', uid: name, attempt: 0 }, hostname: name, logDirectory: join(this.machine.directory, 'logs'),
      ...(hostPort !== undefined && { portMappings: [{ protocol: 'TCP' as const, containerPort: 80, hostPort }] }),
      linux: { cgroupParent: `${this.machine.cgroup}/pods/${name}`, securityContext: { namespaceOptions: { network: 'POD' as const, pid: 'CONTAINER' as const, ipc: 'POD' as const } } },
    };
    const sandbox = await this.#runtime.runPodSandbox(config, '', signal);
    const container = await this.#runtime.createContainer(sandbox, { metadata: { name, attempt: 0 }, image: { image: BUSYBOX }, command: ['sh', '-c', command], logPath: `${name}.log`, linux: { resources: { cpuShares: 2 }, securityContext: {} } }, config, signal);
    await this.#runtime.startContainer(container, signal);
    const { network } = await this.#runtime.podSandboxStatus(sandbox, signal);
    const exec = async (script: string): Promise<string> => {
      const { stdout, stderr } = await this.#runtime.execSync(container, ['sh', '-c', script], 120, signal);
      return Buffer.from(stdout).toString() + Buffer.from(stderr).toString();
    };
    return { id: sandbox, ip: network?.ip ?? '', exec };
  }

  async log(): Promise<string> {
    return readFile(join(this.machine.directory, 'containerd.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]();
    await this.#containerd[Symbol.asyncDispose]();
  }
}

suite('containers on machines within this machine', { skip }, () => {
  let dataDir: string;
  let nodes: TestNode[] = [];
  const pods: TestPod[] = [];

  before(async () => {
    dataDir = await mkdtemp('/tmp/kt-');
    const network = await LocalNetwork.create({ cluster: `pods-${process.pid}`, dataDir, range: `172.28.${OWN}.0/24`, clusterRanges: [...CLUSTER_CIDRS, ...SERVICE_CIDRS], outbound: false, logger: silentLogger });
    nodes = [await TestNode.create(network, 1), await TestNode.create(network, 2)];
    const known = nodes.map(({ machine, podCIDR }) => nodeObject(machine, podCIDR));
    for (const { machine, podCIDR } of nodes) {
      await machine.commands.nft(masqueradeTables({ table: 'kubets-network', podCIDRs: [podCIDR], clusterCIDRs: CLUSTER_CIDRS }));
      await machine.commands.ip(routeChanges(new Map(), desiredRoutes({ nodes: known, ownName: machine.name, clusterCIDRs: CLUSTER_CIDRS })));
    }
    await host.ip(routeChanges(new Map(), desiredRoutes({ nodes: known, ownName: undefined, clusterCIDRs: [] })));
    const server = 'mkdir -p /www && hostname > /www/index.html && exec httpd -f -p 80 -h /www';
    pods.push(await (nodes[0] as TestNode).run('one', server), await (nodes[1] as TestNode).run('two', server, 8081));
    for (const one of pods) await until(`${one.ip} serves`, async () => /^(one|two)\n$/.test(await one.exec('wget -qO- http://127.0.0.1/')));
  });

  after(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]();
    await removeEverything(dataDir, { clock, signal });
    const left = await host.run(['sh', '-c', 'ip -br link; ip route; nft list tables; cat /proc/self/mounts; find /sys/fs/cgroup -maxdepth 2 -name "kubets-pods-$1"; ps -eo args | grep -v "sh -c"', 'sh', String(process.pid)]);
    assert.deepEqual(left.split('\n').filter((line) => line.includes(dataDir) || line.includes(`172.28.${OWN}.`) || line.includes(`10.${100 + OWN}.`) || line.includes('kubets-pods')), []);
    await rm(dataDir, { recursive: true });
  });

  const pod = (number: number): TestPod => pods[number - 1] as TestPod;

  test('each pod has an address of its node', () => {
    assert.deepEqual(pods.map(({ ip }) => ip.split('.').slice(0, 3).join('.')), [`10.${100 + OWN}.1`, `10.${100 + OWN}.2`]);
  });

  test('pods reach each other across nodes, and the host reaches both', async () => {
    assert.equal(await pod(1).exec(`wget -qO- http://${pod(2).ip}/`), 'two\n');
    assert.equal(await pod(2).exec(`wget -qO- http://${pod(1).ip}/`), 'one\n');
    for (const { ip } of pods) assert.match(await host.run(['bash', '-c', `exec 3<>/dev/tcp/${ip}/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`]), /(one|two)\n$/);
  });

  test('a service leads to pods of both nodes from either node', async () => {
    for (const { machine } of nodes) {
      const table = new ProxyTable({ family: IPV4, table: 'kubets-proxy', serviceCIDRs: SERVICE_CIDRS, clusterCIDRs: CLUSTER_CIDRS });
      table.set('default/web', compileService(service, [slice(pods)], { nodeName: machine.name, zone: undefined, family: IPV4 }));
      await machine.commands.nft(table.script());
    }
    for (const client of pods) {
      const answers = await client.exec(`for i in $(seq 40); do wget -qO- http://${CLUSTER_IP}/; done`);
      assert.deepEqual([...new Set(answers.trim().split('\n'))].toSorted(), ['one', 'two']);
    }
    assert.match(await pod(1).exec(`nc -w 60 10.${100 + OWN}.199.9 80 </dev/null 2>&1 || echo failed`), /refused/);
    const [first] = nodes as [TestNode];
    assert.match(await host.run(['bash', '-c', `exec 3<>/dev/tcp/${first.machine.ip}/30080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`]), /(one|two)\n$/);
  });

  test('a host port leads to its pod', async () => {
    const [, second] = nodes as [TestNode, TestNode];
    assert.equal(await pod(1).exec(`wget -qO- http://${second.machine.ip}:8081/`), 'two\n');
  });

  test('the containers are in the cgroup of their node', async () => {
    const [first] = nodes as [TestNode];
    const listing = await host.run(['sh', '-c', `find /sys/fs/cgroup -path '*${first.machine.cgroup}/pods/one*' -name cgroup.procs | head -1`]);
    assert.notEqual(listing, '');
  });
});

function nodeObject(machine: LocalMachine, podCIDR: string): Node {
  return {
    metadata: { name: machine.name, uid: machine.name, resourceVersion: '1', creationTimestamp: '' },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'InternalIP', address: machine.ip }] } as Node['status'],
  };
}

const service: Service = {
  metadata: { name: 'web', namespace: 'default', uid: '1', resourceVersion: '1', creationTimestamp: '' },
  spec: { type: 'NodePort', clusterIP: CLUSTER_IP, clusterIPs: [CLUSTER_IP], ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] },
  status: { loadBalancer: {} },
};

function slice(pods: readonly TestPod[]): EndpointSlice {
  return {
    metadata: { name: 'web-1', namespace: 'default', uid: '2', resourceVersion: '1', creationTimestamp: '' },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: pods.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true } })),
  };
}
