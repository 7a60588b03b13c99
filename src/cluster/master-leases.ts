import type { Clock } from '../base/clock.ts';
import { type Component, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Store } from '../storage/store.ts';

/** Outside every resource's prefix. */
const PREFIX = 'kubets/masters/';
/** As upstream: a server that has not been heard of for so long is gone. Source: pkg/controlplane/reconcilers/lease.go. */
const TTL_SECONDS = 15;
const RENEW_MS = 5_000;

export interface Master {
  readonly address: string;
  readonly port: number;
}

export interface MasterLeasesOptions {
  readonly store: Store;
  readonly own: Master;
  /** Writes which servers there are to where clients look for them; tried again when it fails. */
  readonly publish: (masters: readonly Master[], signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells the servers that share a store of each other: each keeps a key that is deleted by itself when it no longer renews it. */
export class MasterLeases implements Component {
  readonly #options: MasterLeasesOptions;
  readonly #tasks = new TaskGroup();
  #watch: Disposable | undefined;
  #isStopping = false;

  constructor(options: MasterLeasesOptions) {
    this.#options = options;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    await this.#renew();
    await this.#publish(signal);
    this.#tasks.run((inner) => this.#keep(AbortSignal.any([signal, inner])));
    // A server that goes is heard of as soon as its key is deleted.
    this.#watch = store.watch({
      prefix: PREFIX, revision: store.revision,
      onEvents: (events) => {
        if (events.some((event) => event.type === 'delete' || !event.previous)) this.#tasks.run((inner) => this.#publishOrLog(inner));
      },
      onEnd: (error) => this.#tasks.run(() => Promise.reject(error)),
    });
  }

  /** Says goodbye, so that clients are sent to the others at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#tasks.close();
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { store, logger } = this.#options;
    try {
      await store.commit({ key: this.#key, value: undefined, expected: undefined });
      await this.#publish(AbortSignal.timeout(2000));
    } catch (error) {
      logger.info('the other servers learn only later that this one has stopped', { error: (error as Error).message });
    }
  }

  get #key(): string {
    return `${PREFIX}${this.#options.own.address}:${this.#options.own.port}`;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    for (;;) {
      await clock.sleep(RENEW_MS, signal);
      try {
        await this.#renew();
      } catch (error) {
        logger.error('cannot tell the other servers that this one is there', { error });
        continue;
      }
      await this.#publishOrLog(signal);
    }
  }

  async #renew(): Promise<void> {
    const value = Buffer.from(JSON.stringify(this.#options.own));
    await this.#options.store.commit({ key: this.#key, value, expected: undefined, ttlSeconds: TTL_SECONDS });
  }

  async #publishOrLog(signal: AbortSignal): Promise<void> {
    try {
      await this.#publish(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#options.logger.error('cannot write which servers there are', { error });
    }
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { items } = await this.#options.store.range({ prefix: PREFIX });
    const masters = items.map((item) => JSON.parse(Buffer.from(item.value).toString()) as Master);
    if (masters.length > 0) await this.#options.publish(masters, signal);
  }
}
