import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { defineKind } from '../define-kind.ts';
import type { Binding } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';

/** Only nodes are bound to. Source: pkg/apis/core/validation, ValidatePodBinding. */
export function validateBinding({ target }: DeepReadonly<Binding>, errors: FieldErrors): void {
  const path = FieldPath.of('target');
  if (target.kind && target.kind !== 'Node') errors.notSupported(path.child('kind'), target.kind, ['Node', '<empty>']);
  if (!target.name) errors.required(path.child('name'));
}

/** An order to a node, written as a create; it is never stored by itself. */
export const binding: KindDefinition<Binding> = defineKind<Binding>({
  group: '', kind: 'Binding', resource: 'bindings', namespaced: true,
  stored: false,
  versions: [{ version: 'v1', message: 'core.v1.Binding' }],
  verbs: ['create'],
  validate: validateBinding,
});
