import type { ContainerRuntime } from '../../runtime/index.ts';

/**
 * Throws an Error, with what to set, when the runtime has systemd make its control groups: this node makes those of pods itself, and two masters of one tree
 * undo each other's work. A runtime that does not say is taken for one that agrees. Source: KEP-4033.
 */
export async function checkCgroupDriver(runtime: ContainerRuntime, signal: AbortSignal): Promise<void> {
  if ((await runtime.cgroupDriver(signal)) !== 'SYSTEMD') return;
  throw new Error('the container runtime has systemd make its control groups, and this node makes them itself: set SystemdCgroup = false for containerd\'s runtimes, or cgroup_manager = "cgroupfs" and conmon_cgroup = "pod" for CRI-O, and start it again');
}
