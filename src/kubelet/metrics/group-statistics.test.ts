import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processesOf, readGroup } from './group-statistics.ts';

/** A control group as the kernel shows it, by file. */
async function withFiles(files: Readonly<Record<string, string>>, work: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'groups-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), content);
    }
    await work(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test('a control group of version 2 tells CPU, memory, devices, limits and processes', () => withFiles({
  'pod/cpu.stat': 'usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 250000\n',
  'pod/cpu.max': '50000 100000\n', 'pod/cpu.weight': '1\n', 'pod/memory.current': '1000\n', 'pod/memory.max': 'max\n', 'pod/memory.swap.current': '7\n', 'pod/memory.peak': '2000\n',
  'pod/memory.stat': 'anon 300\nfile 600\nkernel 50\nfile_mapped 20\ninactive_file 400\npgfault 9\npgmajfault 1\n', 'pod/memory.events': 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n',
  'pod/io.stat': '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n', 'pod/pids.current': '5\n', 'pod/pids.max': 'max\n', 'pod/cgroup.procs': '12\n34\n',
  'pod/cpu.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n',
}, async (root) => {
  const hierarchies = { version: 2 as const, mountPoints: new Map([['unified', root]]) };
  const group = await readGroup(hierarchies, '/pod');
  assert.deepEqual(group?.cpu, { usageSeconds: 2.5, userSeconds: 2, systemSeconds: 0.5, throttling: { periods: 10, throttledPeriods: 4, throttledSeconds: 0.25 } });
  assert.deepEqual(group?.memory, { usage: 1000, workingSet: 600, maxUsage: 2000, rss: 300, cache: 600, mappedFile: 20, swap: 7, kernel: 50, failcnt: 3, faults: { own: [9, 1], all: [9, 1] } });
  assert.deepEqual([...(group?.io ?? [])], [['8:0', { reads: 1, readBytes: 4096, writes: 2, writtenBytes: 8192 }]]);
  assert.deepEqual(group?.limits, { cpuShares: 2, cpuPeriod: 100_000, cpuQuota: 50_000, memoryBytes: 0, memoryReservationBytes: 0, swapBytes: 0 });
  assert.deepEqual([group?.processes, group?.maxProcesses, group?.oomKills, await processesOf(hierarchies, '/pod')], [5, undefined, 2, [12, 34]]);
  assert.deepEqual([...(group?.pressure ?? [])], [['cpu', { waitingSeconds: 2.5, stalledSeconds: 1.5 }]]);
  assert.equal(await readGroup(hierarchies, '/gone'), undefined);
}));

test('a control group of version 1 is read from the hierarchy of each controller; no limit is no number', () => withFiles({
  'cpuacct/pod/cpuacct.usage': '2500000000\n', 'cpuacct/pod/cpuacct.stat': 'user 200\nsystem 50\n', 'cpu/pod/cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n',
  'cpu/pod/cpu.shares': '1024\n', 'cpu/pod/cpu.cfs_period_us': '100000\n', 'cpu/pod/cpu.cfs_quota_us': '-1\n', 'memory/pod/memory.usage_in_bytes': '1000\n', 'memory/pod/memory.limit_in_bytes': '9223372036854771712\n',
  'memory/pod/memory.stat': 'pgfault 1\npgmajfault 2\ntotal_cache 600\ntotal_rss 300\ntotal_inactive_file 1400\ntotal_pgfault 3\ntotal_pgmajfault 4\n',
  'blkio/pod/blkio.throttle.io_service_bytes_recursive': '8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n', 'blkio/pod/blkio.throttle.io_serviced_recursive': '8:0 Read 1\n8:0 Write 0\nTotal 1\n',
  'pids/pod/pids.current': '3\n', 'pids/pod/pids.max': '100\n',
}, async (root) => {
  const hierarchies = { version: 1 as const, mountPoints: new Map(['cpu', 'cpuacct', 'memory', 'blkio', 'pids'].map((name) => [name, join(root, name)])) };
  const group = await readGroup(hierarchies, '/pod');
  assert.deepEqual(group?.cpu, { usageSeconds: 2.5, userSeconds: 2, systemSeconds: 0.5 });
  assert.deepEqual([group?.memory.usage, group?.memory.workingSet, group?.memory.rss, group?.memory.faults], [1000, 0, 300, { own: [1, 2], all: [3, 4] }]);
  assert.deepEqual([group?.limits.memoryBytes, group?.limits.cpuShares, group?.limits.cpuQuota, group?.maxProcesses], [0, 1024, undefined, 100]);
  assert.deepEqual([...(group?.io ?? [])], [['8:0', { reads: 1, readBytes: 4096, writes: 0, writtenBytes: 0 }]]);
}));
