import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { CgroupHierarchies } from './hierarchies.ts';
import { podCgroupLimits, podCgroupParent, type CgroupLimits } from './pod-cgroups.ts';

/** The controllers of version 1 in which the kubelet sets something; the runtime makes the others itself. */
const SET_IN_V1 = ['cpu', 'memory', 'pids'];
const CPU_PERIOD_MICROSECONDS = 100_000;

/** Makes the control groups of pods, with the limits of the whole pod, and removes them. Does nothing on a machine without. */
export class CgroupManager {
  readonly #hierarchies: CgroupHierarchies;
  readonly #root: string;
  /** The limits of each group that was made. */
  readonly #made = new Map<string, CgroupLimits>();

  /** `root`: the group under which `kubepods` lies; `/` for a node that has the machine to itself. */
  constructor(options: { hierarchies: CgroupHierarchies; root: string }) {
    this.#hierarchies = options.hierarchies;
    this.#root = options.root;
  }

  parentOf(pod: DeepReadonly<Pod>): string {
    return podCgroupParent(this.#root, pod);
  }

  async ensurePod(pod: DeepReadonly<Pod>): Promise<void> {
    const parent = this.parentOf(pod);
    if (this.#made.has(parent)) return;
    await this.#set(parent, podCgroupLimits(pod));
  }

  async #set(parent: string, limits: CgroupLimits): Promise<void> {
    if (this.#hierarchies.version === 2) await this.#ensureV2(parent, limits);
    else await Promise.all(SET_IN_V1.map((controller) => this.#ensureV1(controller, parent, limits)));
    this.#made.set(parent, limits);
  }

  /**
   * Brings the limits of a pod that runs up to date around `change`, which changes those of its containers: no group may have more than the one it
   * is in, so that the pod's are raised before and lowered after.
   */
  async updatePod(pod: DeepReadonly<Pod>, change: () => Promise<void>): Promise<void> {
    const parent = this.parentOf(pod);
    const wanted = podCgroupLimits(pod);
    await this.#set(parent, largest(this.#made.get(parent) ?? wanted, wanted));
    await change();
    await this.#set(parent, wanted);
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
    const weight = 1 + Math.floor(((limits.cpuShares - 2) * 9999) / 262_142);
    await writeFile(join(folder, 'cpu.weight'), String(weight));
    if (limits.cpuQuotaMicroseconds !== undefined) await writeFile(join(folder, 'cpu.max'), `${limits.cpuQuotaMicroseconds} ${CPU_PERIOD_MICROSECONDS}`);
    if (limits.memoryBytes !== undefined) await writeFile(join(folder, 'memory.max'), String(limits.memoryBytes));
  }

  /** Removes a pod's groups; those that still hold processes stay, and are removed with a later call. */
  async removePod(pod: DeepReadonly<Pod>): Promise<void> {
    const parent = this.parentOf(pod);
    this.#made.delete(parent);
    await Promise.all([...new Set(this.#hierarchies.mountPoints.values())].map((mountPoint) => removeGroup(join(mountPoint, parent))));
  }
}

/** No limit is more than any. */
function largest(one: CgroupLimits, other: CgroupLimits): CgroupLimits {
  const most = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? undefined : Math.max(a, b));
  const quota = most(one.cpuQuotaMicroseconds, other.cpuQuotaMicroseconds);
  const memory = most(one.memoryBytes, other.memoryBytes);
  return { cpuShares: Math.max(one.cpuShares, other.cpuShares), ...(quota !== undefined && { cpuQuotaMicroseconds: quota }), ...(memory !== undefined && { memoryBytes: memory }) };
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
