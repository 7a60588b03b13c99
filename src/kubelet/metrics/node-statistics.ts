import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { isRuntimeError, type ContainerRuntime } from '../../runtime/index.ts';
import { type CgroupHierarchies, readHierarchies } from '../cgroups/hierarchies.ts';
import type { CgroupManager } from '../cgroups/cgroup-manager.ts';
import { POD_UID } from '../containers/labels.ts';
import { type GroupStatistics, processesOf, readGroup } from './group-statistics.ts';
import { type InterfaceStatistics, readInterfaces } from './network-statistics.ts';

/** One control group of the node, and whose it is. */
export interface MeasuredGroup {
  /** Below the group that is the node's: `/`, `/kubepods/burstable/podUID/CONTAINER`. */
  readonly id: string;
  readonly statistics: GroupStatistics;
  readonly pod?: { readonly uid: string; readonly namespace: string; readonly name: string };
  /** Of a container or a sandbox: its id. */
  readonly name?: string;
  /** Of a container. */
  readonly container?: string;
  readonly image?: string;
  readonly startedAtMs?: number | undefined;
  /** Of the node, and of sandboxes that have a network of their own. */
  readonly interfaces?: readonly InterfaceStatistics[];
}

type ReadonlyPod = DeepReadonly<Pod>;

/** Measures the node, its pods and their containers, where the kernel counts: in control groups and network namespaces. */
export class NodeStatistics {
  readonly #runtime: ContainerRuntime;
  readonly #cgroupRoot: string;
  readonly #cgroups: Pick<CgroupManager, 'above' | 'folderOf'>;
  #hierarchies: CgroupHierarchies | undefined;

  /** `cgroupRoot`: the group under which `kubepods` lies. */
  constructor(options: { readonly runtime: ContainerRuntime; readonly cgroupRoot: string; readonly cgroups: Pick<CgroupManager, 'above' | 'folderOf'> }) {
    this.#cgroups = options.cgroups;
    this.#runtime = options.runtime;
    this.#cgroupRoot = options.cgroupRoot === '/' ? '' : options.cgroupRoot;
  }

  async measure(pods: readonly ReadonlyPod[], signal: AbortSignal): Promise<MeasuredGroup[]> {
    const [sandboxes, pauseImage] = await Promise.all([this.#runtime.listPodSandbox({ state: { state: 'SANDBOX_READY' } }, signal), this.#pauseImage(signal)]);
    const measured: MeasuredGroup[] = [];
    for (const id of ['/', ...this.#cgroups.above]) {
      const statistics = await this.#read(id);
      if (statistics) measured.push({ id, statistics, ...(id === '/' && { interfaces: await readInterfaces('self') }) });
    }
    for (const pod of pods) {
      const sandbox = sandboxes.find(({ labels }) => labels[POD_UID] === pod.metadata.uid);
      if (sandbox) measured.push(...(await this.#pod(pod, sandbox.id, pauseImage)));
    }
    return measured;
  }

  async #pod(pod: ReadonlyPod, sandboxId: string, pauseImage: string): Promise<MeasuredGroup[]> {
    const id = this.#cgroups.folderOf(pod).slice(this.#cgroupRoot.length);
    const { uid, name, namespace = '' } = pod.metadata;
    const owner = { uid, name, namespace };
    const containers = new Map([...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? []), ...(pod.status.ephemeralContainerStatuses ?? [])].flatMap((status) => {
      const startedAt = status.state?.running?.startedAt;
      return startedAt === undefined ? [] : [[status.containerID?.replace(/^[\w-]+:\/\//, '') ?? '', { container: status.name, image: status.image, startedAtMs: Date.parse(startedAt) }] as const];
    }));
    const startedAtMs = pod.status.startTime === undefined ? undefined : Date.parse(pod.status.startTime);
    const groups = await Promise.all((await this.#childrenOf(id)).map(async (child): Promise<MeasuredGroup | undefined> => {
      const path = `${id}/${child}`;
      const owned = [...containers].find(([containerId]) => child.includes(containerId));
      const isSandbox = child.includes(sandboxId);
      const statistics = owned || isSandbox ? await this.#read(path) : undefined;
      if (!statistics) return undefined;
      if (owned) return { id: path, statistics, pod: owner, name: owned[0], ...owned[1] };
      return { id: path, statistics, pod: owner, name: sandboxId, image: pauseImage, startedAtMs, ...(!pod.spec.hostNetwork && { interfaces: await this.#interfacesOf(path) }) };
    }));
    const whole = await this.#read(id);
    return [...(whole ? [{ id, statistics: whole, pod: owner, startedAtMs }] : []), ...groups.filter((group) => group !== undefined)];
  }

  async #read(id: string): Promise<GroupStatistics | undefined> {
    this.#hierarchies ??= await readHierarchies();
    return readGroup(this.#hierarchies, join(this.#cgroupRoot || '/', id));
  }

  async #interfacesOf(id: string): Promise<InterfaceStatistics[]> {
    this.#hierarchies ??= await readHierarchies();
    const [pid] = await processesOf(this.#hierarchies, join(this.#cgroupRoot || '/', id));
    return pid === undefined ? [] : readInterfaces(pid);
  }

  async #childrenOf(id: string): Promise<string[]> {
    this.#hierarchies ??= await readHierarchies();
    const { mountPoints } = this.#hierarchies;
    const mountPoint = mountPoints.get('unified') ?? mountPoints.get('memory') ?? mountPoints.get('cpu') ?? '/nonexistent';
    const entries = await readdir(join(mountPoint, this.#cgroupRoot, id), { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** What sandboxes are made of: a runtime keeps that image whatever happens. */
  async #pauseImage(signal: AbortSignal): Promise<string> {
    try {
      return (await this.#runtime.listImages(signal)).flatMap(({ repoTags }) => repoTags).find((tag) => /\/pause:/.test(tag)) ?? '';
    } catch (error) {
      if (!isRuntimeError(error)) throw error;
      return '';
    }
  }
}
