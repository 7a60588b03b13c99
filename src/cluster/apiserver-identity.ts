import { createHash } from 'node:crypto';
import type { Lease } from '../api/generated/coordination-v1.ts';
import { leases } from '../api/refs.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import { type Component, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { randomUid, type Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';

const NAMESPACE = 'kube-system';
const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const IDENTITY = 'kube-apiserver';
const LEASE_SECONDS = 3600;
const RENEW_MS = 10_000;

/**
 * Keeps a Lease `apiserver-<hash>` in `kube-system` that tells of this API server, and removes those of servers that have not renewed theirs for an
 * hour. Source: the documentation page "Leases", API server identity.
 */
export class ApiServerIdentity implements Component {
  readonly #options: { readonly client: Client; readonly address: string; readonly port: number; readonly hostname: string; readonly clock: Clock; readonly random: Random; readonly logger: Logger };
  readonly #tasks = new TaskGroup();
  readonly #name: string;
  readonly #holder: string;

  constructor(options: { client: Client; address: string; port: number; hostname: string; clock: Clock; random: Random; logger: Logger }) {
    this.#options = options;
    const hash = createHash('sha256').update(`${options.hostname} ${options.address}:${options.port}`).digest('hex').slice(0, 26);
    this.#name = `apiserver-${hash}`;
    this.#holder = `${this.#name}_${randomUid(options.random)}`;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#renew(signal);
    this.#tasks.run((inner) => this.#keep(AbortSignal.any([signal, inner])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    for (;;) {
      await clock.sleep(RENEW_MS, signal);
      try {
        await this.#renew(signal);
        await this.#removeExpired(signal);
      } catch (error) {
        signal.throwIfAborted();
        logger.error('cannot renew the Lease of this API server', { lease: this.#name, error });
      }
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const resource = client.resource(leases, NAMESPACE);
    const spec = { holderIdentity: this.#holder, leaseDurationSeconds: LEASE_SECONDS, renewTime: new Date(clock.now()).toISOString().replace(/Z$/, '000Z') };
    try {
      await resource.patch(this.#name, { type: 'merge', patch: { spec } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      const labels = { [IDENTITY_LABEL]: IDENTITY, 'kubernetes.io/hostname': this.#options.hostname };
      await resource.create({ metadata: { name: this.#name, namespace: NAMESPACE, labels }, spec }, { signal });
    }
  }

  async #removeExpired(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const resource = client.resource(leases, NAMESPACE);
    const { items } = await resource.list({ labelSelector: `${IDENTITY_LABEL}=${IDENTITY}`, signal });
    for (const lease of items) if (endOf(lease) < clock.now()) await resource.delete(lease.metadata.name, { signal });
  }
}

function endOf({ spec }: DeepReadonly<Lease>): number {
  return Date.parse(spec?.renewTime ?? '') + (spec?.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
}
