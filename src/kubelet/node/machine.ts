import { readFile, readdir, statfs } from 'node:fs/promises';
import { availableParallelism, hostname, release } from 'node:os';

/** What a machine is; asked once. */
export interface MachineInfo {
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** 0: it has none. */
  readonly swapBytes: number;
  /** By size in bytes, how many. */
  readonly hugepages: ReadonlyMap<number, number>;
  readonly osImage: string;
  readonly kernelVersion: string;
  /** As Go names it: `amd64`. */
  readonly architecture: string;
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly hasAppArmor: boolean;
}

export interface FileSystemUsage {
  readonly capacityBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** What changes on a machine; asked again and again. */
export interface MachineUsage {
  /** CPU time spent since the machine started. */
  readonly cpuSeconds: number;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly nodeFs: FileSystemUsage;
  readonly imageFs: FileSystemUsage;
  readonly pidsMax: number;
  readonly pidsUsed: number;
}

/** The machine that a node runs on. A simulated node has one that is made up. */
export interface Machine {
  info(): Promise<MachineInfo>;
  usage(): Promise<MachineUsage>;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export class LinuxMachine implements Machine {
  readonly #nodePath: string;
  readonly #imagePath: string;

  /** `nodePath` lies on the file system of pods, `imagePath` on that of images. Both need not exist yet. */
  constructor(options: { nodePath: string; imagePath: string }) {
    this.#nodePath = options.nodePath;
    this.#imagePath = options.imagePath;
  }

  async info(): Promise<MachineInfo> {
    const [meminfo, osRelease, machineID, systemUUID, bootID, hugepages, appArmor] = await Promise.all([
      readFile('/proc/meminfo', 'utf8'),
      textOf('/etc/os-release'),
      textOf('/etc/machine-id'),
      textOf('/sys/class/dmi/id/product_uuid'),
      textOf('/proc/sys/kernel/random/boot_id'),
      readHugepages(),
      textOf('/sys/module/apparmor/parameters/enabled'),
    ]);
    return {
      hostname: hostname().toLowerCase(), cpus: availableParallelism(), memoryBytes: kibibytes(meminfo, 'MemTotal'), swapBytes: kibibytes(meminfo, 'SwapTotal'), hugepages,
      osImage: /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease)?.[1] ?? 'Linux', kernelVersion: release(),
      architecture: GO_ARCHITECTURES[process.arch] ?? process.arch, machineID, systemUUID: systemUUID || machineID, bootID, hasAppArmor: appArmor.startsWith('Y'),
    };
  }

  async usage(): Promise<MachineUsage> {
    const [meminfo, nodeFs, imageFs, loadavg, pidMax, stat, uptime] = await Promise.all([
      readFile('/proc/meminfo', 'utf8'), usageOf(this.#nodePath), usageOf(this.#imagePath), readFile('/proc/loadavg', 'utf8'), textOf('/proc/sys/kernel/pid_max'), readFile('/proc/stat', 'utf8'), textOf('/proc/uptime'),
    ]);
    return {
      cpuSeconds: cpuSeconds(stat), uptimeSeconds: Number.parseFloat(uptime) || 0, memoryBytes: kibibytes(meminfo, 'MemTotal'), memoryAvailableBytes: kibibytes(meminfo, 'MemAvailable'), nodeFs, imageFs,
      pidsMax: Number(pidMax) || 32_768, pidsUsed: Number(/\d+\/(\d+)/.exec(loadavg)?.[1] ?? 0),
    };
  }
}

async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

function kibibytes(meminfo: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
}

/** Hundredths of a second that all CPUs spent with anything but waiting; the time of guests is part of `user` and `nice`. Source: proc_stat(5). */
function cpuSeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) / 100;
}

async function usageOf(path: string): Promise<FileSystemUsage> {
  const stats = await statfs(path).catch(() => statfs('/'));
  return { capacityBytes: stats.blocks * stats.bsize, availableBytes: stats.bavail * stats.bsize, inodes: stats.files, inodesFree: stats.ffree };
}

async function readHugepages(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const root = '/sys/kernel/mm/hugepages';
  for (const name of await readdir(root).catch(() => [])) {
    const size = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]) * 1024;
    if (size > 0) found.set(size, Number(await textOf(`${root}/${name}/nr_hugepages`)));
  }
  return found;
}
