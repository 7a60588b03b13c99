import type { Logger } from '../../base/logger.ts';
import type { AuditMetrics } from './audit-metrics.ts';
import { LEVELS, type AuditEvent, type AuditSink } from './event.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** `--audit-*-truncate-*`, in bytes of JSON. */
export interface TruncateOptions {
  readonly maxEventSize: number;
  readonly maxBatchSize: number;
}

/** Keeps events small: without what was asked and answered where they would be too large, and not at all where they still are. Source: apiserver plugin/pkg/audit/truncate. */
export class TruncatingSink implements AuditSink {
  readonly name: AuditSink['name'];
  readonly #sink: AuditSink;
  readonly #limits: TruncateOptions;
  readonly #metrics: AuditMetrics;
  readonly #logger: Logger;

  constructor(sink: AuditSink, options: TruncateOptions & { readonly metrics: AuditMetrics; readonly logger: Logger }) {
    this.name = sink.name;
    this.#sink = sink;
    this.#limits = options;
    this.#metrics = options.metrics;
    this.#logger = options.logger;
  }

  send(events: readonly AuditEvent[], signal: AbortSignal): void | Promise<void> {
    const [first, ...others] = this.#batches(events);
    if (!first) return undefined;
    const sent = this.#sink.send(first, signal);
    return others.length === 0 ? sent : this.#sendOthers(sent, others, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#sink[Symbol.asyncDispose]());
  }

  async #sendOthers(before: void | Promise<void>, batches: readonly (readonly AuditEvent[])[], signal: AbortSignal): Promise<void> {
    await before;
    for (const batch of batches) await this.#sink.send(batch, signal);
  }

  #batches(events: readonly AuditEvent[]): AuditEvent[][] {
    const batches: AuditEvent[][] = [];
    let bytes = Infinity;
    for (const event of events) {
      const fitted = this.#fit(event);
      if (!fitted) continue;
      bytes += fitted.bytes;
      if (bytes > this.#limits.maxBatchSize) {
        batches.push([]);
        bytes = fitted.bytes;
      }
      batches.at(-1)?.push(fitted.event);
    }
    return batches;
  }

  #fit(event: AuditEvent): { event: AuditEvent; bytes: number } | undefined {
    const bytes = sizeOf(event);
    if (bytes <= this.#limits.maxEventSize) return { event, bytes };
    const smaller = truncated(event);
    const smallerBytes = smaller === event ? bytes : sizeOf(smaller);
    if (smallerBytes <= this.#limits.maxEventSize) return { event: smaller, bytes: smallerBytes };
    this.#metrics.failed('truncate', 1);
    this.#logger.error('an audit event is too large, and dropped', { backend: this.name, auditID: event.auditID, bytes });
    return undefined;
  }
}

function truncated(event: AuditEvent): AuditEvent {
  if (LEVELS.indexOf(event.level) < LEVELS.indexOf('Request')) return event;
  const { requestObject: _request, responseObject: _response, annotations, ...rest } = event;
  return { ...rest, annotations: { ...annotations, 'audit.k8s.io/truncated': 'true' } };
}

function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(stringifyWhole(event));
}
