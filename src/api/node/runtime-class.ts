import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { deprecatedLabel } from '../core/node-selector-warnings.ts';
import { defineKind } from '../define-kind.ts';
import type { RuntimeClass } from '../generated/node-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateRuntimeClass } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

export const runtimeClass: KindDefinition<RuntimeClass> = defineKind<RuntimeClass>({
  group: 'node.k8s.io', kind: 'RuntimeClass', resource: 'runtimeclasses', namespaced: false,
  versions: [{ version: 'v1', message: 'node.v1.RuntimeClass' }],
  updateRules: anewThenChanges,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate: validateRuntimeClass,
  validateUpdate: (object, old, errors) => validateImmutable(object.handler, old.handler, FieldPath.of('handler'), errors),
  warnings: ({ scheduling }) => Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const message = deprecatedLabel(key);
    return message === undefined ? [] : [`scheduling.nodeSelector: ${message}`];
  }),
  columns: [nameColumn, textColumn('Handler', '', (object) => object.handler), ageColumn],
});
