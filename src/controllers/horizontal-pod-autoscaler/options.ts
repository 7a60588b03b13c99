/** `--horizontal-pod-autoscaler-*` and `--concurrent-horizontal-pod-autoscaler-syncs`. */
export interface AutoscalerOptions {
  readonly syncPeriodMs: number;
  readonly downscaleStabilizationMs: number;
  /** The part of the target by which a metric may be off, where an autoscaler does not say. */
  readonly tolerance: number;
  readonly cpuInitializationMs: number;
  readonly initialReadinessMs: number;
  readonly concurrentSyncs: number;
}

/** The defaults of kube-controller-manager. */
export const defaultAutoscalerOptions: AutoscalerOptions = {
  syncPeriodMs: 15_000, downscaleStabilizationMs: 5 * 60_000, tolerance: 0.1, cpuInitializationMs: 5 * 60_000, initialReadinessMs: 30_000, concurrentSyncs: 5,
};
