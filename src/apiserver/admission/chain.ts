import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';

/** Admission plugins in their order: all that change an object before all that only look at it. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  /** Lets the plugins change `attributes.object`. Throws what a plugin throws. */
  async admit(attributes: AdmissionAttributes): Promise<void> {
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

  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.#plugins) {
      if (!plugin.validate || !plugin.handles(attributes.operation, attributes)) continue;
      const pending = plugin.validate(attributes);
      if (pending) await pending;
    }
  }
}
