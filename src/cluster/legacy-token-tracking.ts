import type { ConfigMap, Secret } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { Controller } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Lister } from '../client/lister.ts';
import { dayOf, dayStart, LAST_USED, TRACKED_SINCE, TRACKING_NAME, TRACKING_NAMESPACE } from '../component-helpers/legacy-tokens.ts';

const DAY_MS = 24 * 3_600_000;

/** Keeps the ConfigMap that tells since when the use of tokens in Secrets is noted. Source: pkg/controlplane/controller/legacytokentracking. */
export class LegacyTokenTracking extends Controller {
  readonly #client: Client;
  readonly #maps: Lister<ConfigMap>;

  constructor(options: { client: Client; informers: InformerFactory; clock: Clock; logger: Logger }) {
    super({ name: 'legacy-token-tracking-controller', clock: options.clock, logger: options.logger, workers: 1 });
    this.#client = options.client;
    const own = options.informers.informer(refs.configMaps, { fieldSelector: `metadata.namespace=${TRACKING_NAMESPACE},metadata.name=${TRACKING_NAME}` });
    this.#maps = this.watch(own, () => [TRACKING_NAME]).lister;
    this.queue.add(TRACKING_NAME);
  }

  protected async reconcile(_key: string, signal: AbortSignal): Promise<undefined> {
    const known = this.#maps.get(`${TRACKING_NAMESPACE}/${TRACKING_NAME}`);
    if (known && dayStart(known.data?.[TRACKED_SINCE]) !== undefined) return;
    const data = { ...known?.data, [TRACKED_SINCE]: dayOf(this.clock.now()) };
    const maps = this.#client.resource(refs.configMaps, TRACKING_NAMESPACE);
    try {
      if (known) await maps.update({ ...known, data }, { signal });
      else await maps.create({ metadata: { name: TRACKING_NAME, namespace: TRACKING_NAMESPACE }, data }, { signal });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
  }
}

interface UseOptions {
  readonly client: () => Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: () => AbortSignal;
}

/** Notes, once a day, that the token of a Secret was used. */
export class LegacyTokenUse {
  readonly #options: UseOptions;
  /** Uids of today's notes that are on their way or written. */
  readonly #noted = new Map<string, string>();

  constructor(options: UseOptions) {
    this.#options = options;
  }

  readonly note = (secret: DeepReadonly<Secret>): void => {
    const { clock, logger } = this.#options;
    const now = clock.now();
    const today = dayOf(now);
    const { uid, labels, name, namespace } = secret.metadata;
    const known = labels?.[LAST_USED];
    // Another server's day may have begun already.
    if (known === today || known === dayOf(now + DAY_MS) || this.#noted.get(uid) === today) return;
    this.#noted.set(uid, today);
    this.#write(secret, today).catch((error: unknown) => {
      this.#noted.delete(uid);
      if (!hasReason(error, 'NotFound', 'Conflict')) logger.warn('could not note the use of a token', { secret: `${namespace}/${name}`, error });
    });
  };

  async #write({ metadata: { name, namespace, uid } }: DeepReadonly<Secret>, today: string): Promise<void> {
    const patch = { metadata: { uid, labels: { [LAST_USED]: today } } };
    await this.#options.client().resource(refs.secrets, namespace).patch(name, { type: 'merge', patch }, { signal: this.#options.signal() });
  }
}
