import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Transport } from '../../client/transport.ts';
import type { AuditBackend, AuditEvent } from './event.ts';

export interface WebhookBackendOptions {
  readonly transport: Transport;
  /** So many events wait at most; what comes beyond is dropped, and logged. */
  readonly bufferSize: number;
  readonly maxBatchSize: number;
  readonly maxBatchWaitMs: number;
  readonly initialBackoffMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ATTEMPTS = 5;
const BACKOFF_FACTOR = 1.5;

/** Sends events, as EventLists, to a server of somebody else. */
export class WebhookBackend implements AuditBackend {
  readonly #options: WebhookBackendOptions;
  readonly #tasks = new TaskGroup();
  #waiting: AuditEvent[] = [];
  #dropped = 0;
  #isSending = false;
  #timer: Disposable | undefined;

  constructor(options: WebhookBackendOptions) {
    this.#options = options;
  }

  write(event: AuditEvent): void {
    const { bufferSize, maxBatchSize, maxBatchWaitMs, clock, logger } = this.#options;
    if (this.#waiting.length >= bufferSize) {
      if (this.#dropped++ % 1000 === 0) logger.error('audit events are dropped: the webhook does not keep up', { dropped: this.#dropped });
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length >= maxBatchSize) this.#start();
    else this.#timer ??= clock.after(maxBatchWaitMs, () => this.#start());
  }

  /** What waits is sent once more, without patience. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#tasks.close();
    if (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0), AbortSignal.timeout(2000)).catch((error: unknown) => this.#options.logger.error('audit events were lost at the end', { error }));
    await this.#options.transport[Symbol.asyncDispose]();
  }

  #start(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#isSending) return;
    this.#isSending = true;
    this.#tasks.run((signal) => this.#sendAll(signal));
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#options.maxBatchSize);
      await this.#sendWithPatience(batch, signal);
      this.#waiting.splice(0, batch.length);
    }
    this.#isSending = false;
  }

  async #sendWithPatience(batch: readonly AuditEvent[], signal: AbortSignal): Promise<void> {
    let delayMs = this.#options.initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(batch, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        if (attempt === ATTEMPTS) return this.#options.logger.error('audit events could not be sent', { events: batch.length, error });
      }
      await this.#options.clock.sleep(delayMs, signal);
      delayMs *= BACKOFF_FACTOR;
    }
  }

  async #send(items: readonly AuditEvent[], signal: AbortSignal): Promise<void> {
    const { status } = await this.#options.transport.send({ method: 'POST', path: '', body: { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }, signal });
    if (status < 200 || status >= 300) throw new Error(`the audit webhook answered ${status}`);
  }
}
