import { concurrentSyncs } from './concurrency-flags.ts';
import { networkInterfaces } from 'node:os';
import { defaultDataDir } from '../../cluster/data-dir.ts';
import { featureGates } from '../../cluster/feature-gates.ts';
import type { ServerOptions } from '../../cluster/server-options.ts';
import type { ControllerOptions } from '../../controllers/index.ts';
import { authenticationOptions } from './authentication-flags.ts';
import { authorizationOptions } from './authorization-flags.ts';
import { auditOptions } from './audit-flags.ts';
import { UsageError } from '../errors.ts';
import type { ServerFlags } from './flags.ts';
import { signingFiles } from './signing-flags.ts';
import { connectionOptions } from './connection-flags.ts';
import { reachOptions } from './reach-flags.ts';
import { etcdFiles, leaderElection } from './several-servers-flags.ts';

const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Throws UsageError for flags that contradict each other, Error for names that nobody knows. */
export function serverOptions(flags: ServerFlags): ServerOptions {
  together(flags, 'tlsCertFile', 'tlsPrivateKeyFile');
  together(flags, 'etcdCertfile', 'etcdKeyfile');
  together(flags, 'kubeletClientCertificate', 'kubeletClientKey');
  together(flags, 'proxyClientCertFile', 'proxyClientKeyFile');
  return {
    dataDir: flags.dataDir ?? defaultDataDir('default', process.env),
    store: flags.etcdServers === undefined ? flags.store : `etcd=${flags.etcdServers}`,
    ...etcdFiles(flags),
    leaderElection: leaderElection(flags),
    bindAddress: flags.bindAddress,
    port: flags.securePort ?? flags.port,
    advertiseAddress: flags.advertiseAddress ?? ownAddress(),
    tlsNames: flags.tlsSan,
    tlsFiles: flags.tlsCertFile && flags.tlsPrivateKeyFile ? { certificate: flags.tlsCertFile, key: flags.tlsPrivateKeyFile } : undefined,
    sniFiles: flags.tlsSniCertKey,
    reach: reachOptions(flags),
    connections: connectionOptions(flags),
    historyMs: flags.etcdCompactionInterval,
    tolerationSeconds: { notReady: flags.defaultNotReadyTolerationSeconds, unreachable: flags.defaultUnreachableTolerationSeconds },
    serviceRanges: flags.serviceClusterIpRange,
    nodePortRange: flags.serviceNodePortRange,
    clusterRanges: flags.clusterCidr,
    clusterDomain: flags.clusterDomain,
    serviceAccounts: serviceAccounts(flags),
    tokenAuthFile: flags.tokenAuthFile,
    clientCaFile: flags.clientCaFile,
    allowAnonymous: flags.anonymousAuth,
    ...authenticationOptions(flags),
    authorization: authorizationOptions(flags),
    enableBootstrapTokens: flags.enableBootstrapTokenAuth,
    enableAdmissionPlugins: flags.enableAdmissionPlugins,
    disableAdmissionPlugins: flags.disableAdmissionPlugins,
    admissionConfigFile: flags.admissionControlConfigFile,
    audit: auditOptions(flags),
    runtimeConfig: flags.runtimeConfig,
    featureGates: featureGates(flags.featureGates),
    encryptionProviderConfig: flags.encryptionProviderConfig,
    encryptionAutomaticReload: flags.encryptionProviderConfigAutomaticReload,
    eventTtlSeconds: Math.ceil(flags.eventTtl / 1000),
    requestTimeoutMs: flags.requestTimeout,
    requestLimits: { reads: flags.maxRequestsInflight, writes: flags.maxMutatingRequestsInflight, priorityAndFairness: flags.enablePriorityAndFairness, connections: flags.maxConnections, openWatches: flags.maxOpenWatches },
    minRequestTimeoutSeconds: flags.minRequestTimeout,
    controllers: flags.controllers,
    enableScheduler: !flags.disableScheduler,
    ...(flags.schedulerConfig !== undefined && { schedulerConfigFile: flags.schedulerConfig }),
    nodeRoutes: flags.nodeRoutes,
    rootCaFile: flags.rootCaFile,
    signingFiles: signingFiles(flags),
    controllerOptions: controllerOptions(flags),
  };
}

