import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';
import type { AdmissionStepMetrics } from './step-metrics.ts';

/** Admission plugins in their order: all that change an object before all that only look at it. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  readonly #metrics: AdmissionStepMetrics | undefined;

  constructor(plugins: readonly AdmissionPlugin[], metrics?: AdmissionStepMetrics) {
    this.#plugins = plugins;
    this.#metrics = metrics;
  }

  /** Lets the plugins change `attributes.object`. Throws what a plugin throws. */
  admit(attributes: AdmissionAttributes): Promise<void> {
    return this.#metrics ? this.#metrics.measure('admit', attributes.operation, () => this.#admit(attributes)) : this.#admit(attributes);
  }

  validate(attributes: AdmissionAttributes): Promise<void> {
    return this.#metrics ? this.#metrics.measure('validate', attributes.operation, () => this.#validate(attributes)) : this.#validate(attributes);
  }

  async #admit(attributes: AdmissionAttributes): Promise<void> {
    attributes.reinvocation = { isNeeded: false, isSecondRound: false };
    await this.#admitOnce(attributes);
    if (!attributes.reinvocation.isNeeded) return;
    attributes.reinvocation = { isNeeded: false, isSecondRound: true };
    await this.#admitOnce(attributes);
  }

  async #admitOnce(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins) {
      if (!plugin.admit || !plugin.handles(attributes.operation, attributes)) continue;
      const pending = plugin.admit(attributes);
      if (pending) await pending;
    }
  }

  async #validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins) {
      if (!plugin.validate || !plugin.handles(attributes.operation, attributes)) continue;
      const pending = plugin.validate(attributes);
      if (pending) await pending;
    }
  }
}
