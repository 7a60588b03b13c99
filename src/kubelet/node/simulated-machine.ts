import type { Machine, MachineInfo, MachineUsage } from './machine.ts';

const GIBI = 1024 ** 3;

/** A machine that is only described. What is free on it can be set, for tests of pressure. */
export class SimulatedMachine implements Machine {
  readonly #info: MachineInfo;
  usageNow: MachineUsage;

  constructor(options: { hostname: string; cpus?: number; memoryBytes?: number; swapBytes?: number; diskBytes?: number }) {
    const { hostname, cpus = 8, memoryBytes = 32 * GIBI, swapBytes = 0, diskBytes = 100 * GIBI } = options;
    this.#info = {
      hostname, cpus, memoryBytes, swapBytes, hugepages: new Map(), osImage: 'simulated', kernelVersion: 'simulated', architecture: 'amd64', machineID: hostname, systemUUID: hostname, bootID: hostname,
      hasAppArmor: true,
    };
    const fs = { capacityBytes: diskBytes, availableBytes: diskBytes, inodes: 6_000_000, inodesFree: 6_000_000 };
    this.usageNow = { cpuSeconds: 0, uptimeSeconds: 0, memoryBytes, memoryAvailableBytes: memoryBytes, nodeFs: fs, imageFs: fs, pidsMax: 32_768, pidsUsed: 100 };
  }

  async info(): Promise<MachineInfo> {
    return this.#info;
  }

  async usage(): Promise<MachineUsage> {
    return this.usageNow;
  }
}
