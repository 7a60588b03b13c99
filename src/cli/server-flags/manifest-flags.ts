import { InvalidArgumentError, Option, type Command } from 'commander';

interface WithoutEffect {
  readonly flag: string;
  /** What kubets does anyway; absent: any value. */
  readonly only?: readonly string[];
  /** Why it changes nothing. */
  readonly why: string;
}

const CLOUD = 'cloud providers are programs of their own';
const IN_PROCESS = 'controllers and scheduler reach the API in the process';
const HANDED_OVER = 'the API server answers for all of the process';
const WATCH_CACHE = 'everything is served from the watch cache';

/** Flags of kube-apiserver, kube-controller-manager and kube-scheduler that manifests commonly set, kubeadm's first, and that have nothing to change here. */
const FLAGS: readonly WithoutEffect[] = [
  { flag: 'allow-privileged', only: ['true'], why: 'privileged pods are what Pod Security admission is for' },
  { flag: 'kubeconfig', why: IN_PROCESS }, { flag: 'authentication-kubeconfig', why: HANDED_OVER }, { flag: 'authorization-kubeconfig', why: HANDED_OVER },
  { flag: 'authorization-always-allow-paths', why: HANDED_OVER }, { flag: 'authentication-skip-lookup', why: HANDED_OVER },
  { flag: 'kube-api-qps', why: IN_PROCESS }, { flag: 'kube-api-burst', why: IN_PROCESS }, { flag: 'kube-api-content-type', why: IN_PROCESS },
  { flag: 'use-service-account-credentials', only: ['true'], why: 'each controller acts as its own service account' },
  { flag: 'cluster-name', why: 'it names machines at cloud providers' },
  { flag: 'cloud-provider', only: ['', 'external'], why: CLOUD }, { flag: 'configure-cloud-routes', only: ['false'], why: CLOUD },
  { flag: 'profiling', only: ['false'], why: 'there is no /debug/pprof; see docs/performance.md for profiles' }, { flag: 'contention-profiling', only: ['false'], why: 'there is no /debug/pprof' },
  { flag: 'storage-backend', only: ['etcd3'], why: '--store says it' }, { flag: 'storage-media-type', why: 'objects are stored as JSON' }, { flag: 'etcd-prefix', only: ['/registry'], why: 'keys begin with it' },
  { flag: 'etcd-count-metric-poll-period', why: 'objects are counted as they come' }, { flag: 'etcd-healthcheck-timeout', why: 'the connection tells' }, { flag: 'etcd-readycheck-timeout', why: 'the connection tells' },
  { flag: 'watch-cache', only: ['true'], why: WATCH_CACHE }, { flag: 'watch-cache-sizes', why: WATCH_CACHE }, { flag: 'default-watch-cache-size', why: WATCH_CACHE },
  { flag: 'enable-garbage-collector', only: ['true'], why: '--controllers says whether it runs' }, { flag: 'delete-collection-workers', why: 'collections are deleted at once' },
  { flag: 'endpoint-reconciler-type', only: ['lease', 'master-count'], why: 'servers that share an etcd all stand in default/kubernetes' }, { flag: 'apiserver-count', why: 'servers that share an etcd count each other' },
  { flag: 'enable-aggregator-routing', why: 'services are resolved to endpoints always' }, { flag: 'kubelet-timeout', why: 'requests end by --request-timeout' },
  { flag: 'cert-dir', why: 'certificates are in --data-dir' }, { flag: 'logging-format', only: ['text'], why: 'lines are text' }, { flag: 'log-flush-frequency', why: 'lines are written at once' }, { flag: 'vmodule', why: '--v says how much is logged' },
  { flag: 'min-resync-period', why: 'informers do not resync' }, { flag: 'flex-volume-plugin-dir', why: 'there are no flex volumes' },
  { flag: 'permit-address-sharing', why: 'addresses in use before are taken again always' }, { flag: 'livez-grace-period', why: 'the server is alive from its first moment' },
  { flag: 'storage-initialization-timeout', why: 'the server waits for its store' }, { flag: 'etcd-db-metric-poll-interval', why: 'the store tells its size' }, { flag: 'lease-reuse-duration-seconds', why: 'leases of etcd are shared as in kube-apiserver' },
  { flag: 'enable-logs-handler', only: ['false'], why: 'there is no /logs' }, { flag: 'kubernetes-service-node-port', only: ['0'], why: 'the API is reached at --port' }, { flag: 'cloud-config', only: [''], why: CLOUD },
  { flag: 'external-cloud-volume-plugin', only: [''], why: CLOUD }, { flag: 'route-reconciliation-period', why: CLOUD }, { flag: 'aggregator-reject-forwarding-redirect', only: ['true'], why: 'redirects of other API servers are refused' },
  { flag: 'shutdown-send-retry-after', only: ['false'], why: 'connections are closed when the server stops' }, { flag: 'shutdown-watch-termination-grace-period', why: 'watches end with the server, and are resumed' },
  { flag: 'show-hidden-metrics-for-version', why: 'no metrics are hidden' }, { flag: 'emulated-version', only: ['1.36', 'kube=1.36'], why: 'one version is served' }, { flag: 'min-compatibility-version', only: ['1.36', 'kube=1.36'], why: 'one version is served' },
  { flag: 'controller-start-interval', why: 'controllers start together' }, { flag: 'enable-dynamic-provisioning', only: ['true'], why: 'provisioners are programs of their own' }, { flag: 'enable-hostpath-provisioner', only: ['false'], why: 'provisioners are programs of their own' },
  { flag: 'cidr-allocator-type', only: ['RangeAllocator'], why: '--cluster-cidr is divided among the nodes' }, { flag: 'leader-elect-resource-lock', only: ['leases'], why: 'leaders are elected by Leases' },
  { flag: 'authentication-tolerate-lookup-failure', why: HANDED_OVER },
  ...[
    'attach-detach-reconcile-sync-period', 'disable-attach-detach-reconcile-sync', 'pvclaimbinder-sync-period', 'resource-quota-sync-period', 'namespace-sync-period', 'node-sync-period', 'deployment-controller-sync-period',
    'endpoint-updates-batch-period', 'endpointslice-updates-batch-period', 'mirroring-endpointslice-updates-batch-period',
  ].map((flag) => ({ flag, why: 'controllers act on changes, and try again what failed' })),
];

