import type { RequestInfo } from '../http/request-info.ts';

const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Series {
  readonly labels: string;
  readonly counts: number[];
  sum: number;
  total: number;
}

/** Counts of requests, in the names of kube-apiserver's metrics. */
export class RequestMetrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Series>();
  #inFlight = { readOnly: 0, mutating: 0 };

  /** Gives what is to be called at the request's end. */
  begin(info: RequestInfo): (status: number, ms: number) => void {
    const kind = ['get', 'list', 'watch'].includes(info.verb) || !info.isResourceRequest ? 'readOnly' : 'mutating';
    this.#inFlight[kind]++;
    return (status, ms) => {
      this.#inFlight[kind]--;
      this.#count(info, status, ms);
    };
  }

  #count(info: RequestInfo, status: number, ms: number): void {
    const scope = info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
    const labels = `component="apiserver",group="${info.group}",resource="${info.resource}",scope="${info.resource === '' ? '' : scope}",subresource="${info.subresource}",verb="${info.verb.toUpperCase()}",version="${info.version}"`;
    const id = `code="${status}",${labels}`;
    this.#requests.set(id, (this.#requests.get(id) ?? 0) + 1);
    if (info.verb === 'watch') return;
    let series = this.#durations.get(labels);
    if (!series) this.#durations.set(labels, (series = { labels, counts: BUCKETS.map(() => 0), sum: 0, total: 0 }));
    const seconds = ms / 1000;
    series.sum += seconds;
    series.total++;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  }

  /** In the text format of Prometheus. */
  text(): string {
    const lines = ['# HELP apiserver_request_total [STABLE] Counter of apiserver requests.', '# TYPE apiserver_request_total counter'];
    for (const [labels, count] of this.#requests) lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push('# HELP apiserver_request_duration_seconds [STABLE] Response latency distribution in seconds.', '# TYPE apiserver_request_duration_seconds histogram');
    for (const { labels, counts, sum, total } of this.#durations.values()) {
      let cumulative = 0;
      counts.forEach((count, i) => lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="${BUCKETS[i]}"} ${(cumulative += count)}`));
      lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} ${total}`);
      lines.push(`apiserver_request_duration_seconds_sum{${labels}} ${sum}`, `apiserver_request_duration_seconds_count{${labels}} ${total}`);
    }
    lines.push('# HELP apiserver_current_inflight_requests [STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.');
    lines.push('# TYPE apiserver_current_inflight_requests gauge');
    for (const [kind, count] of Object.entries(this.#inFlight)) lines.push(`apiserver_current_inflight_requests{request_kind="${kind}"} ${count}`);
    return `${lines.join('\n')}\n`;
  }
}
