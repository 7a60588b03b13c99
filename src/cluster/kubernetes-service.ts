import type { Service } from '../api/generated/core-v1.ts';
import { services } from '../api/refs.ts';
import type { DeepReadonly, Draft } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import { TaskGroup, type Component } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { apiServiceAddress } from './system-objects.ts';

const NAME = 'kubernetes';
const PERIOD_MS = 10_000;
/** Another server that makes it takes its address before it writes the Service: for so long that is no fault. */
const RETRY_MS = 100;
const RETRIES = 50;

export interface KubernetesServiceOptions {
  readonly client: Client;
  /** `--service-cluster-ip-range`: the first address of the first one is the Service's. */
  readonly serviceRanges: readonly string[];
  /** Of the servers. */
  readonly port: number;
  /** Writes its endpoints; servers that share a store leave that to `MasterLeases`. */
  readonly publish?: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps Service `default/kubernetes`, by which pods reach the API: makes it again when it is deleted. Source: pkg/controlplane/controller/kubernetesservice. */
export class KubernetesService implements Component {
  readonly #options: KubernetesServiceOptions;
  #tasks = new TaskGroup();

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Resolves once the Service is there, or cannot be made for now: then the server goes on without it, as upstream's does, and tries again. */
  async start(signal: AbortSignal): Promise<void> {
    this.#tasks = new TaskGroup(signal);
    const [error] = await Promise.all([this.#makeSoon(signal), this.#options.publish?.(signal)]);
    if (error !== undefined) this.#warn(error);
    this.#tasks.run((inner) => this.#keep(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  /** Why it could not be made. */
  async #makeSoon(signal: AbortSignal): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#reconcilePort(await this.#ensure(signal), signal);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (tries === RETRIES) return error;
        await this.#options.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #keep(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(PERIOD_MS, signal);
      try {
        await this.#ensure(signal);
        await this.#options.publish?.(signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#warn(error);
      }
    }
  }

  async #ensure(signal: AbortSignal): Promise<DeepReadonly<Service>> {
    const { client, serviceRanges, port } = this.#options;
    const resource = client.resource(services, 'default');
    const found = await resource.get(NAME, { signal }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
    if (found) return found;
    const draft = {
      metadata: { name: NAME, namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { type: 'ClusterIP', clusterIP: apiServiceAddress(serviceRanges), ports: portsOf(port), sessionAffinity: 'None' },
    };
    return resource.create(draft as unknown as Draft<Service>, { signal });
  }

  /** A server that was started again may listen elsewhere. */
  async #reconcilePort({ spec }: DeepReadonly<Service>, signal: AbortSignal): Promise<void> {
    const { client, port } = this.#options;
    if (spec.ports?.length === 1 && spec.ports[0]?.targetPort === port) return;
    await client.resource(services, 'default').patch(NAME, { type: 'merge', patch: { spec: { ports: portsOf(port) } } }, { signal });
  }

  #warn(error: unknown): void {
    this.#options.logger.warn('Service default/kubernetes could not be made, by which pods reach the API: this is tried again', { error: (error as Error).message });
  }
}

function portsOf(port: number): { name: string; port: number; protocol: string; targetPort: number }[] {
  return [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }];
}
