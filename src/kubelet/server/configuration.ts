import type { CgroupDriver } from '../cgroups/cgroup-driver.ts';
import type { KubeletOptions } from '../options.ts';
import { EVICTION_SIGNALS, type Amount, type EvictionThresholds } from '../eviction/thresholds.ts';

export interface Settings {
  readonly options: KubeletOptions;
  readonly cgroupDriver: CgroupDriver;
  readonly port: number;
  readonly maxPods: number;
  readonly thresholds: EvictionThresholds;
  readonly imageGc: { readonly high: number; readonly low: number };
  readonly logMaxBytes: number;
  readonly logMaxFiles: number;
}

/** The answer of `/configz`: how this node is set up, as a KubeletConfiguration says it. */
export function kubeletConfiguration(settings: Settings): object {
  const { options, thresholds, imageGc } = settings;
  const { disk, server, clusterDomain, clusterDNS, taints, reserved, allowedUnsafeSysctls, shutdown } = options;
  const hard = EVICTION_SIGNALS.flatMap((signal) => (thresholds.hard[signal] ? [[signal, amountText(thresholds.hard[signal])] as const] : []));
  return {
    kubeletconfig: {
      kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1',
      enableServer: server !== undefined, address: server?.address ?? '', port: settings.port,
      authentication: { x509: {}, webhook: { enabled: true, cacheTTL: '2m0s' }, anonymous: { enabled: false } },
      authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
      clusterDomain: clusterDomain ?? 'cluster.local', clusterDNS: [...(clusterDNS ?? [])],
      nodeStatusReportFrequency: '5m0s', nodeStatusUpdateFrequency: '10s', nodeLeaseDurationSeconds: 40,
      imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages', imageGCHighThresholdPercent: imageGc.high * 100, imageGCLowThresholdPercent: imageGc.low * 100,
      cgroupDriver: settings.cgroupDriver, cgroupRoot: disk?.cgroupRoot ?? '', cpuCFSQuota: true, maxPods: settings.maxPods, podPidsLimit: -1,
      resolvConf: disk?.resolvConf ?? '/etc/resolv.conf', staticPodPath: disk?.manifestsDir ?? '',
      evictionHard: Object.fromEntries(hard), evictionMaxPodGracePeriod: thresholds.maxPodGraceSeconds,
      containerLogMaxSize: `${settings.logMaxBytes}`, containerLogMaxFiles: settings.logMaxFiles,
      enableSystemLogHandler: true, enableDebuggingHandlers: true, failSwapOn: false,
      ...(reserved && { systemReserved: { cpu: `${reserved.milliCpu}m`, memory: `${reserved.memoryBytes}` } }),
      ...(allowedUnsafeSysctls && { allowedUnsafeSysctls }), ...(shutdown && { shutdownGracePeriodByPodPriority: shutdown.gracePeriods.map(({ priority, seconds }) => ({ priority, shutdownGracePeriodSeconds: seconds })) }), ...(taints && { registerWithTaints: taints }), registerNode: true,
    },
  };
}

function amountText(amount: Amount): string {
  return 'share' in amount ? `${amount.share * 100}%` : `${amount.absolute}`;
}
