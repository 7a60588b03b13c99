/** Source: kubernetes pkg/api/storage/util.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { deprecatedLabel } from '../core/node-selector-warnings.ts';
import type { CSIStorageCapacity, StorageClass } from '../generated/storage-v1.ts';

export function storageClassWarnings({ allowedTopologies }: DeepReadonly<StorageClass>): string[] {
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const message = deprecatedLabel(key);
      return message === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${message}`];
    }));
}

export function storageCapacityWarnings({ nodeTopology }: DeepReadonly<CSIStorageCapacity>): string[] {
  const ofExpressions = (nodeTopology?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const message = deprecatedLabel(key);
    return message === undefined ? [] : [`nodeTopology.matchExpressions[${i}].key: ${key} is ${message}`];
  });
  const ofLabels = Object.keys(nodeTopology?.matchLabels ?? {}).sort().flatMap((label) => {
    const message = deprecatedLabel(label);
    return message === undefined ? [] : [`nodeTopology.matchLabels.${label}: ${message}`];
  });
  return [...ofExpressions, ...ofLabels];
}
