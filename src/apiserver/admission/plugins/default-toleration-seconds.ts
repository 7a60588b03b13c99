import type { Pod, Toleration } from '../../../api/generated/core-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Pods that say nothing of broken nodes stay on them for a while. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';
  readonly #seconds: number;

  /** `--default-not-ready-toleration-seconds`, and the same for unreachable. */
  constructor(seconds = 300) {
    this.#seconds = seconds;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'pods');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Pod;
    const given = spec.tolerations ?? [];
    const missing = KEYS.filter((key) => !given.some((one) => isAbout(one, key)));
    if (missing.length === 0) return;
    spec.tolerations = [...given, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: this.#seconds }))];
  }
}

function isAbout({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}
