import * as refs from '../api/refs.ts';
import type { Draft, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import { TaskGroup, type Component } from '../base/lifecycle.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { dnsServiceAddress } from './system-objects.ts';

/** As in `--controllers`. */
export const ADDONS_CONTROLLER = 'kubets-addons-controller';

const LOOK_AGAIN_MS = 60_000;
const RETRY_MS = 1000;

/**
 * Writes what kubets itself adds to a cluster, and puts it back when it is gone: Service `kube-system/kube-dns`, which every node answers itself, and
 * APIService `v1beta1.metrics.k8s.io` with the role that lets users read it.
 */
export class AddonsController implements Component {
  readonly #options: { readonly client: Client; readonly clock: Clock; readonly logger: Logger; readonly serviceRanges: readonly string[] };
  readonly #tasks = new TaskGroup();

  constructor(options: { client: Client; clock: Clock; logger: Logger; serviceRanges: readonly string[] }) {
    this.#options = options;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#tasks.run((inner) => this.#run(AbortSignal.any([signal, inner])));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      let delayMs = LOOK_AGAIN_MS;
      try {
        await this.#ensure(refs.services, dnsService(this.#options.serviceRanges), signal);
        await this.#ensure(refs.clusterRoles, METRICS_READER, signal);
        await this.#ensure(refs.apiServices, METRICS_SERVICE, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('could not write the add-ons; they are tried again', { error });
        delayMs = RETRY_MS;
      }
      await clock.sleep(delayMs, signal);
    }
  }

  /** Writes what is not there. What is there, whoever wrote it, stays as it is: somebody may have put something else in its place. */
  async #ensure<T extends KubeObject>(ref: ResourceRef<T>, object: object, signal: AbortSignal): Promise<void> {
    const draft = object as Draft<T>;
    const resource = this.#options.client.resource(ref, draft.metadata.namespace);
    try {
      await resource.get(draft.metadata.name ?? '', { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      await resource.create(draft, { signal });
    }
  }
}

/** Without a selector: no pods answer, the agent of each node does. */
function dnsService(serviceRanges: readonly string[]): object {
  return {
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' } },
    spec: {
      clusterIP: dnsServiceAddress(serviceRanges),
      ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }, { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 }],
    },
  };
}

/** Without a service: the API server answers itself. A metrics-server's own APIService has the same name. */
const METRICS_SERVICE = {
  metadata: { name: 'v1beta1.metrics.k8s.io', labels: { 'kubernetes.io/cluster-service': 'true' } },
  spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
};

/** As metrics-server brings it: who may view a namespace may see what its pods use. */
const METRICS_READER = {
  metadata: {
    name: 'system:aggregated-metrics-reader',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true', 'rbac.authorization.k8s.io/aggregate-to-edit': 'true', 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
  },
  rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
};
