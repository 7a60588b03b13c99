import type { Clock } from '../base/clock.ts';
import { Counter, Distribution, Gauge, histogramText } from '../base/metrics.ts';

/** 10 ns to 1000 s, as Kubernetes measures queues. */
const SECONDS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

/** How a work queue fares. Source: component-base metrics/prometheus/workqueue. */
export class QueueMetrics {
  readonly #clock: Clock;
  readonly #addedMs = new Map<string, number>();
  readonly #startedMs = new Map<string, number>();
  readonly waits = new Distribution(SECONDS);
  readonly work = new Distribution(SECONDS);
  adds = 0;
  retries = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  added(key: string): void {
    this.adds++;
    this.#addedMs.set(key, this.#clock.monotonic());
  }

  taken(key: string): void {
    const nowMs = this.#clock.monotonic();
    this.waits.observe((nowMs - (this.#addedMs.get(key) ?? nowMs)) / 1000);
    this.#addedMs.delete(key);
    this.#startedMs.set(key, nowMs);
  }

  done(key: string): void {
    const startedMs = this.#startedMs.get(key);
    if (startedMs === undefined) return;
    this.work.observe((this.#clock.monotonic() - startedMs) / 1000);
    this.#startedMs.delete(key);
  }

  /** Seconds that keys under work have taken: each. */
  get unfinished(): number[] {
    const nowMs = this.#clock.monotonic();
    return [...this.#startedMs.values()].map((startedMs) => (nowMs - startedMs) / 1000);
  }
}

export interface NamedQueue {
  readonly name: string;
  readonly depth: number;
  readonly metrics: QueueMetrics;
}

/** The metrics of several queues, in the names of kube-controller-manager's metrics. */
export function queueMetricsText(queues: readonly NamedQueue[]): string {
  const label = ({ name }: NamedQueue): string => `name="${name}"`;
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Total number of adds handled by workqueue' });
  const retries = new Counter({ name: 'workqueue_retries_total', help: 'Total number of retries handled by workqueue' });
  for (const queue of queues) {
    adds.add(label(queue), queue.metrics.adds);
    retries.add(label(queue), queue.metrics.retries);
  }
  const gauge = (name: string, help: string, value: (queue: NamedQueue) => number): string => new Gauge({ name, help }, () => queues.map((queue) => [label(queue), value(queue)] as const)).text();
  return [
    adds.text(), retries.text(),
    gauge('workqueue_depth', 'Current depth of workqueue', ({ depth }) => depth),
    gauge('workqueue_unfinished_work_seconds', 'How many seconds of work has done that is in progress and hasn\'t been observed by work_duration.', ({ metrics }) => metrics.unfinished.reduce((sum, one) => sum + one, 0)),
    gauge('workqueue_longest_running_processor_seconds', 'How many seconds has the longest running processor for workqueue been running.', ({ metrics }) => Math.max(0, ...metrics.unfinished)),
    histogramText({ name: 'workqueue_queue_duration_seconds', help: 'How long in seconds an item stays in workqueue before being requested.' }, queues.map((queue) => [label(queue), queue.metrics.waits] as const)),
    histogramText({ name: 'workqueue_work_duration_seconds', help: 'How long in seconds processing an item from workqueue takes.' }, queues.map((queue) => [label(queue), queue.metrics.work] as const)),
  ].join('');
}
