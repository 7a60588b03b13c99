import { access } from 'node:fs/promises';
import type { ContainerRuntime } from '../../runtime/index.ts';

export type CgroupDriver = 'cgroupfs' | 'systemd';

export interface DriverChoice {
  readonly runtime: ContainerRuntime;
  /** For runtimes that do not tell theirs; `cgroupfs` by default. */
  readonly wanted: CgroupDriver | undefined;
  /** Where systemd takes calls. */
  readonly systemdSocket: string;
}

/**
 * Who makes control groups: systemd, or the runtime and this node themselves. What the runtime says counts, as two masters of one tree undo each
 * other's work. Throws an Error, with what to set, where systemd should and does not run. Source: KEP-4033.
 */
export async function chooseCgroupDriver({ runtime, wanted, systemdSocket }: DriverChoice, signal: AbortSignal): Promise<CgroupDriver> {
  const told = await runtime.cgroupDriver(signal);
  const driver = told === undefined ? (wanted ?? 'cgroupfs') : told === 'SYSTEMD' ? 'systemd' : 'cgroupfs';
  if (driver === 'systemd' && !(await access(systemdSocket).then(() => true, () => false))) {
    throw new Error('the container runtime has systemd make its control groups, but systemd does not run here: set SystemdCgroup = false for containerd\'s runtimes, or cgroup_manager = "cgroupfs" and conmon_cgroup = "pod" for CRI-O, and start it again');
  }
  return driver;
}
