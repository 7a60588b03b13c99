import type { Clock } from '../../base/clock.ts';
import { type Distribution, Histogram, type Metric } from '../../base/metrics.ts';

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

type StepType = 'admit' | 'validate';
type SeriesByStep = Readonly<Record<StepType, Map<string, Distribution>>>;

/** How long admission takes a write, all plugins together, in the names of kube-apiserver's metrics. Source: apiserver pkg/admission/metrics. */
export class AdmissionStepMetrics implements Metric {
  readonly #clock: Clock;
  readonly #steps = new Histogram({ name: 'apiserver_admission_step_admission_duration_seconds', help: 'Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).', stability: 'STABLE' }, SECONDS);

  readonly #passed: SeriesByStep = { admit: new Map(), validate: new Map() };
  readonly #refused: SeriesByStep = { admit: new Map(), validate: new Map() };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does a step; what it throws is a refusal, and goes on. */
  measure(type: StepType, operation: string, step: () => Promise<void> | undefined): Promise<void> | undefined {
    const startMs = this.#clock.monotonic();
    let pending: Promise<void> | undefined;
    try {
      pending = step();
    } catch (error) {
      this.#ended(type, operation, { rejected: true, startMs });
      throw error;
    }
    if (pending) return this.#wait(pending, (rejected) => this.#ended(type, operation, { rejected, startMs }));
    this.#ended(type, operation, { rejected: false, startMs });
    return undefined;
  }

  async #wait(pending: Promise<void>, ended: (rejected: boolean) => void): Promise<void> {
    let rejected = true;
    try {
      await pending;
      rejected = false;
    } finally {
      ended(rejected);
    }
  }

  #ended(type: StepType, operation: string, { rejected, startMs }: { rejected: boolean; startMs: number }): void {
    this.#seriesOf(type, operation, rejected).observe((this.#clock.monotonic() - startMs) / 1000);
  }

  #seriesOf(type: StepType, operation: string, rejected: boolean): Distribution {
    const known = (rejected ? this.#refused : this.#passed)[type];
    let series = known.get(operation);
    if (!series) known.set(operation, (series = this.#steps.with(`operation="${operation}",rejected="${rejected}",type="${type}"`)));
    return series;
  }

  text(): string {
    return this.#steps.text();
  }
}
