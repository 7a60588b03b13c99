import { Gauge, type Metric } from '../../base/metrics.ts';
import type { ApiRequest } from '../request.ts';

/** As a warning ends that tells when an API will be gone: `..., unavailable in v1.41+; ...`. */
const REMOVED = /unavailable in v(\d+\.\d+)\+/;

/** Which deprecated APIs were asked for: a metric, and annotations of audit events. Source: apiserver pkg/endpoints/metrics, RecordRequestTermination and MonitorRequest. */
export class DeprecatedApis implements Metric {
  readonly #asked = new Set<string>();
  readonly #gauge = new Gauge(
    { name: 'apiserver_requested_deprecated_apis', stability: 'STABLE', help: 'Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.' },
    () => [...this.#asked].map((labels) => [labels, 1] as const),
  );

  asked({ info, audit, annotations }: Pick<ApiRequest, 'info' | 'audit' | 'annotations'>, warning: string): void {
    const [, release = ''] = REMOVED.exec(warning) ?? [];
    this.#asked.add(`group="${info.group}",removed_release="${release}",resource="${info.resource}",subresource="${info.subresource}",version="${info.version}"`);
    if (!audit) return;
    annotations.set('k8s.io/deprecated', 'true');
    if (release !== '') annotations.set('k8s.io/removed-release', release);
  }

  text(): string {
    return this.#gauge.text();
  }
}
