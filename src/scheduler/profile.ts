import type { Plugin } from './framework.ts';

/** How pods with one `spec.schedulerName` are scheduled. */
export interface Profile {
  readonly schedulerName: string;
  readonly plugins: readonly Plugin[];
  /** Of the nodes, so many per cent are found feasible before looking stops; 0: by the size of the cluster. */
  readonly percentageOfNodesToScore: number;
  /** Whether pods of lower priority make room. */
  readonly preempts: boolean;
}

/** What a KubeSchedulerConfiguration says. */
export interface SchedulerConfiguration {
  readonly profiles: readonly Profile[];
  /** How long a pod that fits nowhere waits after its first try, and at most. */
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
}
