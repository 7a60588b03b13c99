import { ensureFlowControlObjects } from '../apiserver/flowcontrol/objects.ts';
import type { Clock } from '../base/clock.ts';
import { TaskGroup, type Component } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';

/** Upstream looks every minute. */
const PERIOD_MS = 60_000;

/** Keeps the flow schemas and priority levels that every cluster has. It is not waited for: until they are written, the server does as they will say. */
export class FlowControlKeeper implements Component {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #tasks = new TaskGroup();

  constructor(options: { client: Client; clock: Clock; logger: Logger }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  start(signal: AbortSignal): Promise<void> {
    this.#tasks = new TaskGroup(signal);
    this.#tasks.run((inner) => this.#keep(inner));
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await ensureFlowControlObjects(this.#client, this.#clock, signal);
      } catch (error) {
        // `--runtime-config` may have turned the kinds off: then there is nothing to keep.
        if (signal.aborted || hasReason(error, 'NotFound')) return;
        this.#logger.warn('flow schemas and priority levels could not be written', { error });
      }
      await this.#clock.sleep(PERIOD_MS, signal);
    }
  }
}
