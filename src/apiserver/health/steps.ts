import type { HealthCheck } from './health.ts';

/**
 * What of the start of kube-apiserver is part of this server's start too, by the names of its checks. They are well once the server has started.
 * Source: the checks of `/readyz?verbose`.
 */
export const SERVER_STEPS: readonly string[] = [
  'start-apiserver-admission-initializer', 'generic-apiserver-start-informers', 'storage-object-count-tracker-hook', 'start-apiextensions-informers',
  'start-apiextensions-controllers', 'crd-informer-synced', 'start-service-ip-repair-controllers',
].map((name) => `poststarthook/${name}`);

/** Where requests are limited. */
export const FAIRNESS_STEPS: readonly string[] = ['config-consumer', 'filter', 'config-producer'].map((name) => `poststarthook/priority-and-fairness-${name}`);

export const AGGREGATOR_STEPS: readonly string[] = [
  'poststarthook/aggregator-reload-proxy-client-cert', 'poststarthook/start-kube-aggregator-informers', 'poststarthook/apiservice-status-local-available-controller',
  'poststarthook/apiservice-status-remote-available-controller', 'poststarthook/apiservice-registration-controller', 'poststarthook/apiservice-discovery-controller',
  'poststarthook/kube-apiserver-autoregistration', 'autoregister-completion', 'poststarthook/apiservice-openapi-controller', 'poststarthook/apiservice-openapiv3-controller',
];

export function stepChecks(names: readonly string[], isDone: (name: string) => boolean): HealthCheck[] {
  return names.map((name) => ({ name, check: () => (isDone(name) ? undefined : 'not finished') }));
}
