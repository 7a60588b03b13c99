import type { Node } from '../../../api/generated/core-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A new node takes no pods until its conditions have been seen. */
export class TaintNodesByCondition implements AdmissionPlugin {
  readonly name = 'TaintNodesByCondition';

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, '', 'nodes');
  }

  admit(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Node;
    if (spec.taints?.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return;
    spec.taints = [...(spec.taints ?? []), { ...NOT_READY }];
  }
}
