import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';
import type { AdmissionStepMetrics } from './step-metrics.ts';

type Step = (plugin: AdmissionPlugin, attributes: AdmissionAttributes) => void | Promise<void>;

const admitStep: Step = (plugin, attributes) => plugin.admit?.(attributes);
const validateStep: Step = (plugin, attributes) => plugin.validate?.(attributes);

/** Admission plugins in their order: all that change an object before all that only look at it. */
export class AdmissionChain {
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];
  readonly #metrics: AdmissionStepMetrics | undefined;

  constructor(plugins: readonly AdmissionPlugin[], metrics?: AdmissionStepMetrics) {
    this.#mutating = plugins.filter((plugin) => 'admit' in plugin);
    this.#validating = plugins.filter((plugin) => 'validate' in plugin);
    this.#metrics = metrics;
  }

  /** Lets the plugins change `attributes.object`. Throws, or rejects with, what a plugin throws. A promise only when a plugin has to wait. */
  admit(attributes: AdmissionAttributes): Promise<void> | undefined {
    return this.#metrics ? this.#metrics.measure('admit', attributes.operation, () => this.#admit(attributes)) : this.#admit(attributes);
  }

  /** As `admit`; nothing is changed. */
  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    const validate = (): Promise<void> | undefined => inTurn(this.#validating, 0, validateStep, attributes);
    return this.#metrics ? this.#metrics.measure('validate', attributes.operation, validate) : validate();
  }

  #admit(attributes: AdmissionAttributes): Promise<void> | undefined {
    attributes.reinvocation = { isNeeded: false, isSecondRound: false };
    const pending = inTurn(this.#mutating, 0, admitStep, attributes);
    return pending ? pending.then(() => this.#admitAgain(attributes)) : this.#admitAgain(attributes);
  }

  #admitAgain(attributes: AdmissionAttributes): Promise<void> | undefined {
    if (!attributes.reinvocation?.isNeeded) return undefined;
    attributes.reinvocation = { isNeeded: false, isSecondRound: true };
    return inTurn(this.#mutating, 0, admitStep, attributes);
  }
}

/** A closure in the loop itself would make each of its rounds cost memory. */
async function inTurnAfter(pending: Promise<void>, ...rest: Parameters<typeof inTurn>): Promise<void> {
  await pending;
  await inTurn(...rest);
}

/** One plugin after the other, beginning with that at `from`. */
function inTurn(plugins: readonly AdmissionPlugin[], from: number, step: Step, attributes: AdmissionAttributes): Promise<void> | undefined {
  for (let i = from; i < plugins.length; i++) {
    const plugin = plugins[i];
    if (!plugin?.handles(attributes.operation, attributes)) continue;
    const pending = step(plugin, attributes);
    if (pending) return inTurnAfter(pending, plugins, i + 1, step, attributes);
  }
  return undefined;
}
