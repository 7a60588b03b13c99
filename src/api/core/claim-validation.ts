/** Claims of storage, in their own objects and in templates of them. Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeClaimSpec. */
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { addInvalid, POSITIVE_TEXT } from '../../apimachinery/validation/values.ts';
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '../generated/core-v1.ts';

export const accessModes: ReadonlySet<string> = new Set(['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']);
export const volumeModes: ReadonlySet<string> = new Set(['Block', 'Filesystem']);

export function validateAccessModes(modes: readonly string[] | undefined, path: FieldPath, errors: FieldErrors): void {
  for (const mode of modes ?? []) if (!accessModes.has(mode)) errors.notSupported(path, mode, accessModes);
  if (modes?.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
  }
}

export function validateClaimTemplate({ metadata, spec }: DeepReadonly<PersistentVolumeClaimTemplate>, path: FieldPath, errors: FieldErrors): void {
  validateLabels(metadata?.labels, path.child('metadata', 'labels'), errors);
  validateAnnotations(metadata?.annotations, path.child('metadata', 'annotations'), errors);
  validateClaimSpec(spec, path.child('spec'), errors);
}

export function validateClaimSpec(spec: DeepReadonly<PersistentVolumeClaimSpec>, path: FieldPath, errors: FieldErrors): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.required(path.child('accessModes'), 'at least 1 access mode is required');
  validateLabelSelector(spec.selector, path.child('selector'), errors);
  validateAccessModes(modes, path.child('accessModes'), errors);
  const storage = spec.resources?.requests?.['storage'];
  const storagePath = path.child('resources').key('storage');
  if (storage === undefined) errors.required(storagePath);
  else if (parseQuantity(storage).nanos <= 0n) errors.invalid(storagePath, String(storage), POSITIVE_TEXT);
  const { storageClassName, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName } = spec;
  if (storageClassName) addInvalid(errors, path.child('storageClassName'), storageClassName, isDns1123Subdomain(storageClassName));
  if (volumeMode !== undefined && !volumeModes.has(volumeMode)) errors.notSupported(path.child('volumeMode'), volumeMode, volumeModes);
  if (dataSource) validateSource(dataSource, path.child('dataSource'), errors);
  if (dataSourceRef) validateSource(dataSourceRef, path.child('dataSourceRef'), errors);
  if (volumeAttributesClassName) addInvalid(errors, path.child('volumeAttributesClassName'), volumeAttributesClassName, isDns1123Subdomain(volumeAttributesClassName));
}

interface SourceReference {
  readonly apiGroup?: string | null;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

function validateSource({ apiGroup, kind, name, namespace }: SourceReference, path: FieldPath, errors: FieldErrors): void {
  if (!name) errors.required(path.child('name'));
  if (!kind) errors.required(path.child('kind'));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') errors.invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  if (apiGroup) addInvalid(errors, path.child('apiGroup'), apiGroup, isDns1123Subdomain(apiGroup));
  if (namespace) addInvalid(errors, path.child('namespace'), namespace, isDns1123Label(namespace));
}
