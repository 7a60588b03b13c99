import type { FileSystemUsage, MachineUsage } from '../node/machine.ts';

/** What must stay free. A share is of the capacity: 0.1 is 10 %. Source of the defaults: "Node-pressure Eviction", hard eviction thresholds. */
export interface EvictionThresholds {
  readonly memoryAvailableBytes: number;
  readonly nodeFsAvailable: number;
  readonly nodeFsInodesFree: number;
  readonly imageFsAvailable: number;
  readonly imageFsInodesFree: number;
  readonly pidsAvailable: number;
  /** Below this share the node says OutOfDisk, beside DiskPressure. */
  readonly outOfDisk: number;
}

export const DEFAULT_THRESHOLDS: EvictionThresholds = {
  memoryAvailableBytes: 100 * 1024 * 1024,
  nodeFsAvailable: 0.1,
  nodeFsInodesFree: 0.05,
  imageFsAvailable: 0.15,
  imageFsInodesFree: 0.05,
  pidsAvailable: 0,
  outOfDisk: 0.01,
};

export type EvictionSignal = 'memory.available' | 'nodefs.available' | 'nodefs.inodesFree' | 'imagefs.available' | 'imagefs.inodesFree' | 'pid.available';

export interface Shortage {
  readonly signal: EvictionSignal;
  /** The resource that messages name. */
  readonly resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';
  readonly threshold: number;
  readonly available: number;
}

/** What there is too little of. */
export function shortages(usage: MachineUsage, thresholds: EvictionThresholds): Shortage[] {
  const { nodeFs, imageFs } = usage;
  const checks: Shortage[] = [
    { signal: 'memory.available', resource: 'memory', threshold: thresholds.memoryAvailableBytes, available: usage.memoryAvailableBytes },
    { signal: 'nodefs.available', resource: 'ephemeral-storage', threshold: thresholds.nodeFsAvailable * nodeFs.capacityBytes, available: nodeFs.availableBytes },
    { signal: 'imagefs.available', resource: 'ephemeral-storage', threshold: thresholds.imageFsAvailable * imageFs.capacityBytes, available: imageFs.availableBytes },
    { signal: 'nodefs.inodesFree', resource: 'inodes', threshold: thresholds.nodeFsInodesFree * nodeFs.inodes, available: nodeFs.inodesFree },
    { signal: 'imagefs.inodesFree', resource: 'inodes', threshold: thresholds.imageFsInodesFree * imageFs.inodes, available: imageFs.inodesFree },
    { signal: 'pid.available', resource: 'pids', threshold: thresholds.pidsAvailable * usage.pidsMax, available: usage.pidsMax - usage.pidsUsed },
  ];
  // A file system without inodes of its own (btrfs) reports none, and cannot run out of them.
  return checks.filter(({ signal, threshold, available }) => available < threshold && !(signal.endsWith('inodesFree') && threshold === 0));
}

export function isOutOfDisk(usage: MachineUsage, share: number): boolean {
  const isFull = (fs: FileSystemUsage): boolean => fs.capacityBytes > 0 && fs.availableBytes < share * fs.capacityBytes;
  return isFull(usage.nodeFs) || isFull(usage.imageFs);
}

export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

const PRESSURES: Readonly<Record<EvictionSignal, Pressure>> = {
  'memory.available': 'MemoryPressure', 'nodefs.available': 'DiskPressure', 'nodefs.inodesFree': 'DiskPressure', 'imagefs.available': 'DiskPressure',
  'imagefs.inodesFree': 'DiskPressure', 'pid.available': 'PIDPressure',
};

export function pressureOf(signal: EvictionSignal): Pressure {
  return PRESSURES[signal];
}
