import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import { deployments, namespaces, nodes, pods } from '../../src/api/refs.ts';
import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../../src/apimachinery/meta.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/index.ts';
import { ImageStore } from '../../src/cluster/images/image-store.ts';
import { connect } from '../../src/cluster/local-cluster.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { LocalMachine } from '../../src/cluster/local/machine.ts';
import { LocalNetwork } from '../../src/cluster/local/network.ts';
import { removeEverything } from '../../src/cluster/local/remove-everything.ts';
import { unless } from '../support/needs.ts';
import { shellContainer, shellImage } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');
const OWN = process.pid % 100;
const RANGES = { pods: `10.${100 + OWN}.0.0/17`, services: `10.${100 + OWN}.128.0/17` };
const clock = new SystemClock();
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** `kubets server` on one machine and `kubets agent` on two others; the machines are namespaces, the commands are those of real machines. */
suite('agents that join a server', { skip }, () => {
  const abort = new AbortController();
  const tools = { clock, random: new SystemRandom(), logger: silentLogger, signal: abort.signal, progress: () => undefined };
  const children: ChildProcess[] = [];
  let dataDir: string;
  let machines: LocalMachine[];
  let client: Client & AsyncDisposable;

  before(async () => {
    dataDir = mkdtempSync('/tmp/kj-');
    const network = await LocalNetwork.create({ cluster: `join-${process.pid}`, dataDir, range: `172.27.${OWN}.0/24`, clusterRanges: Object.values(RANGES), outbound: false, logger: silentLogger });
    machines = await Promise.all(['master', 'worker-1', 'worker-2'].map((name, index) => LocalMachine.create({ name, index: index + 1, network, clock, signal: abort.signal })));
    const [master, ...workers] = machines as [LocalMachine, ...LocalMachine[]];
    const serverDir = join(dataDir, 'server');
    await new ImageStore(join(serverDir, 'images')).load(Readable.from([await shellImage()]));
    run(master, ['server', '--data-dir', serverDir, '--advertise-address', master.ip, '--node-routes', 'eth0', '--cluster-cidr', RANGES.pods, '--service-cluster-ip-range', RANGES.services]);
    const server = `https://${master.ip}:6443`;
    ({ client } = await connect({ server, dataDir: serverDir }, tools, async () => {
      const [child] = children;
      if (child?.exitCode !== null) throw new Error(`the server has ended: ${readFileSync(join(dataDir, 'master.log'), 'utf8')}`);
    }));
    const token = (await master.commands.run([process.execPath, main, 'token', 'create', '--data-dir', serverDir])).trim();
    for (const worker of workers) {
      run(worker, ['agent', '--server', server, '--token', token, '--node-ip', worker.ip, '--cgroup-root', worker.cgroup, '--data-dir', join(worker.directory, 'agent')]);
    }
  });

  after(async () => {
    await client?.[Symbol.asyncDispose]();
    await Promise.all(children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }));
    await removeEverything(dataDir, tools);
    rmSync(dataDir, { recursive: true, force: true });
  });

  function run(machine: LocalMachine, argv: readonly string[]): void {
    const { file, args } = machine.command([process.execPath, main, ...argv]);
    const log = openSync(join(dataDir, `${machine.name}.log`), 'w');
    children.push(spawn(file, args, { stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  async function until<R>(what: string, look: () => Promise<R | undefined | false>): Promise<R> {
    for (const deadline = performance.now() + 240_000; ; ) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) {
        for (const { name } of machines) console.error(`== ${name}\n${readFileSync(join(dataDir, `${name}.log`), 'utf8').split('\n').slice(-20).join('\n')}`);
        assert.fail(`${what}: not within four minutes`);
      }
      await clock.sleep(100, abort.signal);
    }
  }

  const create = <T extends KubeObject>(ref: ResourceRef<T>, object: object, namespace?: string): Promise<DeepReadonly<T>> => client.resource(ref, namespace).create(object as Draft<T>, { signal: abort.signal });
  const isReady = (object: DeepReadonly<Node> | DeepReadonly<Pod>): boolean => (object.status.conditions as readonly { type: string; status: string }[] | undefined)?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

  test('the nodes are Ready, named after their machines', async () => {
    const ready = await until('two Ready nodes', async () => {
      const { items } = await client.resource(nodes).list({ signal: abort.signal });
      return items.length === 2 && items.every(isReady) && items;
    });
    const found = ready.map(({ metadata, status }) => [metadata.name, status.addresses?.find(({ type }) => type === 'InternalIP')?.address]);
    assert.deepEqual(found, machines.slice(1).map(({ name, ip }) => [name, ip]));
  });

  test('pods on both reach each other, and the master reaches them', async () => {
    await create(namespaces, { metadata: { name: 'joined' } });
    const spread = { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } }] };
    const template = { metadata: { labels: { app: 'web' } }, spec: { ...spread, containers: [shellContainer()], terminationGracePeriodSeconds: 2 } };
    await create(deployments, { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template } }, 'joined');
    const web = await until('two Ready pods', async () => {
      const { items } = await client.resource(pods, 'joined').list({ signal: abort.signal });
      return items.length === 2 && items.every(isReady) && items;
    });
    const [one, two] = web as [DeepReadonly<Pod>, DeepReadonly<Pod>];
    assert.notEqual(one.spec.nodeName, two.spec.nodeName);
    const [master] = machines as [LocalMachine];
    const ask = `fetch(process.argv[1], { method: 'POST', body: process.argv[2] }).then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    // Each machine has its own routes, and its own time to hear of nodes.
    await until('an answer', async () => {
      const answer = await master.commands.run([process.execPath, '-e', ask, `http://${one.status.podIP}:8080/cgi-bin/run`, `wget -qO- http://${two.status.podIP}:8080/name`]).catch(() => '');
      return answer === `${two.metadata.name}\n`;
    });
  });

  test('a node that is removed is Terminated, and then gone', async () => {
    const [master] = machines as [LocalMachine];
    const phases: (string | undefined)[] = [];
    const { metadata } = await client.resource(nodes).list({ signal: abort.signal });
    const events = await client.resource(nodes).watch({ resourceVersion: metadata.resourceVersion ?? '', signal: abort.signal });
    const agent = children.at(-1);
    const ended = new Promise((resolve) => agent?.once('exit', resolve));
    agent?.kill('SIGTERM');
    await ended;
    const removing = master.commands.run([process.execPath, main, 'node', 'remove', 'worker-2', '--data-dir', join(dataDir, 'server')]);
    await watchUntilGone(events, phases);
    await removing;
    assert.equal(phases.at(-1), 'Terminated');
  });
});

async function watchUntilGone(events: AsyncIterable<readonly { readonly type: string; readonly object: DeepReadonly<Node> }[]>, phases: (string | undefined)[]): Promise<void> {
  for await (const batch of events) {
    for (const { type, object } of batch) {
      if (object.metadata.name !== 'worker-2') continue;
      phases.push(object.status.phase);
      if (type === 'DELETED') return;
    }
  }
}