/** Flags that ask for what kubets has not; each says so. */
const REFUSED: readonly { readonly flag: string; readonly why: string }[] = [
  { flag: 'egress-selector-config-file', why: 'there are no egress selectors: the server reaches nodes, pods and webhooks directly' },
  { flag: 'tracing-config-file', why: 'there are no traces; see docs/performance.md for profiles' },
  { flag: 'service-account-signing-endpoint', why: 'tokens are signed with a key in a file: --service-account-signing-key-file' },
  { flag: 'etcd-servers-overrides', why: 'all objects are in one store: --store or --etcd-servers' },
  { flag: 'peer-ca-file', why: 'servers do not hand requests to each other' }, { flag: 'peer-advertise-ip', why: 'servers do not hand requests to each other' }, { flag: 'peer-advertise-port', why: 'servers do not hand requests to each other' },
  { flag: 'allow-metric-labels', why: 'labels of metrics are as they are' }, { flag: 'allow-metric-labels-manifest', why: 'labels of metrics are as they are' }, { flag: 'disabled-metrics', why: 'all metrics are told' },
  { flag: 'debug-socket-path', why: 'there is no /debug/pprof; see docs/performance.md for profiles' },
  { flag: 'master', why: 'controllers and scheduler reach the API in the process' },
];

export function addManifestFlags(command: Command): void {
  command.optionsGroup('Taken from manifests, without effect:');
  for (const { flag, only, why } of FLAGS) {
    const values = only ? `; ${only.filter((one) => one !== '' || only.length === 1).map((one) => one || 'empty').join(' or ')} only` : '';
    command.addOption(new Option(`--${flag} [value]`, `${why}${values}`).argParser((text) => checked(text, only, why)));
  }
}

/** Shown by no help: they are there to be refused with the reason. */
export function addRefusedFlags(command: Command): void {
  for (const { flag, why } of REFUSED) {
    const refuse = (): never => {
      throw new InvalidArgumentError(`kubets does not have it: ${why}.`);
    };
    command.addOption(new Option(`--${flag} [value]`, why).hideHelp().argParser(refuse));
  }
}

function checked(text: string, only: readonly string[] | undefined, why: string): string {
  if (only && !only.includes(text)) throw new InvalidArgumentError(`kubets knows only ${only.map((one) => (one === '' ? 'an empty value' : one)).join(' and ')} here: ${why}.`);
  return text;
}
