import { Counter, type Metric } from '../../base/metrics.ts';
import type { Level } from './event.ts';

/** What became of events, in the names of kube-apiserver's metrics. Source: apiserver pkg/audit/metrics.go. */
export class AuditMetrics implements Metric {
  readonly #events = new Counter({ name: 'apiserver_audit_event_total', help: 'Counter of audit events generated and sent to the audit backend.' });
  readonly #errors = new Counter({ name: 'apiserver_audit_error_total', help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.' });
  readonly #levels = new Counter({ name: 'apiserver_audit_level_total', help: 'Counter of policy levels for audit events (1 per request).' });
  readonly #rejected = new Counter({ name: 'apiserver_audit_requests_rejected_total', help: 'Counter of apiserver requests rejected due to an error in audit logging backend.' });
  readonly #sent = this.#events.with('');
  readonly #refused = this.#rejected.with('');

  event(): void {
    this.#sent.count++;
  }

  decided(level: Level): void {
    this.#levels.add(`level="${level}"`);
  }

  /** `plugin`: log, webhook, buffered or truncate. */
  failed(plugin: string, events: number): void {
    this.#errors.add(`plugin="${plugin}"`, events);
  }

  rejected(): void {
    this.#refused.count++;
  }

  text(): string {
    return [this.#events, this.#errors, this.#levels, this.#rejected].map((one) => one.text()).join('');
  }
}
