import { statfs } from 'node:fs/promises';

/** How full a volume is. */
export interface VolumeUsage {
  readonly availableBytes: number;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
  readonly inodesUsed: number;
}

/** One volume of a pod that is a claim's. */
export interface ClaimUsage {
  /** Of the volume in its pod. */
  readonly name: string;
  readonly claim: { readonly namespace: string; readonly name: string };
  readonly usage: VolumeUsage;
}

/** What the file system at `path` says. */
export async function fileSystemUsage(path: string): Promise<VolumeUsage> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  return { availableBytes: bavail * bsize, capacityBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize, inodes: files, inodesFree: ffree, inodesUsed: files - ffree };
}

const METRICS: readonly (readonly [name: string, of: keyof VolumeUsage, help: string])[] = [
  ['available_bytes', 'availableBytes', 'Number of available bytes in the volume'],
  ['capacity_bytes', 'capacityBytes', 'Capacity in bytes of the volume'],
  ['inodes', 'inodes', 'Maximum number of inodes in the volume'],
  ['inodes_free', 'inodesFree', 'Number of free inodes in the volume'],
  ['inodes_used', 'inodesUsed', 'Number of used inodes in the volume'],
  ['used_bytes', 'usedBytes', 'Number of used bytes in the volume'],
];

/** Lines of `/metrics`, one a claim: several pods may have the same. Source: pkg/kubelet/metrics/collectors, volume_stats.go. */
export function volumeMetrics(found: readonly ClaimUsage[]): string[] {
  const byClaim = new Map(found.map((one) => [`${one.claim.namespace}/${one.claim.name}`, one]));
  if (byClaim.size === 0) return [];
  return METRICS.flatMap(([name, of, help]) => [
    `# HELP kubelet_volume_stats_${name} [ALPHA] ${help}`, `# TYPE kubelet_volume_stats_${name} gauge`,
    ...[...byClaim.values()].map(({ claim, usage }) => `kubelet_volume_stats_${name}{namespace="${claim.namespace}",persistentvolumeclaim="${claim.name}"} ${usage[of]}`),
  ]);
}
