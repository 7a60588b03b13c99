import { Counter, Gauge, Histogram, type Metric } from '../../base/metrics.ts';

/** From 5 ms on, two and a half times as long each. */
const OPERATION_SECONDS = Array.from({ length: 14 }, (_, index) => 0.005 * 2.5 ** index);

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a kubelet counts of its own work. Source: pkg/kubelet/metrics. */
export class KubeletMetrics implements Metric {
  readonly httpFallbacks = new Counter({ name: 'kubelet_lifecycle_handler_http_fallbacks_total', help: 'The number of times lifecycle handlers successfully fell back to http from https.' });
  readonly startedPods = new Counter({ name: 'kubelet_started_pods_total', help: 'Cumulative number of pods started' });
  readonly startedContainers = new Counter({ name: 'kubelet_started_containers_total', help: 'Cumulative number of containers started' });
  readonly startedContainerErrors = new Counter({ name: 'kubelet_started_containers_errors_total', help: 'Cumulative number of errors when starting containers' });
  /** By `operation_type`. */
  readonly operations = new Counter({ name: 'kubelet_runtime_operations_total', help: 'Cumulative number of runtime operations by operation type.' });
  readonly operationErrors = new Counter({ name: 'kubelet_runtime_operations_errors_total', help: 'Cumulative number of runtime operation errors by operation type.' });
  readonly operationSeconds = new Histogram({ name: 'kubelet_runtime_operations_duration_seconds', help: 'Duration in seconds of runtime operations. Broken down by operation type.' }, OPERATION_SECONDS);
  /** By `operation_type`: `create` (its first step), `sync` or `kill`. */
  readonly workerSeconds = new Histogram({ name: 'kubelet_pod_worker_duration_seconds', help: 'Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync' }, SECONDS);
  /** By `eviction_signal`. */
  readonly evictions = new Counter({ name: 'kubelet_evictions', help: 'Cumulative number of pod evictions by eviction signal' });
  /** By `preemption_signal`, the resource that was missing. */
  readonly preemptions = new Counter({ name: 'kubelet_preemptions', help: 'Cumulative number of pod preemptions by preemption resource' });
  /** Of the last shutdown, where pods have time to end before it; whoever knows of it says so here. */
  shutdownTimes: { readonly startMs: number | undefined; readonly endMs: number | undefined } | undefined;
  readonly #shutdownStart = new Gauge({ name: 'kubelet_graceful_shutdown_start_time_seconds', help: 'Last graceful shutdown start time since unix epoch in seconds' }, () => seconds(this.shutdownTimes, 'startMs'));
  readonly #shutdownEnd = new Gauge({ name: 'kubelet_graceful_shutdown_end_time_seconds', help: 'Last graceful shutdown start time since unix epoch in seconds' }, () => seconds(this.shutdownTimes, 'endMs'));
  readonly #nodeName: Metric;

  constructor(nodeName: string) {
    this.#nodeName = new Gauge({ name: 'kubelet_node_name', help: "The node's name. The count is always 1." }, () => [[`node="${nodeName}"`, 1]]);
    // Counters without labels are there from the start.
    for (const counter of [this.httpFallbacks, this.startedPods]) counter.add('', 0);
  }

  text(): string {
    return [this.evictions, this.#shutdownEnd, this.#shutdownStart, this.httpFallbacks, this.#nodeName, this.workerSeconds, this.preemptions, this.operationSeconds, this.operationErrors, this.operations, this.startedContainerErrors, this.startedContainers, this.startedPods]
      .map((metric) => metric.text()).join('');
  }
}

/** 0 for what has not happened. */
function seconds(times: KubeletMetrics['shutdownTimes'], name: 'startMs' | 'endMs'): [string, number][] {
  return times ? [['', (times[name] ?? 0) / 1000]] : [];
}
