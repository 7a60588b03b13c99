import type { Command } from 'commander';
import { cidrs, duration } from '../flags.ts';
import { fraction, isTrue, names, wholeNumber } from './values.ts';

/** What controllers do, under kube-controller-manager's names. */
export interface ControllerFlags {
  readonly controllers: readonly string[];
  readonly clusterCidr: string[];
  readonly allocateNodeCidrs: boolean;
  readonly nodeCidrMaskSize?: number;
  readonly nodeCidrMaskSizeIpv4?: number;
  readonly nodeCidrMaskSizeIpv6: number;
  readonly nodeMonitorGracePeriod: number;
  readonly nodeMonitorPeriod: number;
  readonly nodeStartupGracePeriod: number;
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly unhealthyZoneThreshold: number;
  readonly largeClusterSizeThreshold: number;
  readonly terminatedPodGcThreshold: number;
  readonly maxEndpointsPerSlice: number;
  readonly horizontalPodAutoscalerSyncPeriod: number;
  readonly horizontalPodAutoscalerDownscaleStabilization: number;
  readonly horizontalPodAutoscalerTolerance: number;
  readonly horizontalPodAutoscalerCpuInitializationPeriod: number;
  readonly horizontalPodAutoscalerInitialReadinessDelay: number;
  readonly concurrentHorizontalPodAutoscalerSyncs: number;
  readonly clusterSigningDuration: number;
  readonly legacyServiceAccountTokenCleanUpPeriod: number;
  readonly rootCaFile?: string;
}

export function addControllerFlags(command: Command): void {
  command
    .optionsGroup('Controllers:')
    .option('--controllers <names>', 'which controllers to run: names, * for the default ones, -name to leave one out', names, ['*'])
    .option('--cluster-cidr <cidrs>', 'addresses of pods, of which each node gets a part: one range, or one of each family, parted by a comma', cidrs, ['10.244.0.0/16'])
    .option('--allocate-node-cidrs [bool]', 'whether nodes get their part of --cluster-cidr', isTrue, true)
    .option('--node-cidr-mask-size <bits>', 'the size of a node\'s part', wholeNumber({ min: 1, max: 128 }))
    .option('--node-cidr-mask-size-ipv4 <bits>', 'the same for IPv4 (default: 24)', wholeNumber({ min: 1, max: 32 }))
    .option('--node-cidr-mask-size-ipv6 <bits>', 'the same for IPv6', wholeNumber({ min: 1, max: 128 }), 64)
    .option('--node-monitor-grace-period <duration>', 'a node that has not reported for so long is Unknown', duration, 40_000)
    .option('--node-monitor-period <duration>', 'how often nodes are looked at', duration, 5000)
    .option('--node-startup-grace-period <duration>', 'the grace period of a node that has never reported', duration, 60_000)
    .option('--node-eviction-rate <number>', 'from how many nodes a second pods are evicted in a healthy zone', fraction, 0.1)
    .option('--secondary-node-eviction-rate <number>', 'the same in an unhealthy zone', fraction, 0.01)
    .option('--unhealthy-zone-threshold <part>', 'the part of a zone\'s nodes that makes it unhealthy when they are not ready', fraction, 0.55)
    .option('--large-cluster-size-threshold <count>', 'from how many nodes on the secondary rate is used', wholeNumber({ min: 0 }), 50)
    .option('--max-endpoints-per-slice <count>', 'how many endpoints an EndpointSlice holds', wholeNumber({ min: 1, max: 1000 }), 100)
    .option('--terminated-pod-gc-threshold <count>', 'how many ended pods are kept; 0 or less: all', wholeNumber({ min: -1 }), 12_500)
    .option('--horizontal-pod-autoscaler-sync-period <duration>', 'how often metrics are asked for and targets sized', duration, 15_000)
    .option('--horizontal-pod-autoscaler-downscale-stabilization <duration>', 'a target shrinks to the most that was wanted in so long, where an autoscaler does not say', duration, 300_000)
    .option('--horizontal-pod-autoscaler-tolerance <part>', 'the part of its target by which a metric may be off, where an autoscaler does not say', fraction, 0.1)
    .option('--horizontal-pod-autoscaler-cpu-initialization-period <duration>', 'for so long after a pod\'s start its CPU counts only while it is ready', duration, 300_000)
    .option('--horizontal-pod-autoscaler-initial-readiness-delay <duration>', 'a pod that turned unready in so long after its start has never been ready', duration, 30_000)
    .option('--concurrent-horizontal-pod-autoscaler-syncs <count>', 'how many autoscalers are dealt with at a time', wholeNumber({ min: 1 }), 5)
    .option('--cluster-signing-duration <duration>', 'how long certificates live that the signers make', duration, 8_760 * 3_600_000)
    .option('--legacy-service-account-token-clean-up-period <duration>', 'after so long without use a token in a Secret that was made by itself becomes invalid, and is deleted after as long again', duration, 8_760 * 3_600_000)
    .option('--root-ca-file <file>', 'what kube-root-ca.crt holds, in place of the cluster\'s own authority');
}
