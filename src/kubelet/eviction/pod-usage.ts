import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_UID } from '../containers/labels.ts';

/** What a container uses: memory that cannot be taken from it, and disk (its writable layer and its logs). */
export interface ContainerUsage {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface PodUsage {
  readonly memoryBytes: number;
  /** Logs, writable layers and emptyDirs on disk. */
  readonly diskBytes: number;
  readonly processes: number;
  readonly containers: ReadonlyMap<string, ContainerUsage>;
  /** By the volume's name: emptyDirs that are on disk. */
  readonly emptyDirs: ReadonlyMap<string, number>;
}

/** What a pod has on the disk, beside the writable layers of its containers. */
export interface PodFiles {
  /** By the container's name, in bytes. */
  readonly logs: ReadonlyMap<string, number>;
  /** By the volume's name, in bytes. */
  readonly emptyDirs: ReadonlyMap<string, number>;
}

export const NO_FILES: PodFiles = { logs: new Map(), emptyDirs: new Map() };
export const NO_USAGE: PodUsage = { memoryBytes: 0, diskBytes: 0, processes: 0, containers: new Map(), emptyDirs: new Map() };

/** What each pod uses now, by uid. */
export async function podUsages(
  pods: readonly DeepReadonly<Pod>[],
  sources: { runtime: ContainerRuntime; files: (pods: readonly DeepReadonly<Pod>[], signal: AbortSignal) => Promise<ReadonlyMap<string, PodFiles>> },
  signal: AbortSignal,
): Promise<Map<string, PodUsage>> {
  const [stats, files] = await Promise.all([sources.runtime.listContainerStats(undefined, signal), sources.files(pods, signal)]);
  const byPod = Map.groupBy(stats, ({ attributes }) => attributes.labels[POD_UID] ?? '');
  return new Map(pods.map(({ metadata: { uid } }) => {
    const { logs, emptyDirs } = files.get(uid) ?? NO_FILES;
    const containers = new Map<string, ContainerUsage>();
    for (const { attributes, memory, writableLayer } of byPod.get(uid) ?? []) {
      const name = attributes.labels[CONTAINER_NAME] ?? '';
      containers.set(name, { memoryBytes: memory?.workingSetBytes ?? 0, diskBytes: (writableLayer?.usedBytes ?? 0) + (logs.get(name) ?? 0) });
    }
    const all = [...containers.values()];
    const diskBytes = sum(all.map((one) => one.diskBytes)) + sum([...emptyDirs.values()]);
    return [uid, { memoryBytes: sum(all.map((one) => one.memoryBytes)), diskBytes, processes: all.length, containers, emptyDirs }];
  }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
