/** Source: kubernetes pkg/apis/core/validation, ValidateNamespace and ValidateNamespaceStatusUpdate. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Namespace } from '../generated/core-v1.ts';

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export function validateNamespace({ spec }: DeepReadonly<Namespace>, errors: FieldErrors): void {
  for (const name of spec.finalizers ?? []) validateFinalizer(name, FieldPath.of('spec.finalizers'), errors);
}

export function validateNamespaceFinalize({ spec }: DeepReadonly<Namespace>, errors: FieldErrors): void {
  spec.finalizers?.forEach((name, i) => validateFinalizer(name, FieldPath.of('spec.finalizers').index(i), errors));
}

function validateFinalizer(name: string, path: FieldPath, errors: FieldErrors): void {
  addInvalid(errors, path, name, isQualifiedName(name));
  if (!name.includes('/') && !standardFinalizers.has(name)) errors.invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified');
}

export function validateNamespaceStatus({ metadata, status }: DeepReadonly<Namespace>, _old: DeepReadonly<Namespace>, errors: FieldErrors): void {
  const path = FieldPath.of('status.Phase');
  const phase = status.phase ?? '';
  if (metadata.deletionTimestamp === undefined) {
    if (phase !== 'Active') errors.invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty");
  } else if (phase !== 'Terminating') errors.invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
}
