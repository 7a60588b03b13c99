/** Lists in the metadata of objects, and of objects within them; `metadata` is where it is. Source: apimachinery pkg/api/validation, objectmeta.go, and pkg/apis/meta/v1/validation. */
import type { DeepReadonly, ManagedFieldsEntry, OwnerReference } from '../meta.ts';
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { isQualifiedName } from './labels.ts';
import { validateManagerName } from './manager-names.ts';

/** Of `group/version` or a version alone; a text that is neither has none. */
function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : (parts.at(-1) ?? '');
}

export function validateOwnerReferences(references: DeepReadonly<OwnerReference[]>, metadata: FieldPath, errors: FieldErrors): void {
  const path = metadata.child('ownerReferences');
  let controller: string | undefined;
  // Messages name the list, not the place in it.
  for (const reference of references) {
    const { apiVersion = '', kind = '', name: owner = '', uid = '' } = reference as Partial<OwnerReference>;
    if (versionOf(apiVersion) === '') errors.invalid(path.child('apiVersion'), apiVersion, 'version must not be empty');
    for (const [field, value] of [['kind', kind], ['name', owner], ['uid', uid]] as const) if (value === '') errors.invalid(path.child(field), value, 'must not be empty');
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') errors.invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner');
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = name;
    else {
      errors.invalid(path, references, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`);
    }
  }
}

export function validateFinalizers(finalizers: readonly string[], metadata: FieldPath, errors: FieldErrors): void {
  if (finalizers.length === 0) return;
  const path = metadata.child('finalizers');
  for (const finalizer of finalizers) for (const message of isQualifiedName(finalizer)) errors.invalid(path, finalizer, message);
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

export function validateManagedFields(entries: DeepReadonly<ManagedFieldsEntry[]>, metadata: FieldPath, errors: FieldErrors): void {
  entries.forEach((entry, i) => {
    const at = metadata.child('managedFields').index(i);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') errors.invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`');
    if ((entry.fieldsType ?? '') !== '' && entry.fieldsType !== 'FieldsV1') errors.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`');
    validateManagerName(entry.manager ?? '', at.child('manager'), errors);
    if (Buffer.byteLength(entry.subresource ?? '') > 256) errors.tooLong(at.child('subresource'), 256);
  });
}
