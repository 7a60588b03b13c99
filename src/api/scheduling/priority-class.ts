import { ageColumn, booleanColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PriorityClass } from '../generated/scheduling-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validatePriorityClass, validatePriorityClassUpdate } from './validation.ts';
import { changesAndSpec } from '../update-orders.ts';

export const priorityClass: KindDefinition<PriorityClass> = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io', kind: 'PriorityClass', resource: 'priorityclasses', namespaced: false, shortNames: ['pc'],
  versions: [{ version: 'v1', message: 'scheduling.v1.PriorityClass' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  // Set to 1 when it is created and never counted on: nothing that matters of a priority class can change.
  generationOf: () => null,
  default(object) {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  // The system's own classes would not pass as anybody's update.
  validateCreate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
  columns: [
    nameColumn,
    integerColumn('Value', 'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.', (object) => object.value ?? 0),
    booleanColumn('Global-Default', 'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.', (object) => object.globalDefault ?? false),
    ageColumn,
    textColumn('PreemptionPolicy', 'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.', (object) => object.preemptionPolicy ?? ''),
  ],
});
