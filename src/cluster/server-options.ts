import type { BrowserOptions } from '../apiserver/http/browser-rules.ts';
import type { BatchOptions } from '../apiserver/audit/batching-backend.ts';
import type { LogSinkOptions } from '../apiserver/audit/log-sink.ts';
import type { TruncateOptions } from '../apiserver/audit/truncating-sink.ts';
import type { ControllerOptions } from '../controllers/index.ts';
import type { OidcFlags } from '../apiserver/authentication/jwt/issuer.ts';
import type { FeatureGates } from './feature-gates.ts';

/** Paths of a certificate (PEM, with its chain) and of its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** `--service-account-*` and `--api-audiences`. */
export interface ServiceAccountOptions {
  /** The first one issues; tokens of all are accepted. */
  readonly issuers: readonly string[];
  /** Empty: the issuer. */
  readonly apiAudiences: readonly string[];
  readonly keyFiles: readonly string[];
  /** undefined: the key in the data folder. */
  readonly signingKeyFile: string | undefined;
  readonly jwksUri: string | undefined;
  readonly maxExpirationSeconds: number | undefined;
  readonly extendsExpiration: boolean;
  /** Whether a token must belong to objects that exist. */
  readonly looksUp: boolean;
}

/** `--requestheader-*`. */
export interface RequestHeaderFlags {
  /** undefined: the authority of the cluster's own front proxy. */
  readonly clientCaFile: string | undefined;
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** How the server is reached, and with what it reaches others. */
export interface ReachOptions {
  /** What it shows to kubelets; undefined: a certificate of the cluster's own authority. */
  readonly kubeletFiles: CertificateFiles | undefined;
  /** Whose certificates are kubelets'; undefined: the cluster's own authority's. */
  readonly kubeletCaFile: string | undefined;
  /** Types of node addresses, the best first. */
  readonly kubeletAddressTypes: readonly string[];
  /** What it shows to aggregated API servers; undefined: a certificate of the cluster's own front proxy. */
  readonly proxyFiles: CertificateFiles | undefined;
  /** By Go's names: `VersionTLS12`. */
  readonly tlsMinVersion: string;
  /** By Go's names; empty: Node's choice. */
  readonly tlsCipherSuites: readonly string[];
}

/** `--authorization-*`. */
export interface AuthorizationOptions {
  readonly modes: readonly string[];
  /** An AuthorizationConfiguration, in place of the rest. */
  readonly configFile: string | undefined;
  readonly policyFile: string | undefined;
  readonly webhook: { readonly configFile: string; readonly version: string; readonly authorizedMs: number; readonly unauthorizedMs: number } | undefined;
}

export interface AuditDelivery {
  /** `blocking-strict` refuses requests of which it cannot record that they came. */
  readonly mode: 'batch' | 'blocking' | 'blocking-strict';
  readonly batch: BatchOptions;
  readonly truncate: TruncateOptions | undefined;
}

/** Signers with files of their own: `--cluster-signing-<flag>-cert-file`. */
export type SigningFlag = 'kubelet-serving' | 'kubelet-client' | 'kube-apiserver-client' | 'legacy-unknown';

/** `--audit-*`. */
export interface AuditOptions {
  readonly policyFile: string;
  readonly log: (AuditDelivery & Omit<LogSinkOptions, 'clock' | 'logger'>) | undefined;
  readonly webhook: (AuditDelivery & { readonly configFile: string; readonly initialBackoffMs: number }) | undefined;
}

/** How many requests over the network run at once; 0: any number. */
export interface RequestLimits {
  /** `--max-requests-inflight`: reads; with priority and fairness, both sums are shared out. */
  readonly reads: number;
  /** `--max-mutating-requests-inflight` */
  readonly writes: number;
  readonly priorityAndFairness: boolean;
  /** `--max-connections`; 0: any number. */
  readonly connections: number;
  /** `--max-open-watches`; 0: any number. */
  readonly openWatches: number;
}

/** How clients connect, beyond certificates. */
export interface ConnectionOptions {
  readonly http2: boolean;
  /** Requests at once on a connection of HTTP/2; undefined: clients are told no limit. */
  readonly maxStreams: number | undefined;
  readonly goawayChance: number;
  readonly sharesPort: boolean;
  /** How long requests are answered after the end was asked for, while `/readyz` says no. */
  readonly shutdownDelayMs: number;
  /** Under which others reach the server, where documents name it; undefined: the advertised address. */
  readonly externalHostname: string | undefined;
  readonly browsers: BrowserOptions | undefined;
}

/** What `kubets server` and the embedded cluster start a Master with. */
export interface ServerOptions {
  /** As given at the command line, by the names of the flags, for `/flagz`. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** `lmdb`, `memory`, or `etcd=URL,URL`. */
  readonly store: string;
  readonly bindAddress: string;
  /** 0: any free one. */
  readonly port: number;
  /** The address under which pods and nodes reach the Master. */
  readonly advertiseAddress: string;
  /** More names and addresses for the serving certificate. */
  readonly tlsNames: readonly string[];
  /** The serving certificate; undefined: one of the cluster's own authority. */
  readonly tlsFiles: CertificateFiles | undefined;
  /** More serving certificates, for clients that ask for some names; without patterns: those in the certificate. */
  readonly sniFiles: readonly (CertificateFiles & { readonly patterns: readonly string[] })[];
  readonly reach: ReachOptions;
  readonly connections: ConnectionOptions;
  /** How long history is kept: reads and watches of the past; 0: for ever. */
  readonly historyMs: number;
  /** How long pods that say nothing stay on nodes that are not ready, and on those that cannot be reached. */
  readonly tolerationSeconds: { readonly notReady: number; readonly unreachable: number };
  readonly serviceRanges: readonly string[];
  readonly nodePortRange: { readonly first: number; readonly last: number };
  readonly clusterRanges: readonly string[];
  readonly clusterDomain: string;
  readonly serviceAccounts: ServiceAccountOptions;
  readonly tokenAuthFile: string | undefined;
  readonly clientCaFile: string | undefined;
  /** An EncryptionConfiguration: how what is stored is encrypted; undefined: it is not. */
  readonly encryptionProviderConfig: string | undefined;
  /** Whether that file is read again when it changes. */
  readonly encryptionAutomaticReload: boolean;
  readonly allowAnonymous: boolean;
  readonly oidc: (Omit<OidcFlags, 'certificateAuthority'> & { readonly caFile: string | undefined }) | undefined;
  /** An AuthenticationConfiguration. */
  readonly authenticationConfigFile: string | undefined;
  readonly requestHeader: RequestHeaderFlags;
  readonly authorization: AuthorizationOptions;
  readonly tokenWebhook: { readonly configFile: string; readonly version: string; readonly cacheMs: number } | undefined;
  readonly enableBootstrapTokens: boolean;
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly admissionConfigFile: string | undefined;
  /** undefined: nothing is recorded. */
  readonly audit: AuditOptions | undefined;
  /** As `--runtime-config`. */
  readonly runtimeConfig: ReadonlyMap<string, string>;
  readonly featureGates: FeatureGates;
  readonly eventTtlSeconds: number;
  readonly requestTimeoutMs: number;
  readonly requestLimits: RequestLimits;
  readonly minRequestTimeoutSeconds: number;
  /** What `kube-root-ca.crt` holds; undefined: the cluster's own authority. */
  readonly rootCaFile: string | undefined;
  /** The authority of the certificate signers, and of one of them; the cluster's own signs for those that have none. */
  readonly signingFiles: { readonly all?: CertificateFiles } & { readonly [K in SigningFlag]?: CertificateFiles };
  /** As `--controllers`: names, `*`, `-name`. */
  readonly controllers: readonly string[];
  readonly enableScheduler: boolean;
  /** A KubeSchedulerConfiguration. */
  readonly schedulerConfigFile?: string;
  /** The link of this machine through which to keep routes to the nodes' pod ranges, so that the Master reaches pods; undefined: none are kept. */
  readonly nodeRoutes: string | undefined;
  /** Who runs the controllers and the scheduler when several servers share a store. */
  readonly leaderElection: {
    /** Default: when the store is etcd. */
    readonly isEnabled?: boolean;
    readonly leaseDurationMs?: number;
    readonly renewDeadlineMs?: number;
    readonly retryMs?: number;
  };
  /** Files, in PEM, for a connection to etcd over TLS. */
  readonly etcdCaFile?: string;
  readonly etcdCertFile?: string;
  readonly etcdKeyFile?: string;
  readonly controllerOptions: Partial<ControllerOptions>;
}
