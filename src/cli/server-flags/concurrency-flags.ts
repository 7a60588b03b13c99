import type { Command } from 'commander';
import { wholeNumber } from './values.ts';

/** What the flag says, the controller that it is about, and kube-controller-manager's default. */
const FLAGS: readonly (readonly [name: string, controller: string, count: number, what: string])[] = [
  ['cron-job', 'cronjob-controller', 5, 'CronJobs'],
  ['daemonset', 'daemonset-controller', 2, 'DaemonSets'],
  ['deployment', 'deployment-controller', 5, 'Deployments'],
  ['endpoint', 'endpoints-controller', 5, 'Endpoints'],
  ['ephemeralvolume', 'ephemeral-volume-controller', 5, 'pods with ephemeral volumes'],
  ['gc', 'garbage-collector-controller', 20, 'objects that may be garbage'],
  ['job', 'job-controller', 5, 'Jobs'],
  ['namespace', 'namespace-controller', 10, 'namespaces'],
  ['rc', 'replicationcontroller-controller', 5, 'ReplicationControllers'],
  ['replicaset', 'replicaset-controller', 5, 'ReplicaSets'],
  ['resource-quota', 'resourcequota-controller', 5, 'ResourceQuotas'],
  ['service-endpoint', 'endpointslice-controller', 5, 'Services, for their EndpointSlices,'],
  ['serviceaccount-token', 'serviceaccount-token-controller', 5, 'Secrets with tokens'],
  ['statefulset', 'statefulset-controller', 5, 'StatefulSets'],
  ['ttl-after-finished', 'ttl-after-finished-controller', 5, 'finished Jobs'],
  ['validating-admission-policy-status', 'validatingadmissionpolicy-status-controller', 5, 'ValidatingAdmissionPolicies, for their status,'],
];

/** `--concurrent-<name>-syncs`, under kube-controller-manager's names. */
export type ConcurrencyFlags = Readonly<Record<`concurrent${string}Syncs`, number>>;

export function addConcurrencyFlags(command: Command): void {
  command.optionsGroup('Controllers:');
  for (const [name, , count, what] of FLAGS) command.option(`--concurrent-${name}-syncs <count>`, `how many ${what} are dealt with at a time`, wholeNumber({ min: 1 }), count);
}

/** By the names of controllers. */
export function concurrentSyncs(flags: ConcurrencyFlags): Record<string, number> {
  return Object.fromEntries(FLAGS.map(([name, controller, count]) => [controller, flags[`concurrent${name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Syncs`] ?? count]));
}
