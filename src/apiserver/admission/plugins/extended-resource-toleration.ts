import type { Pod } from '../../../api/generated/core-v1.ts';
import { isExtendedResource } from '../../../api/core/pod-spec/resources.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor } from '../refusal.ts';

/** Pods that ask for an extended resource tolerate the taint of the nodes kept for it. Source: kubernetes plugin/pkg/admission/extendedresourcetoleration. */
export class ExtendedResourceToleration implements AdmissionPlugin {
  readonly name = 'ExtendedResourceToleration';

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && isFor(attributes, '', 'pods');
  }

  admit({ object }: AdmissionAttributes): void {
    const { spec } = object as Pod;
    const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    const asked = new Set(containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter(isExtendedResource));
    const tolerations = spec.tolerations ?? [];
    for (const key of [...asked].sort()) {
      if (!tolerations.some((one) => one.key === key && one.operator === 'Exists' && one.effect === 'NoSchedule')) tolerations.push({ key, operator: 'Exists', effect: 'NoSchedule' });
    }
    if (tolerations.length > 0) spec.tolerations = tolerations;
  }
}
