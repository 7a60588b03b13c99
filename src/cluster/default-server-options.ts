import { featureGates } from './feature-gates.ts';
import type { ServerOptions } from './server-options.ts';

/** What says where a server is and what it keeps: there is no default for that here. */
export type ServerPlace = Pick<ServerOptions, 'dataDir' | 'store' | 'bindAddress' | 'port' | 'advertiseAddress'>;

/** A server as `kubets server` starts it without flags; a test of the flags holds both to the same values. */
export function defaultServerOptions(): Omit<ServerOptions, keyof ServerPlace> {
  return {
    leaderElection: {}, tlsNames: [], tlsFiles: undefined, historyMs: 300_000, tolerationSeconds: { notReady: 300, unreachable: 300 },
    reach: { kubeletFiles: undefined, kubeletCaFile: undefined, kubeletAddressTypes: ['InternalIP', 'ExternalIP', 'Hostname'], proxyFiles: undefined, tlsMinVersion: 'VersionTLS12', tlsCipherSuites: [] },
    serviceRanges: ['10.96.0.0/16'], nodePortRange: { first: 30_000, last: 32_767 }, clusterRanges: ['10.244.0.0/16'], clusterDomain: 'cluster.local',
    serviceAccounts: { issuers: ['https://kubernetes.default.svc.cluster.local'], apiAudiences: [], keyFiles: [], signingKeyFile: undefined, jwksUri: undefined, maxExpirationSeconds: undefined, extendsExpiration: true, looksUp: true },
    tokenAuthFile: undefined, clientCaFile: undefined, allowAnonymous: true, oidc: undefined, authenticationConfigFile: undefined, tokenWebhook: undefined, enableBootstrapTokens: true,
    requestHeader: { clientCaFile: undefined, allowedNames: [], usernameHeaders: ['X-Remote-User'], uidHeaders: ['X-Remote-Uid'], groupHeaders: ['X-Remote-Group'], extraHeaderPrefixes: ['X-Remote-Extra-'] },
    authorization: { modes: ['Node', 'RBAC'], configFile: undefined, policyFile: undefined, webhook: undefined },
    enableAdmissionPlugins: [], disableAdmissionPlugins: [], admissionConfigFile: undefined, audit: undefined, runtimeConfig: new Map(), featureGates: featureGates(new Map()), encryptionProviderConfig: undefined, encryptionAutomaticReload: false,
    eventTtlSeconds: 3600, requestTimeoutMs: 60_000, requestLimits: { reads: 400, writes: 200, priorityAndFairness: true, connections: 16_384, openWatches: 100_000 }, minRequestTimeoutSeconds: 1800,
    controllers: ['*'], enableScheduler: true, nodeRoutes: undefined, rootCaFile: undefined, signingFiles: {}, sniFiles: [], connections: { http2: true, maxStreams: undefined, goawayChance: 0, sharesPort: false, shutdownDelayMs: 0, externalHostname: undefined, browsers: undefined }, controllerOptions: {},
  };
}
