import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupHierarchies } from '../cgroups/hierarchies.ts';

/** What the kernel counts of one control group and those under it. What a kernel does not tell is left out. */
export interface GroupStatistics {
  readonly cpu: {
    readonly usageSeconds: number;
    readonly userSeconds: number;
    readonly systemSeconds: number;
    readonly throttling?: { readonly periods: number; readonly throttledPeriods: number; readonly throttledSeconds: number };
  };
  readonly memory: MemoryStatistics;
  readonly processes: number;
  readonly maxProcesses?: number | undefined;
  /** By the device's `major:minor`. */
  readonly io: ReadonlyMap<string, IoStatistics>;
  readonly limits: { readonly cpuShares?: number; readonly cpuPeriod?: number; readonly cpuQuota?: number; readonly memoryBytes: number; readonly memoryReservationBytes: number; readonly swapBytes: number };
  readonly oomKills?: number | undefined;
  /** How long tasks waited for a resource, as the kernel of version 2 tells. */
  readonly pressure: ReadonlyMap<'cpu' | 'memory' | 'io', Pressure>;
}

/** In seconds, since the start: some tasks waited, or all of them at once. */
export interface Pressure {
  readonly waitingSeconds: number;
  readonly stalledSeconds: number;
}

/** In bytes. */
export interface MemoryStatistics {
  readonly usage: number;
  /** What cannot be taken back at once: usage without inactive files. */
  readonly workingSet: number;
  readonly maxUsage?: number | undefined;
  readonly rss: number;
  readonly cache: number;
  readonly mappedFile: number;
  readonly swap: number;
  readonly kernel?: number | undefined;
  readonly failcnt: number;
  readonly faults: { readonly own: readonly [minor: number, major: number]; readonly all: readonly [minor: number, major: number] };
}

