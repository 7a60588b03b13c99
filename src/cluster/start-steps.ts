import type { HealthCheck } from '../apiserver/index.ts';

/** In the order in which `/readyz?verbose` tells them. */
const NAMES = [
  'start-system-namespaces-controller', 'start-cluster-authentication-info-controller', 'start-kube-apiserver-identity-lease-controller', 'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller', 'peer-endpoint-reconciler-controller', 'rbac/bootstrap-roles', 'scheduling/bootstrap-system-priority-classes', 'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
] as const;

/** What must have been written before the server is useful, each a health check of its own: `poststarthook/rbac/bootstrap-roles`. */
export class StartSteps {
  readonly #done = new Set<string>();
  readonly checks: readonly HealthCheck[] = NAMES.map((name) => ({ name: `poststarthook/${name}`, check: () => (this.#done.has(name) ? undefined : 'not finished') }));

  async run(name: (typeof NAMES)[number], work: Promise<unknown>): Promise<void> {
    await work;
    this.#done.add(name);
  }
}
