import type { Service } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { Draft } from '../apimachinery/meta.ts';
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

/** Writes what kubets itself adds to a cluster, and puts it back when it is gone: Service `kube-system/kube-dns`, which every node answers itself. */
export class AddonsController implements Component {
  readonly #options: { readonly client: Client; readonly clock: Clock; readonly logger: Logger; readonly serviceRange: string };
  readonly #tasks = new TaskGroup();

  constructor(options: { client: Client; clock: Clock; logger: Logger; serviceRange: string }) {
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
        await this.#ensureDns(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('could not write the add-ons; they are tried again', { error });
        delayMs = RETRY_MS;
      }
      await clock.sleep(delayMs, signal);
    }
  }

  async #ensureDns(signal: AbortSignal): Promise<void> {
    const services = this.#options.client.resource(refs.services, 'kube-system');
    const service = {
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' } },
      spec: {
        // Without a selector: no pods answer, the agent of each node does.
        clusterIP: dnsServiceAddress(this.#options.serviceRange),
        ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }, { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 }],
      },
    };
    try {
      await services.get('kube-dns', { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      await services.create(service as unknown as Draft<Service>, { signal });
    }
  }
}
