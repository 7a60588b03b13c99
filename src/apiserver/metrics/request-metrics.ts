import { Counter, type Distribution, Gauge, Histogram, labelValue, type Metric, type Tally } from '../../base/metrics.ts';
import type { RequestInfo } from '../http/request-info.ts';

const DURATIONS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
/** Clients can ask for anything: what is beyond so many kinds of requests is counted together. */
const MOST_SERIES = 4000;
const OTHER = 'component="apiserver",dry_run="",group="",resource="",scope="",subresource="",verb="other",version=""';
/** As the metrics of kube-apiserver name what was asked for. */
const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', connect: 'CONNECT' };
const OWN_PATHS = ['/healthz', '/livez', '/readyz', '/metrics', '/version'];
const READS = ['get', 'list', 'watch'];

interface Asked extends Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource'> {
  readonly what: string;
  readonly scope: string;
  readonly dryRun: string;
}

interface Series {
  readonly labels: string;
  /** undefined: its requests last as long as their clients want. */
  readonly duration: Distribution | undefined;
  readonly isReading: boolean;
  /** By the code of the answer. */
  readonly answered: Map<number, Tally>;
  /** How many are under way, of those that last. */
  open: number;
}

/** Counts of requests, in the names of kube-apiserver's metrics. Source: apiserver pkg/endpoints/metrics. */
export class RequestMetrics implements Metric {
  readonly #series = new Map<string, Series>();
  /** Of the last request: the next one is often of the same kind. */
  #last: { readonly asked: Asked; readonly series: Series } | undefined;
  readonly #total = new Counter({ name: 'apiserver_request_total', help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.', stability: 'STABLE' });
  readonly #durations = new Histogram({ name: 'apiserver_request_duration_seconds', help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.', stability: 'STABLE' }, DURATIONS);
  readonly #inFlight = { readOnly: 0, mutating: 0 };
  readonly #gauges: readonly Gauge[] = [
    new Gauge(
      { name: 'apiserver_current_inflight_requests', help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.', stability: 'STABLE' },
      () => Object.entries(this.#inFlight).map(([kind, count]) => [`request_kind="${kind}"`, count] as const),
    ),
    new Gauge(
      { name: 'apiserver_longrunning_requests', help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.', stability: 'STABLE' },
      () => [...this.#series.values()].flatMap(({ labels, duration, open }) => (duration ? [] : [[labels.replace('dry_run="",', ''), open] as const])),
    ),
  ];

  /** Gives what is to be called at the request's end. `dryRun`: as the query has it. */
  begin(info: RequestInfo, dryRun = ''): (status: number, ms: number) => void {
    const series = this.#seriesOf(info, dryRun);
    const { duration } = series;
    const kind = series.isReading ? 'readOnly' : 'mutating';
    if (duration) this.#inFlight[kind]++;
    else series.open++;
    return (status, ms) => {
      if (duration) this.#inFlight[kind]--;
      else series.open--;
      this.#answered(series, status).count++;
      duration?.observe(ms / 1000);
    };
  }

  #answered({ labels, answered }: Series, status: number): Tally {
    let tally = answered.get(status);
    if (!tally) answered.set(status, (tally = this.#total.with(`code="${status}",${labels}`)));
    return tally;
  }

  text(): string {
    return [this.#total, this.#durations, ...this.#gauges].map((one) => one.text()).join('');
  }

  #seriesOf(info: RequestInfo, dryRun: string): Series {
    const { verb, group, version, resource, subresource, name, namespace, isResourceRequest, path } = info;
    const scope = !isResourceRequest ? '' : name !== '' || verb === 'create' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
    const what = isResourceRequest ? subresource : (OWN_PATHS.find((one) => path.startsWith(one)) ?? '');
    const asked: Asked = { verb, group, version, resource, what, scope, dryRun };
    if (this.#last && isSame(this.#last.asked, asked)) return this.#last.series;
    const series = this.#knownSeries(asked, info);
    this.#last = { asked, series };
    return series;
  }

  #knownSeries({ verb, group, version, resource, what, scope, dryRun }: Asked, { subresource, isResourceRequest }: RequestInfo): Series {
    const key = `${verb} ${group} ${version} ${resource} ${what} ${scope} ${dryRun}`;
    const known = this.#series.get(key);
    if (known) return known;
    const isFull = this.#series.size >= MOST_SERIES;
    const [safeGroup, safeResource, safeSub, safeVersion] = [group, resource, what, version].map(labelValue);
    const labels = isFull ? OTHER : `component="apiserver",dry_run="${dryRun === 'All' ? 'All' : ''}",group="${safeGroup}",resource="${safeResource}",scope="${scope}",subresource="${safeSub}",verb="${VERBS[verb] ?? verb.toUpperCase()}",version="${safeVersion}"`;
    const lasts = verb === 'watch' || ['log', 'exec', 'attach', 'portforward', 'proxy'].includes(subresource);
    const series: Series = { labels, duration: lasts ? undefined : this.#durations.with(labels), isReading: !isResourceRequest || READS.includes(verb), answered: new Map(), open: 0 };
    if (!isFull) this.#series.set(key, series);
    return series;
  }
}

function isSame(one: Asked, other: Asked): boolean {
  return one.verb === other.verb && one.resource === other.resource && one.group === other.group && one.version === other.version && one.what === other.what && one.scope === other.scope && one.dryRun === other.dryRun;
}
