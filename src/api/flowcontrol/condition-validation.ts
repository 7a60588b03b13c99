import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../generated/flowcontrol-v1.ts';

/** Each type of condition once, and never without one. Source: pkg/apis/flowcontrol/validation, ValidateFlowSchemaStatus. */
export function validateConditions({ status }: DeepReadonly<FlowSchema | PriorityLevelConfiguration>, _old: unknown, errors: FieldErrors): void {
  const types = (status.conditions ?? []).map(({ type }) => type ?? '');
  types.forEach((type, i) => {
    const path = FieldPath.of('status.conditions').index(i).child('type');
    if (types.indexOf(type) < i) errors.duplicate(path, type);
    if (type === '') errors.required(path, 'must not be empty');
  });
}
