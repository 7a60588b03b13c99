import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { ContainerStatus, Mount } from '../../runtime/index.ts';
import type { MountSources } from '../containers/mounts.ts';
import type { NodeFields } from '../containers/field-values.ts';
import type { PodFiles } from '../eviction/pod-usage.ts';
import type { MountedVolume } from '../volumes/plugin.ts';
import type { ClaimUsage } from '../volumes/volume-stats.ts';

/** By the volume's name in the pod. */
export type PodVolumes = ReadonlyMap<string, MountedVolume>;

/** What pods have on the node's disk. A simulated node has none: nothing there may wait for a file. */
export interface PodDisk {
  /** Folders and volumes; safe to repeat, brings volumes up to date. Throws `VolumeError`. */
  prepare(pod: DeepReadonly<Pod>, node: NodeFields, signal: AbortSignal): Promise<PodVolumes>;
  containerMounts(
    pod: DeepReadonly<Pod>,
    container: DeepReadonly<Container>,
    sources: MountSources & { readonly podIPs: readonly string[] },
  ): Promise<Mount[]>;
  /** When a volume of the pod must be brought up to date though nothing has changed. */
  refreshAtMs(uid: string): number | undefined;
  terminationMessage(container: ContainerStatus): Promise<string | undefined>;
  /** Shows the log of a container that has started where collectors look for it. */
  linkLog(pod: DeepReadonly<Pod>, containerName: string, restartCount: number, containerId: string): Promise<void>;
  removeLog(logPath: string): Promise<void>;
  removeLogs(pod: DeepReadonly<Pod>): Promise<void>;
  /** Everything but the logs. */
  tearDown(uid: string): Promise<void>;
  /** How much pods have on the disk beside their containers' writable layers, by uid. */
  files(pods: readonly DeepReadonly<Pod>[], signal: AbortSignal): Promise<ReadonlyMap<string, PodFiles>>;
  /** How full the volumes of a pod are that are claims'. */
  claimUsage(uid: string, signal: AbortSignal): Promise<readonly ClaimUsage[]>;
  /** The uids of pods that have something here, from before a restart too. */
  podsOnDisk(): Promise<readonly string[]>;
}

export const noDisk: PodDisk = {
  prepare: async () => new Map(),
  containerMounts: async () => [],
  refreshAtMs: () => undefined,
  terminationMessage: async () => undefined,
  linkLog: async () => undefined,
  removeLog: async () => undefined,
  removeLogs: async () => undefined,
  tearDown: async () => undefined,
  files: async () => new Map(),
  claimUsage: async () => [],
  podsOnDisk: async () => [],
};
