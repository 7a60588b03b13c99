const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10, 25];

interface Histogram {
  readonly counts: number[];
  sum: number;
  total: number;
}

export interface HookLabels {
  readonly name: string;
  readonly type: string;
  readonly operation: string;
}

/** Counts of calls to admission webhooks, in the names of kube-apiserver's metrics. Source: apiserver pkg/admission/metrics. */
export class WebhookMetrics {
  readonly #durations = new Map<string, Histogram>();
  readonly #requests = new Map<string, number>();
  readonly #rejections = new Map<string, number>();
  readonly #failOpens = new Map<string, number>();

  called({ name, type, operation, code, rejected, ms }: HookLabels & { readonly code: number; readonly rejected: boolean; readonly ms: number }): void {
    const labels = `name="${name}",operation="${operation}",rejected="${rejected}",type="${type}"`;
    let histogram = this.#durations.get(labels);
    if (!histogram) this.#durations.set(labels, (histogram = { counts: BUCKETS.map(() => 0), sum: 0, total: 0 }));
    const seconds = ms / 1000;
    histogram.sum += seconds;
    histogram.total++;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    count(this.#requests, `code="${code}",${labels}`);
  }

  rejected({ name, type, operation, errorType, code }: HookLabels & { readonly errorType: string; readonly code: number }): void {
    count(this.#rejections, `error_type="${errorType}",name="${name}",operation="${operation}",rejection_code="${code}",type="${type}"`);
  }

  failedOpen({ name, type }: HookLabels): void {
    count(this.#failOpens, `name="${name}",type="${type}"`);
  }

  /** In the text format of Prometheus; empty before the first call. */
  text(): string {
    const lines: string[] = [];
    const duration = 'apiserver_admission_webhook_admission_duration_seconds';
    if (this.#durations.size > 0) lines.push(`# HELP ${duration} [STABLE] Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).`, `# TYPE ${duration} histogram`);
    for (const [labels, { counts, sum, total }] of this.#durations) {
      let cumulative = 0;
      counts.forEach((one, i) => lines.push(`${duration}_bucket{${labels},le="${BUCKETS[i]}"} ${(cumulative += one)}`));
      lines.push(`${duration}_bucket{${labels},le="+Inf"} ${total}`, `${duration}_sum{${labels}} ${sum}`, `${duration}_count{${labels}} ${total}`);
    }
    counter(lines, 'apiserver_admission_webhook_request_total', 'Admission webhook request total, identified by name and broken out for each admission type and operation.', this.#requests);
    counter(lines, 'apiserver_admission_webhook_rejection_count', 'Admission webhook rejection count, identified by name and broken out for each admission type and operation.', this.#rejections);
    counter(lines, 'apiserver_admission_webhook_fail_open_count', 'Admission webhook fail open count, identified by name and broken out for each admission type.', this.#failOpens);
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }
}

function count(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function counter(lines: string[], name: string, help: string, counts: ReadonlyMap<string, number>): void {
  if (counts.size === 0) return;
  lines.push(`# HELP ${name} [ALPHA] ${help}`, `# TYPE ${name} counter`);
  for (const [labels, value] of counts) lines.push(`${name}{${labels}} ${value}`);
}
