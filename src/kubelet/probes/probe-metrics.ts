import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { Counter, Histogram, labelValue, type Metric } from '../../base/metrics.ts';
import type { ProbeType } from './probe-state.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const RESULTS = ['failed', 'successful'] as const;

/** Whose probe. */
export interface Probed {
  readonly pod: DeepReadonly<Pod>;
  readonly container: DeepReadonly<Pick<Container, 'name'>>;
}

/** What `/metrics/probes` tells, until a container is probed no more. Source: pkg/kubelet/prober, ProberResults and ProberDuration. */
export class ProbeMetrics implements Metric {
  readonly #results = new Counter({ name: 'prober_probe_total', help: 'Cumulative number of a liveness, readiness or startup probe for a container by result.' });
  readonly #durations = new Histogram({ name: 'prober_probe_duration_seconds', help: 'Duration in seconds for a probe response.' }, SECONDS);

  observe(probed: Probed, type: ProbeType, result: 'success' | 'failure', seconds: number): void {
    this.#results.add(resultLabels(probed, type, result === 'success' ? 'successful' : 'failed'));
    this.#durations.with(durationLabels(probed, type)).observe(seconds);
  }

  forget(probed: Probed, type: ProbeType): void {
    for (const result of RESULTS) this.#results.forget(resultLabels(probed, type, result));
    this.#durations.forget(durationLabels(probed, type));
  }

  text(): string {
    return this.#durations.text() + this.#results.text();
  }
}

/** As Kubernetes calls it in events and metrics. */
export function probeTypeName(type: ProbeType): string {
  return `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

function durationLabels({ pod: { metadata }, container }: Probed, type: ProbeType): string {
  return `container="${labelValue(container.name)}",namespace="${labelValue(metadata.namespace ?? '')}",pod="${labelValue(metadata.name)}",probe_type="${probeTypeName(type)}"`;
}

function resultLabels({ pod: { metadata }, container }: Probed, type: ProbeType, result: (typeof RESULTS)[number]): string {
  return `container="${labelValue(container.name)}",namespace="${labelValue(metadata.namespace ?? '')}",pod="${labelValue(metadata.name)}",pod_uid="${metadata.uid}",probe_type="${probeTypeName(type)}",result="${result}"`;
}
