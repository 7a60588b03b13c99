import { InvalidArgumentError, Option, type Command } from 'commander';

interface WithoutEffect {
  readonly flag: string;
  /** What kubets does anyway; absent: any value. */
  readonly only?: readonly string[];
  /** Why it changes nothing. */
  readonly why: string;
}

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
  { flag: 'cloud-provider', only: ['', 'external'], why: 'cloud providers are programs of their own' }, { flag: 'configure-cloud-routes', only: ['false'], why: 'cloud providers are programs of their own' },
  { flag: 'profiling', only: ['false'], why: 'there is no /debug/pprof; see docs/performance.md for profiles' }, { flag: 'contention-profiling', only: ['false'], why: 'there is no /debug/pprof' },
  { flag: 'storage-backend', only: ['etcd3'], why: '--store says it' }, { flag: 'storage-media-type', why: 'objects are stored as JSON' }, { flag: 'etcd-prefix', only: ['/registry'], why: 'keys begin with it' },
  { flag: 'etcd-count-metric-poll-period', why: 'objects are counted as they come' }, { flag: 'etcd-healthcheck-timeout', why: 'the connection tells' }, { flag: 'etcd-readycheck-timeout', why: 'the connection tells' },
  { flag: 'watch-cache', only: ['true'], why: WATCH_CACHE }, { flag: 'watch-cache-sizes', why: WATCH_CACHE }, { flag: 'default-watch-cache-size', why: WATCH_CACHE },
  { flag: 'enable-garbage-collector', only: ['true'], why: '--controllers says whether it runs' }, { flag: 'delete-collection-workers', why: 'collections are deleted at once' },
  { flag: 'endpoint-reconciler-type', only: ['lease', 'master-count'], why: 'servers that share an etcd all stand in default/kubernetes' }, { flag: 'apiserver-count', why: 'servers that share an etcd count each other' },
  { flag: 'enable-aggregator-routing', why: 'services are resolved to endpoints always' }, { flag: 'kubelet-timeout', why: 'requests end by --request-timeout' },
  { flag: 'cert-dir', why: 'certificates are in --data-dir' }, { flag: 'logging-format', only: ['text'], why: 'lines are text' }, { flag: 'log-flush-frequency', why: 'lines are written at once' }, { flag: 'vmodule', why: '--v says how much is logged' },
  { flag: 'min-resync-period', why: 'informers do not resync' }, { flag: 'flex-volume-plugin-dir', why: 'there are no flex volumes' },
];

export function addManifestFlags(command: Command): void {
  command.optionsGroup('Taken from manifests, without effect:');
  for (const { flag, only, why } of FLAGS) {
    const values = only ? `; ${only.filter(Boolean).join(' or ')} only` : '';
    command.addOption(new Option(`--${flag} [value]`, `${why}${values}`).argParser((text) => checked(text, only, why)));
  }
}

function checked(text: string, only: readonly string[] | undefined, why: string): string {
  if (only && !only.includes(text)) throw new InvalidArgumentError(`kubets knows only ${only.map((one) => (one === '' ? 'an empty value' : one)).join(' and ')} here: ${why}.`);
  return text;
}