/** One of two flags alone is a mistake. */
function together(flags: ServerFlags, one: keyof ServerFlags, other: keyof ServerFlags): void {
  if ((flags[one] === undefined) === (flags[other] === undefined)) return;
  const [given, lacking] = flags[one] === undefined ? [other, one] : [one, other];
  const name = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${name(given)} needs ${name(lacking)} too`);
}

function serviceAccounts(flags: ServerFlags): ServerOptions['serviceAccounts'] {
  return {
    issuers: flags.serviceAccountIssuer.length > 0 ? flags.serviceAccountIssuer : [DEFAULT_ISSUER],
    apiAudiences: flags.apiAudiences,
    keyFiles: flags.serviceAccountKeyFile,
    signingKeyFile: signingKeyFile(flags),
    jwksUri: flags.serviceAccountJwksUri,
    maxExpirationSeconds: flags.serviceAccountMaxTokenExpiration === undefined ? undefined : flags.serviceAccountMaxTokenExpiration / 1000,
    extendsExpiration: flags.serviceAccountExtendTokenExpiration,
    looksUp: flags.serviceAccountLookup,
  };
}

/** kube-controller-manager signs the tokens of Secrets; here whoever signs the others does. */
function signingKeyFile({ serviceAccountSigningKeyFile: one, serviceAccountPrivateKeyFile: other }: ServerFlags): string | undefined {
  if (one !== undefined && other !== undefined && one !== other) throw new UsageError('--service-account-private-key-file and --service-account-signing-key-file must name the same file: one key signs all tokens');
  return one ?? other;
}

function controllerOptions(flags: ServerFlags): Partial<ControllerOptions> {
  return {
    nodeMonitorGracePeriodMs: flags.nodeMonitorGracePeriod,
    nodeMonitorPeriodMs: flags.nodeMonitorPeriod,
    nodeStartupGracePeriodMs: flags.nodeStartupGracePeriod,
    nodeEvictionRate: flags.nodeEvictionRate,
    secondaryNodeEvictionRate: flags.secondaryNodeEvictionRate,
    unhealthyZoneThreshold: flags.unhealthyZoneThreshold,
    largeClusterSizeThreshold: flags.largeClusterSizeThreshold,
    nodeCIDRMaskSizeIPv4: flags.nodeCidrMaskSizeIpv4 ?? flags.nodeCidrMaskSize ?? 24,
    nodeCIDRMaskSizeIPv6: flags.nodeCidrMaskSizeIpv6,
    terminatedPodGCThreshold: flags.terminatedPodGcThreshold,
    clusterSigningDurationMs: flags.clusterSigningDuration,
    concurrentSyncs: concurrentSyncs(flags),
    maxEndpointsPerSlice: flags.maxEndpointsPerSlice,
    legacyTokenCleanUpPeriodMs: flags.legacyServiceAccountTokenCleanUpPeriod,
    autoscaler: {
      syncPeriodMs: flags.horizontalPodAutoscalerSyncPeriod,
      downscaleStabilizationMs: flags.horizontalPodAutoscalerDownscaleStabilization,
      tolerance: flags.horizontalPodAutoscalerTolerance,
      cpuInitializationMs: flags.horizontalPodAutoscalerCpuInitializationPeriod,
      initialReadinessMs: flags.horizontalPodAutoscalerInitialReadinessDelay,
      concurrentSyncs: flags.concurrentHorizontalPodAutoscalerSyncs,
    },
    ...(!flags.allocateNodeCidrs && { clusterCIDRs: [] }),
  };
}

/** The first address of this machine that others can reach; a machine without one is reached by loopback only. */
function ownAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const one of addresses ?? []) if (one.family === 'IPv4' && !one.internal) return one.address;
  }
  return '127.0.0.1';
}
