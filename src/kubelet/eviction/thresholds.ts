import type { FileSystemUsage, MachineUsage } from '../node/machine.ts';

export const EVICTION_SIGNALS = ['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree', 'pid.available'] as const;
export type EvictionSignal = (typeof EVICTION_SIGNALS)[number];

/** What must stay free: a number (bytes, inodes, processes) or a share of the capacity, 0.1 for 10 %. */
export type Amount = { readonly absolute: number } | { readonly share: number };

export interface SoftThreshold {
  readonly amount: Amount;
  /** How long too little must be free before pods have to go. */
  readonly graceMs: number;
}

/** Source: the Kubernetes documentation, "Node-pressure Eviction". */
export interface EvictionThresholds {
  /** Pods are ended at once. */
  readonly hard: Readonly<Partial<Record<EvictionSignal, Amount>>>;
  /** Pods are ended after the grace period, with `maxPodGraceSeconds` (or less, as they ask) to end by themselves. */
  readonly soft: Readonly<Partial<Record<EvictionSignal, SoftThreshold>>>;
  readonly maxPodGraceSeconds: number;
  /** Below this share of free space, for pods or for images, the node says OutOfDisk beside DiskPressure. */
  readonly outOfDisk: number;
}

export const DEFAULT_THRESHOLDS: EvictionThresholds = {
  hard: {
    'memory.available': { absolute: 100 * 1024 * 1024 }, 'nodefs.available': { share: 0.1 }, 'nodefs.inodesFree': { share: 0.05 }, 'imagefs.available': { share: 0.15 },
    'imagefs.inodesFree': { share: 0.05 },
  },
  soft: {},
  maxPodGraceSeconds: 0,
  outOfDisk: 0.01,
};

export interface Shortage {
  readonly signal: EvictionSignal;
  /** The resource that messages name. */
  readonly resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';
  readonly threshold: number;
  readonly available: number;
  /** Of a soft threshold: how long it must last; undefined for a hard one. */
  readonly graceMs: number | undefined;
}

const RESOURCES: Readonly<Record<EvictionSignal, Shortage['resource']>> = {
  'memory.available': 'memory', 'nodefs.available': 'ephemeral-storage', 'imagefs.available': 'ephemeral-storage', 'nodefs.inodesFree': 'inodes', 'imagefs.inodesFree': 'inodes',
  'pid.available': 'pids',
};

interface Level {
  readonly capacity: number;
  readonly available: number;
}

function levelsOf({ memoryBytes, memoryAvailableBytes, nodeFs, imageFs, pidsMax, pidsUsed }: MachineUsage): Readonly<Record<EvictionSignal, Level>> {
  return {
    'memory.available': { capacity: memoryBytes, available: memoryAvailableBytes },
    'nodefs.available': { capacity: nodeFs.capacityBytes, available: nodeFs.availableBytes },
    'nodefs.inodesFree': { capacity: nodeFs.inodes, available: nodeFs.inodesFree },
    'imagefs.available': { capacity: imageFs.capacityBytes, available: imageFs.availableBytes },
    'imagefs.inodesFree': { capacity: imageFs.inodes, available: imageFs.inodesFree },
    'pid.available': { capacity: pidsMax, available: pidsMax - pidsUsed },
  };
}

/** An amount of a capacity; undefined: nothing need stay free. */
export function amountOf(amount: Amount | undefined, capacity: number): number {
  if (!amount) return 0;
  return 'share' in amount ? amount.share * capacity : amount.absolute;
}

/** What there is too little of; hard thresholds first. */
export function shortages(usage: MachineUsage, { hard, soft }: Pick<EvictionThresholds, 'hard' | 'soft'>): Shortage[] {
  const levels = levelsOf(usage);
  const check = (signal: EvictionSignal, amount: Amount | undefined, graceMs: number | undefined): Shortage[] => {
    const { capacity, available } = levels[signal];
    const threshold = amountOf(amount, capacity);
    // A file system without inodes of its own (btrfs) reports none, and cannot run out of them.
    if (available >= threshold || (signal.endsWith('inodesFree') && capacity === 0)) return [];
    return [{ signal, resource: RESOURCES[signal], threshold, available, graceMs }];
  };
  return [
    ...EVICTION_SIGNALS.flatMap((signal) => check(signal, hard[signal], undefined)),
    ...EVICTION_SIGNALS.flatMap((signal) => check(signal, soft[signal]?.amount, soft[signal]?.graceMs)),
  ];
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
