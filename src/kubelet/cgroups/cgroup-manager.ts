import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import { pageSizeText } from '../containers/huge-pages.ts';
import { cpuShares, qosClassOf } from '../containers/resources.ts';
import type { CgroupHierarchies } from './hierarchies.ts';
import { cpuWeight, podCgroupLimits, podCgroupParent, podSlice, type CgroupLimits } from './pod-cgroups.ts';
import type { Slices } from './systemd/slices.ts';
import { DbusError } from '../dbus/dbus-connection.ts';

/** The controllers of version 1 in which the kubelet sets something; the runtime makes the others itself. */
const SET_IN_V1 = ['cpu', 'memory', 'pids', 'hugetlb'];
const CPU_PERIOD_MICROSECONDS = 100_000;

/** The control group of a pod could not be made; the message is that of the event. */
export class CgroupError extends Error {
  override readonly name = 'CgroupError';
}

/** Makes the control groups of pods, with the limits of the whole pod, and removes them. Does nothing on a machine without. */
export class CgroupManager {
  readonly #hierarchies: CgroupHierarchies;
  readonly #root: string;
  readonly #slices: Slices | undefined;
  readonly #pods: () => readonly DeepReadonly<Pod>[];
  /** The limits of each group that was made. */
  readonly #made = new Map<string, CgroupLimits>();
  #burstableShares: number | undefined;
  #sharing: Promise<void> = Promise.resolve();

  /** `root`: the group under which `kubepods` lies; `/` for a node that has the machine to itself. `slices`: systemd makes the groups. `pods`: those that run or are to run. */
  constructor(options: { hierarchies: CgroupHierarchies; root: string; slices?: Slices | undefined; pods: () => readonly DeepReadonly<Pod>[] }) {
    this.#hierarchies = options.hierarchies;
    this.#root = options.root;
    this.#slices = options.slices;
    this.#pods = options.pods;
  }

  /** What the runtime is told. */
  parentOf(pod: DeepReadonly<Pod>): string {
    return this.#slices ? podSlice(pod) : podCgroupParent(this.#root, pod);
  }

  /** Where the files of the pod's group are, in each hierarchy. */
  folderOf(pod: DeepReadonly<Pod>): string {
    return this.#slices ? join(this.#root, podSlice(pod)) : podCgroupParent(this.#root, pod);
  }

  /** The groups that hold those of pods, below the root. */
  get above(): readonly string[] {
    return this.#slices ? ['/kubepods.slice', '/kubepods.slice/kubepods-besteffort.slice', '/kubepods.slice/kubepods-burstable.slice'] : ['/kubepods', '/kubepods/besteffort', '/kubepods/burstable'];
  }

