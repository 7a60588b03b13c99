import type { ControllerOptions } from './context.ts';
import { defaultAutoscalerOptions } from './horizontal-pod-autoscaler/options.ts';

/** The defaults of kube-controller-manager's flags, and of ours where kubets differs (a node is Unknown after 40 s). */
export function defaultControllerOptions(cluster: Pick<ControllerOptions, 'rootCA'> & Partial<ControllerOptions>): ControllerOptions {
  return {
    nodeMonitorGracePeriodMs: 40_000,
    nodeMonitorPeriodMs: 5000,
    nodeStartupGracePeriodMs: 60_000,
    nodeEvictionRate: 0.1,
    secondaryNodeEvictionRate: 0.01,
    unhealthyZoneThreshold: 0.55,
    largeClusterSizeThreshold: 50,
    clusterCIDRs: [],
    serviceCIDRs: [],
    nodeCIDRMaskSizeIPv4: 24,
    nodeCIDRMaskSizeIPv6: 64,
    terminatedPodGCThreshold: 12_500,
    autoscaler: defaultAutoscalerOptions,
    concurrentSyncs: {},
    maxEndpointsPerSlice: 100,
    legacyTokenCleanUpPeriodMs: 365 * 24 * 3600 * 1000,
    clusterSigningDurationMs: 365 * 24 * 3600 * 1000,
    ...cluster,
  };
}
