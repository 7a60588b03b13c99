import type { Clock } from '../../base/clock.ts';
import type { Transport } from '../../client/transport.ts';
import type { AuditEvent, AuditSink } from './event.ts';

export interface WebhookSinkOptions {
  readonly transport: Transport;
  readonly initialBackoffMs: number;
  readonly clock: Clock;
}

const ATTEMPTS = 5;
const BACKOFF_FACTOR = 1.5;

/** Sends events, as EventLists, to a server of somebody else; whatever goes wrong, up to five times. */
export class WebhookSink implements AuditSink {
  readonly name = 'webhook';
  readonly #options: WebhookSinkOptions;

  constructor(options: WebhookSinkOptions) {
    this.#options = options;
  }

  async send(events: readonly AuditEvent[], signal: AbortSignal): Promise<void> {
    const { clock, initialBackoffMs } = this.#options;
    let delayMs = initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#post(events, signal);
      } catch (error) {
        if (signal.aborted || attempt === ATTEMPTS) throw error;
      }
      await clock.sleep(delayMs, signal);
      delayMs *= BACKOFF_FACTOR;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#options.transport[Symbol.asyncDispose]());
  }

  async #post(items: readonly AuditEvent[], signal: AbortSignal): Promise<void> {
    const { status } = await this.#options.transport.send({ method: 'POST', path: '', body: { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }, signal });
    if (status < 200 || status >= 300) throw new Error(`the audit webhook answered ${status}`);
  }
}