  /** Throws `CgroupError`. */
  async ensurePod(pod: DeepReadonly<Pod>): Promise<void> {
    if (this.#made.has(this.folderOf(pod))) return;
    try {
      await this.#set(pod, podCgroupLimits(pod));
      await this.#shareOut();
    } catch (error) {
      if (!(error instanceof DbusError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      const names = podCgroupParent('/', pod).split('/').filter(Boolean);
      throw new CgroupError(`unable to ensure pod container exists: failed to create container for [${names.join(' ')}] : ${(error as Error).message}`, { cause: error });
    }
  }

  async #set(pod: DeepReadonly<Pod>, limits: CgroupLimits): Promise<void> {
    const parent = this.folderOf(pod);
    await this.#slices?.ensure(podSlice(pod), limits);
    if (this.#hierarchies.version === 2) await this.#ensureV2(parent, limits);
    else await Promise.all(SET_IN_V1.map((controller) => this.#ensureV1(controller, parent, limits)));
    this.#made.set(parent, limits);
  }

  /**
   * Brings the limits of a pod that runs up to date around `change`, which changes those of its containers: no group may have more than the one it
   * is in, so that the pod's are raised before and lowered after.
   */
  async updatePod(pod: DeepReadonly<Pod>, change: () => Promise<void>): Promise<void> {
    const wanted = podCgroupLimits(pod);
    await this.#set(pod, largest(this.#made.get(this.folderOf(pod)) ?? wanted, wanted));
    await change();
    await this.#set(pod, wanted);
    await this.#shareOut();
  }

  /** One after the other: the last one knows best. */
  #shareOut(): Promise<void> {
    this.#sharing = this.#sharing.catch(() => undefined).then(() => this.#shareByClass());
    return this.#sharing;
  }

  /** Burstable pods together have the CPU that they request, pods that request nothing have next to none. Source: pkg/kubelet/cm, qos_container_manager, setCPUCgroupConfig. */
  async #shareByClass(): Promise<void> {
    const requested = this.#pods().filter((pod) => qosClassOf(pod) === 'Burstable').reduce((sum, pod) => sum + podRequests(pod).milliCpu, 0);
    const shares = cpuShares(requested);
    if (shares === this.#burstableShares) return;
    const [, bestEffort = '', burstable = ''] = this.above;
    for (const [group, amount] of [[bestEffort, cpuShares(0)], [burstable, shares]] as const) await this.#setShares(group, amount);
    this.#burstableShares = shares;
  }

  async #setShares(group: string, shares: number): Promise<void> {
    if (this.#slices) {
      await this.#slices.ensure(group, { cpuShares: shares });
      return;
    }
    const isNew = this.#hierarchies.version === 2;
    const mountPoint = this.#hierarchies.mountPoints.get(isNew ? 'unified' : 'cpu');
    if (mountPoint === undefined) return;
    const folder = join(mountPoint, this.#root, group);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, isNew ? 'cpu.weight' : 'cpu.shares'), String(isNew ? cpuWeight(shares) : shares));
  }

  async #ensureV1(controller: string, parent: string, limits: CgroupLimits): Promise<void> {
    const mountPoint = this.#hierarchies.mountPoints.get(controller);
    if (mountPoint === undefined) return;
    const folder = join(mountPoint, parent);
    await mkdir(folder, { recursive: true });
    if (controller === 'cpu') {
      await writeFile(join(folder, 'cpu.shares'), String(limits.cpuShares));
      if (limits.cpuQuotaMicroseconds !== undefined) await writeFile(join(folder, 'cpu.cfs_quota_us'), String(limits.cpuQuotaMicroseconds));
    }
    if (controller === 'hugetlb') await limitHugePages(folder, limits.hugePages);
    if (controller === 'memory' && limits.memoryBytes !== undefined) await writeFile(join(folder, 'memory.limit_in_bytes'), String(limits.memoryBytes));
  }

  async #ensureV2(parent: string, limits: CgroupLimits): Promise<void> {
    const mountPoint = this.#hierarchies.mountPoints.get('unified') ?? '';
    let folder = mountPoint;
    for (const part of parent.split('/').filter(Boolean)) {
      const controllers = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ').filter((name) => ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'].includes(name));
      if (controllers.length > 0) await writeFile(join(folder, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '));
      folder = join(folder, part);
      await mkdir(folder, { recursive: true });
    }
    await writeFile(join(folder, 'cpu.weight'), String(cpuWeight(limits.cpuShares)));
    if (limits.cpuQuotaMicroseconds !== undefined) await writeFile(join(folder, 'cpu.max'), `${limits.cpuQuotaMicroseconds} ${CPU_PERIOD_MICROSECONDS}`);
    if (limits.memoryBytes !== undefined) await writeFile(join(folder, 'memory.max'), String(limits.memoryBytes));
    await limitHugePages(folder, limits.hugePages);
  }

  /** Removes a pod's groups; those that still hold processes stay, and are removed with a later call. */
  async removePod(pod: DeepReadonly<Pod>): Promise<void> {
    const parent = this.folderOf(pod);
    this.#made.delete(parent);
    await this.#slices?.remove(podSlice(pod));
    await Promise.all([...new Set(this.#hierarchies.mountPoints.values())].map((mountPoint) => removeGroup(join(mountPoint, parent))));
    await this.#shareOut();
  }
}

/** No limit is more than any. Huge pages are not resized. */
function largest(one: CgroupLimits, other: CgroupLimits): CgroupLimits {
  const most = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? undefined : Math.max(a, b));
  const quota = most(one.cpuQuotaMicroseconds, other.cpuQuotaMicroseconds);
  const memory = most(one.memoryBytes, other.memoryBytes);
  return { cpuShares: Math.max(one.cpuShares, other.cpuShares), ...(quota !== undefined && { cpuQuotaMicroseconds: quota }), ...(memory !== undefined && { memoryBytes: memory }), ...(other.hugePages && { hugePages: other.hugePages }) };
}

/** Sets what the group may take of the pages of each size, also of those that it reserves. The group has a file for each size of the machine. Source: pkg/kubelet/cm, ResourceConfigForPod. */
async function limitHugePages(folder: string, limits: ReadonlyMap<number, number> = new Map()): Promise<void> {
  const bytesBySize = new Map([...limits].map(([size, bytes]) => [pageSizeText(size), bytes]));
  for (const file of await readdir(folder)) {
    const size = /^hugetlb\.(\d+[KMGT]B)\.(?:rsvd\.)?(?:limit_in_bytes|max)$/.exec(file)?.[1];
    if (size !== undefined) await writeFile(join(folder, file), String(bytesBySize.get(size) ?? 0));
  }
}

/** Groups are removed from the leaves up; the files in them are not files that could be removed. */
async function removeGroup(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
