import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { AuditMetrics } from './audit-metrics.ts';
import type { AuditBackend, AuditEvent, AuditSink } from './event.ts';
import { Throttle, type ThrottleOptions } from './throttle.ts';

/** `--audit-*-batch-*`. */
export interface BatchOptions {
  /** So many events wait at most; what comes beyond is dropped, logged and counted. */
  readonly bufferSize: number;
  readonly maxBatchSize: number;
  /** How long an event waits for others. */
  readonly maxBatchWaitMs: number;
  /** Undefined: batches go out as fast as they can. */
  readonly throttle: ThrottleOptions | undefined;
}

export interface BatchingBackendOptions extends BatchOptions {
  readonly sink: AuditSink;
  /** Whether a batch may go out before the one before it has arrived. */
  readonly isParallel: boolean;
  readonly metrics: AuditMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LAST_WORDS_MS = 2000;

/** Delivers events together, a moment later. Source: apiserver plugin/pkg/audit/buffered. */
export class BatchingBackend implements AuditBackend {
  readonly #options: BatchingBackendOptions;
  readonly #throttle: Throttle | undefined;
  readonly #tasks = new TaskGroup();
  #waiting: AuditEvent[] = [];
  #dropped = 0;
  #isSending = false;
  #timer: Disposable | undefined;

  constructor(options: BatchingBackendOptions) {
    this.#options = options;
    if (options.throttle) this.#throttle = new Throttle(options.throttle, options.clock);
  }

  write(event: AuditEvent): boolean {
    const { bufferSize, maxBatchSize, maxBatchWaitMs, clock } = this.#options;
    if (this.#waiting.length >= bufferSize) this.#drop();
    else this.#waiting.push(event);
    if (this.#waiting.length >= maxBatchSize) this.#start();
    else this.#timer ??= clock.after(maxBatchWaitMs, () => this.#start());
    return true;
  }

  /** What waits is sent once more, without patience. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#tasks.close();
    while (this.#waiting.length > 0) await this.#deliver(this.#waiting.splice(0, this.#options.maxBatchSize), AbortSignal.timeout(LAST_WORDS_MS));
    await this.#options.sink[Symbol.asyncDispose]();
  }

  #drop(): void {
    const { metrics, logger, sink } = this.#options;
    metrics.failed('buffered', 1);
    if (this.#dropped++ % 1000 === 0) logger.error('audit events are dropped: more come than can be delivered', { backend: sink.name, dropped: this.#dropped });
  }

  #start(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#isSending) return;
    this.#isSending = true;
    this.#tasks.run((signal) => this.#sendAll(signal));
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    const { maxBatchSize, isParallel } = this.#options;
    while (this.#waiting.length > 0) {
      await this.#throttle?.wait(signal);
      const batch = this.#waiting.splice(0, maxBatchSize);
      if (isParallel) this.#tasks.run((inner) => this.#deliver(batch, inner));
      else await this.#deliver(batch, signal);
    }
    this.#isSending = false;
  }

  /** A batch that the end of the server interrupts goes out with the last ones. */
  async #deliver(batch: readonly AuditEvent[], signal: AbortSignal): Promise<void> {
    const { sink, metrics, logger } = this.#options;
    try {
      await sink.send(batch, signal);
    } catch (error) {
      if (signal.aborted && !isTimeout(signal.reason)) {
        this.#waiting.unshift(...batch);
        return;
      }
      metrics.failed(sink.name, batch.length);
      logger.error('audit events could not be delivered', { backend: sink.name, events: batch.length, error });
    }
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}
