import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { ConfigMap, Pod } from '../../src/api/generated/core-v1.ts';
import { configMaps, deployments, pods } from '../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../src/apimachinery/meta.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { allProcesses } from '../../src/cluster/local/processes.ts';
import { unless } from '../support/needs.ts';
import { shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const skip = unless(why === undefined, why ?? '');

suite('a cluster whose processes are killed', { skip }, () => {
  let cluster: ShellCluster;
  let namespace: string;
  let before9: readonly DeepReadonly<Pod>[];

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    namespace = await cluster.newNamespace('recovery');
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [shellContainer()], terminationGracePeriodSeconds: 3 } };
    await cluster.create(deployments, { metadata: { name: 'web' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template } }, namespace);
    before9 = await cluster.readyPods(namespace, 'app=web', 3);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const uids = (some: readonly DeepReadonly<Pod>[]): string[] => some.map(({ metadata }) => metadata.uid).toSorted();

  test('after kill -9 of the server amid writes, every acknowledged write is there and containers run on', async () => {
    const pids = await Promise.all(before9.map((pod) => cluster.firstPidsOf(pod)));
    assert.ok(pids.every((some) => some.length >= 2), 'each pod has a sandbox and a container');
    const acknowledged: string[] = [];
    const writing = writeUntilItFails(cluster, namespace, acknowledged);
    await cluster.until('fifty writes', () => Promise.resolve(acknowledged.length >= 50));
    killRole(cluster, 'server');
    await writing;
    await cluster.upAgain();
    const { items } = await cluster.client.resource(configMaps, namespace).listAll({ signal: cluster.signal });
    const stored = new Set(items.map(({ metadata }) => metadata.name));
    assert.deepEqual(acknowledged.filter((name) => !stored.has(name)), []);
    assert.deepEqual(await Promise.all(before9.map((pod) => cluster.firstPidsOf(pod))), pids);
    assert.deepEqual(uids(await cluster.readyPods(namespace, 'app=web', 3)), uids(before9));
  });

  test('after kill -9 of the agents containers run on, and pods are still looked after', async () => {
    const pids = await Promise.all(before9.map((pod) => cluster.firstPidsOf(pod)));
    for (const { role } of cluster.processes) if (role !== 'server') killRole(cluster, role);
    await cluster.upAgain();
    assert.deepEqual(uids(await cluster.readyPods(namespace, 'app=web', 3)), uids(before9));
    assert.deepEqual(await Promise.all(before9.map((pod) => cluster.firstPidsOf(pod))), pids);
    await cluster.client.resource(deployments, namespace).patch('web', { type: 'merge', patch: { spec: { replicas: 4 } } }, { signal: cluster.signal });
    await cluster.readyPods(namespace, 'app=web', 4);
  });

  test('after kill -9 of everything but the pods, the nodes come up again as after a restart of their machines', async () => {
    const machines = await cluster.machines();
    const inside = new Set(machines.map(({ holderPid }) => readlinkSync(`/proc/${holderPid}/ns/mnt`)));
    // A child that has not become another program yet looks like a third one.
    const containerds = await cluster.until('two containerds', async () => {
      const found = (await allProcesses()).filter((pid) => isContainerd(pid) && inside.has(mountNamespaceOf(pid)));
      return found.length === 2 && found;
    });
    // The agents first: they would start their containerd again, or end without it.
    for (const pid of [...cluster.processes.map((one) => one.pid), ...containerds, ...machines.map(({ holderPid }) => holderPid)]) kill(pid);
    await cluster.upAgain();
    const again = await cluster.readyPods(namespace, 'app=web', 4);
    for (const pod of again) {
      // Until its status tells the address that it has since, that may be another's.
      await cluster.until(`${pod.metadata.name} answers at its address`, async () => {
        const { status } = await cluster.client.resource(pods, namespace).get(pod.metadata.name, { signal: cluster.signal });
        const answer = await fetch(`http://${status.podIP}:8080/name`, { signal: AbortSignal.timeout(5000) }).then((one) => one.text()).catch(() => undefined);
        return answer === `${pod.metadata.name}\n`;
      });
    }
  });
});

async function writeUntilItFails(cluster: ShellCluster, namespace: string, acknowledged: string[]): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `write-${i}`;
    try {
      await cluster.client.resource(configMaps, namespace).create({ metadata: { name } } as Draft<ConfigMap>, { signal: cluster.signal });
    } catch {
      return; // the server is gone: whether this one was written nobody was told
    }
    acknowledged.push(name);
  }
}

function killRole(cluster: ShellCluster, role: string): void {
  const found = cluster.processes.find((one) => one.role === role);
  assert.ok(found);
  process.kill(found.pid, 'SIGKILL');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it went with another
  }
}

function isContainerd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('containerd\0');
  } catch {
    return false; // it has ended meanwhile
  }
}

function mountNamespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return ''; // it has ended meanwhile
  }
}
