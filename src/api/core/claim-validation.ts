/** Claims of storage, in their own objects and in templates of them. Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeClaimSpec. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import { compareQuantities, formatQuantity, parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { addInvalid, POSITIVE_TEXT } from '../../apimachinery/validation/values.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';

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
  validateSources(spec, path, errors);
  if (volumeAttributesClassName) addInvalid(errors, path.child('volumeAttributesClassName'), volumeAttributesClassName, isDns1123Subdomain(volumeAttributesClassName));
}

/** The older and the newer field must say the same; of another namespace only the newer one can tell. Messages show the path of a field as Go writes it: as nothing. */
function validateSources({ dataSource, dataSourceRef }: DeepReadonly<PersistentVolumeClaimSpec>, path: FieldPath, errors: FieldErrors): void {
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace) errors.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified');
  else if (dataSource.kind !== dataSourceRef.kind || dataSource.name !== dataSourceRef.name || (dataSource.apiGroup ?? '') !== (dataSourceRef.apiGroup ?? '')) errors.invalid(path, {}, 'must match dataSourceRef');
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

const SPEC = FieldPath.of('spec');

export function validateClaim({ spec }: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  validateClaimSpec(spec, SPEC, errors);
}

/** A claim's spec is frozen, but for what the binder and an expansion write. */
export function validateClaimUpdate(claim: DeepReadonly<PersistentVolumeClaim>, old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  const spec = copyOf(claim.spec);
  const before = old.spec;
  if (!before.volumeName) setOrDelete(spec, 'volumeName', before.volumeName);
  if (before.storageClassName === undefined) delete spec.storageClassName;
  const isBound = old.status.phase === 'Bound';
  const storage = before.resources.requests?.['storage'];
  if (isBound && storage !== undefined && spec.resources.requests?.['storage'] !== undefined) spec.resources.requests['storage'] = storage;
  setOrDelete(spec, 'volumeAttributesClassName', before.volumeAttributesClassName);
  const [was, is] = [goForm('core.v1.PersistentVolumeClaimSpec', before), goForm('core.v1.PersistentVolumeClaimSpec', spec)];
  if (JSON.stringify(was) !== JSON.stringify(is)) {
    errors.forbidden(SPEC, `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${jsonDiff(was, is)}`);
  }
  validateShrinking(claim, old, errors);
  if (claim.spec.volumeMode !== before.volumeMode) errors.invalid(SPEC.child('volumeMode'), claim.spec.volumeMode ?? null, IMMUTABLE);
}

function setOrDelete(spec: PersistentVolumeClaimSpec, name: 'volumeName' | 'volumeAttributesClassName', value: string | undefined): void {
  if (value === undefined) delete spec[name];
  else spec[name] = value;
}

/** A failed expansion may be taken back, down to what the volume has. */
function validateShrinking(claim: DeepReadonly<PersistentVolumeClaim>, old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  const now = claim.spec.resources.requests?.['storage'];
  const before = old.spec.resources.requests?.['storage'];
  if (now === undefined || before === undefined || compareQuantities(parseQuantity(now), parseQuantity(before)) >= 0) return;
  const capacity = old.status.capacity?.['storage'];
  if (capacity !== undefined && compareQuantities(parseQuantity(now), parseQuantity(capacity)) > 0) return;
  errors.forbidden(SPEC.child('resources', 'requests', 'storage'), 'field can not be less than status.capacity');
}

export function validateClaimStatus({ spec, status }: DeepReadonly<PersistentVolumeClaim>, _old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  if ((spec.accessModes ?? []).length === 0) errors.required(SPEC.child('accessModes'));
  for (const part of ['capacity', 'allocatedResources'] as const) {
    for (const [name, value] of Object.entries(status[part] ?? {})) {
      const quantity = parseQuantity(value);
      const at = FieldPath.of('status').child(part).key(name);
      if (quantity.nanos < 0n) errors.invalid(at, wholeValue(quantity), 'must be a valid resource quantity');
      else if (part === 'allocatedResources' && name !== 'storage') errors.invalid(at, formatQuantity(quantity), 'must be a standard resource type or fully qualified');
    }
  }
}
