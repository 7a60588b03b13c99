import type { Logger } from '../../base/logger.ts';
import type { AuditMetrics } from './audit-metrics.ts';
import type { AuditBackend, AuditEvent, AuditSink } from './event.ts';

export interface BlockingBackendOptions {
  readonly sink: AuditSink;
  /** Whether a request is refused of which it could not be recorded that it came: the mode `blocking-strict`. */
  readonly isStrict: boolean;
  readonly metrics: AuditMetrics;
  readonly logger: Logger;
}

/** Delivers each event before its request goes on. */
export class BlockingBackend implements AuditBackend {
  readonly #options: BlockingBackendOptions;
  readonly #stopping = new AbortController();

  constructor(options: BlockingBackendOptions) {
    this.#options = options;
  }

  get holdsAnswers(): boolean {
    return this.#options.sink.name === 'webhook';
  }

  write(event: AuditEvent): boolean | Promise<boolean> {
    try {
      const sent = this.#options.sink.send([event], this.#stopping.signal);
      return sent instanceof Promise ? sent.then(() => true, (error: unknown) => this.#failed(error)) : true;
    } catch (error) {
      return this.#failed(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    return Promise.resolve(this.#options.sink[Symbol.asyncDispose]());
  }

  #failed(error: unknown): boolean {
    const { sink, isStrict, metrics, logger } = this.#options;
    metrics.failed(sink.name, 1);
    logger.error('an audit event could not be delivered', { backend: sink.name, error });
    return !isStrict;
  }
}
