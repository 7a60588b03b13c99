/** A real node that runs short of memory and of disk: what it says of itself, and which pods go, in which order. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import { events, nodes, pods, serviceAccounts } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { Commands } from '../../src/base/commands.ts';
import { unless } from '../support/needs.ts';
import { whyNoCluster } from './support/cluster.ts';
import { SHELL_IMAGE, ShellCluster } from './support/shell-cluster.ts';

const why = await whyNoCluster();
const skip = unless(why === undefined, why ?? '');
const host = new Commands();
const MEBI = 1024 ** 2;
const DISK_MEBI = 600;
/** The node is short of memory when so much of what was free at first is gone: more than others of this machine take meanwhile. */
const MARGIN_MEBI = 1024;
const memoryThresholdMebi = Math.floor(availableMemory() / MEBI - MARGIN_MEBI);
/** One pod takes memory until so much less is free than the threshold, whatever others give back meanwhile. */
const BELOW_MEBI = 512;
const EAT = `n=0; while [ $(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) -gt ${(memoryThresholdMebi - BELOW_MEBI) * 1024} ]; do head -c ${128 * MEBI} /dev/zero > /scratch/eaten-$n; n=$((n + 1)); done`;

function availableMemory(): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
}

describe('a node under pressure', { skip }, () => {
  let folder: string;
  let cluster: ShellCluster;

  before(async () => {
    // A disk of its own, so that filling it hurts nobody else.
    folder = mkdtempSync('/tmp/kubets-pressure-');
    await host.run(['mount', '-t', 'tmpfs', '-o', `size=${DISK_MEBI}m`, 'kubets-pressure', folder]);
    const hard = `memory.available<${memoryThresholdMebi}Mi,nodefs.available<40%`;
    cluster = await ShellCluster.start({ nodes: 1, dataDir: join(folder, 'cluster'), agentFlags: [`--eviction-hard=${hard}`, '--eviction-pressure-transition-period=15s', '--out-of-disk-threshold=30%'] });
    await cluster.newNamespace('pressure');
    await cluster.until('the namespace has an account for its pods', async () => (await cluster.client.resource(serviceAccounts, 'pressure').list({ signal: cluster.signal })).items.length > 0);
  });

  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await host.run(['umount', folder]);
    rmSync(folder, { recursive: true });
  });

  const podNamed = async (name: string, script: string, spec: object = {}, container: object = {}): Promise<void> => {
    await cluster.create(pods, {
      metadata: { name },
      spec: {
        terminationGracePeriodSeconds: 1, restartPolicy: 'Never', automountServiceAccountToken: false,
        containers: [{ name: 'main', image: SHELL_IMAGE, command: ['sh', '-c', `${script}; touch /tmp/done; sleep 1000`], readinessProbe: { exec: { command: ['test', '-e', '/tmp/done'] }, periodSeconds: 1, timeoutSeconds: 30 }, ...container }],
        ...spec,
      },
    }, 'pressure');
  };
  const pod = (name: string): Promise<DeepReadonly<Pod>> => cluster.client.resource(pods, 'pressure').get(name, { signal: cluster.signal });
  const isReady = async (name: string): Promise<boolean> => (await pod(name)).status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const isEvicted = async (name: string): Promise<boolean> => (await pod(name)).status.reason === 'Evicted';
  const condition = async (type: string): Promise<string | undefined> => {
    const [node] = (await cluster.client.resource(nodes).list({ signal: cluster.signal })).items as readonly DeepReadonly<Node>[];
    return node?.status.conditions?.find((one) => one.type === type)?.status;
  };
  const remove = (name: string): Promise<unknown> => cluster.client.resource(pods, 'pressure').delete(name, { signal: cluster.signal });
  const scratch = (emptyDir: object = {}): object => ({ volumes: [{ name: 'scratch', emptyDir }] });
  const mount = { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };

  test('short of memory it says so and evicts the pod that took more than it had asked for', async () => {
    await podNamed('modest', 'true', {}, { resources: { requests: { memory: '64Mi' } } });
    await cluster.until('the modest pod is Ready', () => isReady('modest'));
    assert.equal(await condition('MemoryPressure'), 'False');
    await podNamed('greedy', EAT, scratch({ medium: 'Memory' }), mount);
    await cluster.until('the greedy pod is evicted', () => isEvicted('greedy'));
    const { status } = await pod('greedy');
    assert.equal(status.phase, 'Failed');
    assert.match(status.message ?? '', /^The node was low on resource: memory\. Threshold quantity: \d+[KMG]i, available: \d+[KMG]i\. Container main was using \d+[KMG]i, request is 0, has larger consumption of memory\. $/);
    assert.equal(status.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'TerminationByKubelet');
    assert.equal((await pod('modest')).status.phase, 'Running');
    await cluster.until('the node was under memory pressure', async () => {
      const { items } = await cluster.client.resource(events, 'pressure').list({ fieldSelector: 'reason=Evicted', signal: cluster.signal });
      return items.some(({ involvedObject }) => involvedObject.name === 'greedy');
    });
    await remove('greedy');
    await cluster.until('the pressure is over', async () => (await condition('MemoryPressure')) === 'False');
    await remove('modest');
  });

  test('an emptyDir over its size limit ends its pod, though the node has room', async () => {
    await podNamed('outgrown', `head -c ${20 * MEBI} /dev/zero > /scratch/file`, scratch({ sizeLimit: '10Mi' }), mount);
    await cluster.until('the pod is evicted', () => isEvicted('outgrown'));
    assert.equal((await pod('outgrown')).status.message, 'Usage of EmptyDir volume "scratch" exceeds the limit "10Mi". ');
    assert.equal(await condition('DiskPressure'), 'False');
    await remove('outgrown');
  });

  test('short of disk it is OutOfDisk and under DiskPressure, and evicts by what pods have there: lower priority first, then the largest', async () => {
    const freeMebi = Math.floor(Number((await host.run(['df', '-k', '--output=avail', folder])).split('\n')[1]) / 1024);
    await podNamed('keeps', 'true', {}, { resources: { requests: { 'ephemeral-storage': '10Mi' } } });
    await podNamed('fills-some', `head -c ${40 * MEBI} /dev/zero > /scratch/file`, scratch(), mount);
    for (const name of ['keeps', 'fills-some']) await cluster.until(`${name} is Ready`, () => isReady(name));
    // Down to a quarter of the disk.
    await podNamed('fills-most', `head -c ${Math.floor(freeMebi - DISK_MEBI * 0.25 - 40) * MEBI} /dev/zero > /scratch/file`, scratch(), mount);
    await cluster.until('the node is under disk pressure', async () => (await condition('DiskPressure')) === 'True');
    await cluster.until('the pod that filled most is evicted', () => isEvicted('fills-most'));
    assert.match((await pod('fills-most')).status.message ?? '', /^The node was low on resource: ephemeral-storage\. /);
    assert.equal((await pod('keeps')).status.phase, 'Running');
    assert.equal(await isEvicted('fills-some'), false);
    await remove('fills-most');
    await cluster.until('the pressure is over', async () => (await condition('DiskPressure')) === 'False');
    await cluster.until('the node is not out of disk', async () => (await condition('OutOfDisk')) === 'False');
  });
});
