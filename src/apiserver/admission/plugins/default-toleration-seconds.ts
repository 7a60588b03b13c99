import type { Pod, Toleration } from '../../../api/generated/core-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

/** How long pods stay on nodes that are not ready, and on those that cannot be reached. */
export interface TolerationSeconds {
  readonly notReady: number;
  readonly unreachable: number;
}

/** Pods that say nothing of broken nodes stay on them for a while. */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = 'DefaultTolerationSeconds';
  readonly #seconds: readonly (readonly [taint: string, seconds: number])[];

  /** `--default-not-ready-toleration-seconds` and `--default-unreachable-toleration-seconds`. */
  constructor({ notReady, unreachable }: TolerationSeconds = { notReady: 300, unreachable: 300 }) {
    this.#seconds = [['node.kubernetes.io/not-ready', notReady], ['node.kubernetes.io/unreachable', unreachable]];
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'pods');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Pod;
    const given = spec.tolerations ?? [];
    const missing = this.#seconds.filter(([key]) => !given.some((one) => isAbout(one, key)));
    if (missing.length === 0) return;
    spec.tolerations = [...given, ...missing.map(([key, tolerationSeconds]) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }))];
  }
}

function isAbout({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}