export interface IoStatistics {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

/** Larger values of version 1 mean that there is no limit. */
const NO_LIMIT = 2 ** 62;
const USER_HZ = 100;

/** Undefined when there is no such group. */
export async function readGroup(hierarchies: CgroupHierarchies, path: string): Promise<GroupStatistics | undefined> {
  return hierarchies.version === 2 ? readV2(join(hierarchies.mountPoints.get('unified') ?? '', path)) : readV1((controller) => join(hierarchies.mountPoints.get(controller) ?? '/nonexistent', path));
}

/** The processes that are in the group itself. */
export async function processesOf(hierarchies: CgroupHierarchies, path: string): Promise<number[]> {
  const mountPoint = hierarchies.mountPoints.get('unified') ?? hierarchies.mountPoints.get('pids') ?? hierarchies.mountPoints.get('memory') ?? '/nonexistent';
  return (await text(join(mountPoint, path, 'cgroup.procs'))).split('\n').map(Number).filter((pid) => pid > 0);
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** `max`, and what is larger than any memory, count as no limit. */
function number(content: string): number | undefined {
  const value = Number(content.trim() || Number.NaN);
  return Number.isFinite(value) && value < NO_LIMIT ? value : undefined;
}

/** Lines of a name and a number. */
function table(content: string): (name: string) => number {
  const rows = new Map(content.split('\n').map((line): [string, number] => [line.slice(0, line.indexOf(' ')), Number(line.slice(line.indexOf(' ') + 1))]));
  return (name) => rows.get(name) ?? 0;
}

async function readV1(folder: (controller: string) => string): Promise<GroupStatistics | undefined> {
  const read = (controller: string, name: string): Promise<string> => text(join(folder(controller), name));
  const [usage, stat, cpuStat, shares, period, quota] = await Promise.all([
    read('cpuacct', 'cpuacct.usage'), read('cpuacct', 'cpuacct.stat'), read('cpu', 'cpu.stat'), read('cpu', 'cpu.shares'), read('cpu', 'cpu.cfs_period_us'), read('cpu', 'cpu.cfs_quota_us'),
  ]);
  const [memory, tasks, maxTasks, bytes, counts, oom] = await Promise.all([
    readMemoryV1((name) => read('memory', name)), read('pids', 'pids.current'), read('pids', 'pids.max'),
    read('blkio', 'blkio.throttle.io_service_bytes_recursive'), read('blkio', 'blkio.throttle.io_serviced_recursive'), read('memory', 'memory.oom_control'),
  ]);
  if (!usage && !memory) return undefined;
  const [times, throttled] = [table(stat), table(cpuStat)];
  const limit = number(quota);
  return {
    cpu: {
      usageSeconds: Number(usage) / 1e9, userSeconds: times('user') / USER_HZ, systemSeconds: times('system') / USER_HZ,
      ...(limit !== undefined && limit > 0 && { throttling: { periods: throttled('nr_periods'), throttledPeriods: throttled('nr_throttled'), throttledSeconds: throttled('throttled_time') / 1e9 } }),
    },
    memory: memory?.statistics ?? NO_MEMORY, processes: number(tasks) ?? 0, maxProcesses: number(maxTasks), io: ioOfV1(bytes, counts),
    limits: { ...cpuLimits(number(shares), number(period), limit), memoryBytes: memory?.limit ?? 0, memoryReservationBytes: memory?.reservation ?? 0, swapBytes: memory?.swapLimit ?? 0 },
    pressure: new Map(),
    ...(oom.includes('oom_kill ') && { oomKills: table(oom)('oom_kill') }),
  };
}

function cpuLimits(cpuShares: number | undefined, cpuPeriod: number | undefined, cpuQuota: number | undefined): { cpuShares?: number; cpuPeriod?: number; cpuQuota?: number } {
  return { ...(cpuShares !== undefined && { cpuShares }), ...(cpuPeriod !== undefined && { cpuPeriod }), ...(cpuQuota !== undefined && cpuQuota > 0 && { cpuQuota }) };
}

const NO_MEMORY: MemoryStatistics = { usage: 0, workingSet: 0, rss: 0, cache: 0, mappedFile: 0, swap: 0, failcnt: 0, faults: { own: [0, 0], all: [0, 0] } };

interface MemoryV1 {
  readonly statistics: MemoryStatistics;
  readonly limit: number | undefined;
  readonly reservation: number | undefined;
  readonly swapLimit: number | undefined;
}

async function readMemoryV1(read: (name: string) => Promise<string>): Promise<MemoryV1 | undefined> {
  const [used, stat, most, failures, kernel, limit, soft, swap] = await Promise.all([
    'memory.usage_in_bytes', 'memory.stat', 'memory.max_usage_in_bytes', 'memory.failcnt', 'memory.kmem.usage_in_bytes', 'memory.limit_in_bytes', 'memory.soft_limit_in_bytes', 'memory.memsw.limit_in_bytes',
  ].map(read)) as [string, string, string, string, string, string, string, string];
  if (!used) return undefined;
  const of = table(stat);
  const usage = Number(used);
  return {
    statistics: {
      usage, workingSet: Math.max(0, usage - of('total_inactive_file')), maxUsage: number(most), rss: of('total_rss'), cache: of('total_cache'), mappedFile: of('total_mapped_file'), swap: of('total_swap'),
      kernel: number(kernel), failcnt: number(failures) ?? 0, faults: { own: [of('pgfault'), of('pgmajfault')], all: [of('total_pgfault'), of('total_pgmajfault')] },
    },
    limit: number(limit), reservation: number(soft), swapLimit: number(swap),
  };
}

/** `8:0 Read 4096`, a line each. */
function ioOfV1(bytes: string, counts: string): Map<string, IoStatistics> {
  const found = new Map<string, { -readonly [K in keyof IoStatistics]: number }>();
  const add = (content: string, read: 'reads' | 'readBytes', write: 'writes' | 'writtenBytes'): void => {
    for (const [, device = '', operation, value] of content.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)) {
      const one = found.get(device) ?? { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 };
      found.set(device, one);
      one[operation === 'Read' ? read : write] += Number(value);
    }
  };
  add(bytes, 'readBytes', 'writtenBytes');
  add(counts, 'reads', 'writes');
  return found;
}

async function readV2(folder: string): Promise<GroupStatistics | undefined> {
  const names = ['cpu.stat', 'cpu.max', 'cpu.weight', 'memory.current', 'memory.stat', 'memory.peak', 'memory.max', 'memory.low', 'memory.swap.current', 'memory.swap.max', 'memory.events', 'pids.current', 'pids.max', 'io.stat', 'cpu.pressure', 'memory.pressure', 'io.pressure'];
  const contents = await Promise.all(names.map((name) => text(join(folder, name))));
  const at = (name: string): string => contents[names.indexOf(name)] ?? '';
  if (!at('cpu.stat') && !at('memory.stat')) return undefined;
  const [cpu, memory, events] = [table(at('cpu.stat')), table(at('memory.stat')), table(at('memory.events'))];
  const [quotaText = '', period = ''] = at('cpu.max').trim().split(' ');
  const quota = number(quotaText);
  const weight = number(at('cpu.weight'));
  // The root group has no count of its own; what it holds is what its parts are.
  const usage = number(at('memory.current')) ?? memory('anon') + memory('file') + memory('kernel');
  const faults = [memory('pgfault'), memory('pgmajfault')] as const;
  return {
    cpu: {
      usageSeconds: cpu('usage_usec') / 1e6, userSeconds: cpu('user_usec') / 1e6, systemSeconds: cpu('system_usec') / 1e6,
      ...(quota !== undefined && { throttling: { periods: cpu('nr_periods'), throttledPeriods: cpu('nr_throttled'), throttledSeconds: cpu('throttled_usec') / 1e6 } }),
    },
    memory: {
      usage, workingSet: Math.max(0, usage - memory('inactive_file')), maxUsage: number(at('memory.peak')), rss: memory('anon'), cache: memory('file'), mappedFile: memory('file_mapped'),
      swap: number(at('memory.swap.current')) ?? 0, kernel: memory('kernel'), failcnt: events('max'), faults: { own: faults, all: faults },
    },
    processes: number(at('pids.current')) ?? 0, maxProcesses: number(at('pids.max')), io: ioOfV2(at('io.stat')),
    limits: {
      ...cpuLimits(weight === undefined ? undefined : Math.round(2 + ((weight - 1) * 262_142) / 9999), number(period), quota),
      memoryBytes: number(at('memory.max')) ?? 0, memoryReservationBytes: number(at('memory.low')) ?? 0, swapBytes: number(at('memory.swap.max')) ?? 0,
    },
    pressure: new Map((['cpu', 'memory', 'io'] as const).flatMap((resource) => pressureOf(at(`${resource}.pressure`)).map((pressure) => [resource, pressure] as const))),
    ...(at('memory.events') && { oomKills: events('oom_kill') }),
  };
}

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...`, a line each. */
function ioOfV2(content: string): Map<string, IoStatistics> {
  return new Map([...content.matchAll(/^(\d+:\d+) (.*)$/gm)].map(([, device = '', rest = '']) => {
    const of = (name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(rest)?.[1] ?? 0);
    return [device, { reads: of('rios'), readBytes: of('rbytes'), writes: of('wios'), writtenBytes: of('wbytes') }];
  }));
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=12`, and the same of `full`, in microseconds; nothing where the kernel does not measure it. */
function pressureOf(content: string): Pressure[] {
  const seconds = (of: 'some' | 'full'): number | undefined => {
    const total = new RegExp(`^${of} .*total=(\\d+)`, 'm').exec(content)?.[1];
    return total === undefined ? undefined : Number(total) / 1e6;
  };
  const waitingSeconds = seconds('some');
  return waitingSeconds === undefined ? [] : [{ waitingSeconds, stalledSeconds: seconds('full') ?? 0 }];
}
