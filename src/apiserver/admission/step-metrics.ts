import type { Clock } from '../../base/clock.ts';
import { Histogram, type Metric } from '../../base/metrics.ts';

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

/** How long admission takes a write, all plugins together, in the names of kube-apiserver's metrics. Source: apiserver pkg/admission/metrics. */
export class AdmissionStepMetrics implements Metric {
  readonly #clock: Clock;
  readonly #steps = new Histogram({ name: 'apiserver_admission_step_admission_duration_seconds', help: 'Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).', stability: 'STABLE' }, SECONDS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does a step; what it throws is a refusal, and goes on. */
  async measure(type: 'admit' | 'validate', operation: string, step: () => Promise<void>): Promise<void> {
    const startMs = this.#clock.monotonic();
    let rejected = true;
    try {
      await step();
      rejected = false;
    } finally {
      this.#steps.with(`operation="${operation}",rejected="${rejected}",type="${type}"`).observe((this.#clock.monotonic() - startMs) / 1000);
    }
  }

  text(): string {
    return this.#steps.text();
  }
}
