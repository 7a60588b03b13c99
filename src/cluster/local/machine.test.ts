import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { Commands } from '../../base/commands.ts';
import { silentLogger } from '../../base/logger.ts';
import { unless } from '../../../test/support/needs.ts';
import { detectMachine } from './detect.ts';
import { LocalMachine } from './machine.ts';
import { findHolders, holderLabel, startHolder } from './namespace-holder.ts';
import { LocalNetwork } from './network.ts';
import { readRecord } from './record.ts';
import { removeEverything } from './remove-everything.ts';

const facts = await detectMachine();
const skip = unless(facts.linux && facts.root && facts.programs.ip !== undefined && facts.programs.nft !== undefined, 'this needs Linux, root, ip and nft');

const clock = new SystemClock();
const host = new Commands();
const { signal } = new AbortController();
// Others may run these tests on the same machine at the same time.
const OWN = process.pid % 250;
const CLUSTER = `test-${process.pid}`;
const RANGE = `172.29.${OWN}.0/24`;
const CLUSTER_RANGES = [`10.231.${OWN}.0/24`, `10.232.${OWN}.0/24`];

async function createNetwork(dataDir: string): Promise<LocalNetwork> {
  return LocalNetwork.create({ cluster: CLUSTER, dataDir, range: RANGE, clusterRanges: CLUSTER_RANGES, outbound: false, logger: silentLogger });
}

/** What a local cluster leaves on the machine; `link` is the name of its link and table. */
async function traces(dataDir: string, link: string): Promise<string[]> {
  const outputs = await Promise.all([['ip', '-br', 'link'], ['ip', 'route'], ['nft', 'list', 'tables']].map((argv) => host.run(argv)));
  const ours = [link, `172.29.${OWN}.`, `10.231.${OWN}.`, `10.232.${OWN}.`];
  const lines = outputs.flatMap((text) => text.split('\n')).filter((line) => ours.some((text) => line.includes(text)));
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter((line) => line.includes(dataDir));
  const cgroups = (await host.run(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', `kubets-${CLUSTER}`])).split('\n').filter((line) => line !== '');
  const holders = await findHolders((label) => label.startsWith(dataDir));
  return [...lines, ...mounts, ...cgroups, ...holders.map((pid) => `holder ${pid}`)];
}

/** Whether `address` answers: a refused connection is an answer. */
async function reaches(commands: Commands, address: string): Promise<boolean> {
  const answer = await commands.run(['sh', '-c', 'timeout 10 bash -c "echo > /dev/tcp/$1/9" 2>&1 || true', 'sh', address]);
  return answer.includes('Connection refused');
}

async function withCluster(run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kubets-machine-'));
  try {
    await run(dataDir);
  } finally {
    const link = (await readRecord(dataDir))?.link ?? '';
    await removeEverything(dataDir, { clock, signal });
    assert.deepEqual(await traces(dataDir, link), []);
    await rm(dataDir, { recursive: true });
  }
}

test('machines have their own name, address, directories and cgroup, reach each other and the host, and leave no trace', { skip }, async () => {
  await withCluster(async (dataDir) => {
    const started = performance.now();
    const network = await createNetwork(dataDir);
    const one = await LocalMachine.create({ name: 'node-1', index: 1, network, clock, signal });
    const two = await LocalMachine.create({ name: 'node-2', index: 2, network, clock, signal });
    console.log(`two machines in ${Math.round(performance.now() - started)} ms`);
    assert.equal(network.hostAddress, `172.29.${OWN}.1`);
    assert.deepEqual([one.ip, two.ip], [`172.29.${OWN}.2`, `172.29.${OWN}.3`]);
    assert.equal((await one.commands.run(['hostname'])).trim(), 'node-1');
    assert.ok(await reaches(one.commands, two.ip));
    assert.ok(await reaches(two.commands, network.hostAddress));
    assert.ok(await reaches(host, one.ip));
    await one.commands.run(['sh', '-c', 'echo hello > /var/lib/kubelet/greeting']);
    assert.equal(await readFile(join(one.hostPath('/var/lib/kubelet'), 'greeting'), 'utf8'), 'hello\n');
    await assert.rejects(two.commands.run(['cat', '/var/lib/kubelet/greeting']), /No such file/);
    await one.commands.run(['mount', '-t', 'tmpfs', 'inside', '/var/lib/kubelet']);
    assert.equal((await two.commands.run(['cat', '/proc/self/mounts'])).includes('inside'), false);
    assert.match((await one.commands.run(['cat', '/proc/sys/net/ipv4/ip_forward'])).trim(), /^1$/);
    assert.equal(await reaches(one.commands, `10.231.${OWN}.7`), false, 'unused parts of the ranges answer nothing');
    const entered = ['cpuset', 'memory', 'pids'].filter(() => facts.cgroups === 'v1').map((controller) => `/sys/fs/cgroup/${controller}${one.cgroup}/cgroup.procs`);
    for (const file of entered) await one.commands.run(['sh', '-c', `echo $$ > ${file}`]);

    await two.remove();
    assert.equal(await reaches(host, two.ip), false);
  });
});

test('creating twice changes nothing, and repairs a link that is gone', { skip }, async () => {
  await withCluster(async (dataDir) => {
    const network = await createNetwork(dataDir);
    const machine = await LocalMachine.create({ name: 'node-1', index: 1, network, clock, signal });
    const before = await readFile(join(dataDir, 'local-network.json'), 'utf8');
    await LocalMachine.create({ name: 'node-1', index: 1, network: await createNetwork(dataDir), clock, signal });
    assert.equal(await readFile(join(dataDir, 'local-network.json'), 'utf8'), before);
    await machine.commands.ip(['link delete eth0']);
    await host.ip([`link delete ${network.link}`]);
    await LocalMachine.create({ name: 'node-1', index: 1, network: await createNetwork(dataDir), clock, signal });
    assert.ok(await reaches(host, machine.ip));
  });
});

test('what outlives a killed holder is ended and replaced, or removed', { skip }, async () => {
  await withCluster(async (dataDir) => {
    const network = await createNetwork(dataDir);
    const machine = await LocalMachine.create({ name: 'node-1', index: 1, network, clock, signal });
    const { file, args } = machine.command(['sh', '-c', 'cd /; echo inside; exec sleep 1000']);
    const orphan = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => orphan.stdout.once('data', resolve));
    const ended = new Promise((resolve) => orphan.once('exit', (_, signalName) => resolve(signalName)));
    process.kill(network.machineRecord('node-1')?.holder?.pid ?? 0, 'SIGKILL');
    process.kill(network.record.network.holder?.pid ?? 0, 'SIGKILL');

    const again = await LocalMachine.create({ name: 'node-1', index: 1, network: await createNetwork(dataDir), clock, signal });
    assert.equal(await ended, 'SIGKILL');
    assert.ok(await reaches(host, again.ip));
  });
});

test('a holder that nobody recorded is found and ended', { skip }, async () => {
  await withCluster(async (dataDir) => {
    await createNetwork(dataDir);
    const { holder } = await startHolder({ namespaces: ['net'], setUp: [], label: holderLabel(dataDir, 'node-7') });
    assert.deepEqual(await findHolders((label) => label === holderLabel(dataDir, 'node-7')), [holder.pid]);
  });
});

test('removing what was never made is harmless', async () => {
  await removeEverything(join(tmpdir(), 'kubets-never-made'), { clock, signal });
});
