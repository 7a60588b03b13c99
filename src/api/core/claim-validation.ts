/** Claims of storage, in their own objects and in templates of them. Source: kubernetes pkg/apis/core/validation, ValidatePersistentVolumeClaimSpec. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import { compareQuantities, formatQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateAnnotations, validateLabels, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { IMMUTABLE, semanticallyEqual, validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { NOT_NEGATIVE } from '../../apimachinery/validation/numbers.ts';
import { addInvalid, POSITIVE_TEXT } from '../../apimachinery/validation/values.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { isNativeResource } from './pod-spec/resources.ts';
import { CLASS_ANNOTATION, validateBasicResource } from './storage-rules.ts';

export const accessModes: ReadonlySet<string> = new Set(['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']);
export const volumeModes: ReadonlySet<string> = new Set(['Block', 'Filesystem']);

export function validateAccessModes(modes: readonly string[] | undefined, path: FieldPath, errors: FieldErrors): void {
  for (const mode of modes ?? []) if (!accessModes.has(mode)) errors.notSupported(path, mode, accessModes);
  if (modes?.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.has(mode))) {
    errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
  }
}

export function validateClaimTemplate({ metadata, spec }: DeepReadonly<PersistentVolumeClaimTemplate>, path: FieldPath, errors: FieldErrors): void {
  validateAnnotations(metadata?.annotations, path.child('metadata', 'annotations'), errors);
  validateLabels(metadata?.labels, path.child('metadata', 'labels'), errors);
  for (const name in metadata) if (name !== 'labels' && name !== 'annotations') errors.forbidden(path.child('metadata', name === 'uid' ? 'uID' : name), 'cannot be set');
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
  else if (parseQuantity(storage).nanos <= 0n) errors.invalid(storagePath, formatQuantity(parseQuantity(storage)), POSITIVE_TEXT);
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
  else if (dataSource.kind !== dataSourceRef.kind || dataSource.name !== dataSourceRef.name || (dataSource.apiGroup ?? undefined) !== (dataSourceRef.apiGroup ?? undefined)) errors.invalid(path, {}, 'must match dataSourceRef');
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
  const before = copyOf(old.spec);
  if (!before.volumeName) setOrDelete(before, 'volumeName', spec.volumeName);
  validateClassUpdate(claim, old, spec, errors);
  const storage = before.resources.requests?.['storage'];
  if (claim.status.phase === 'Bound') {
    if (spec.resources.requests) spec.resources.requests['storage'] = storage ?? '0';
    setOrDelete(spec, 'volumeAttributesClassName', before.volumeAttributesClassName);
  }
  const [was, is] = [goForm('core.v1.PersistentVolumeClaimSpec', before), goForm('core.v1.PersistentVolumeClaimSpec', spec)];
  if (!semanticallyEqual(was, is)) {
    errors.forbidden(SPEC, `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${jsonDiff(was, is)}`);
  }
  validateShrinking(claim, old, errors);
  validateImmutable(claim.spec.volumeMode, old.spec.volumeMode, FieldPath.of('volumeMode'), errors, claim.spec.volumeMode ?? null);
  validateAttributesUpdate(claim, old, errors);
}

/** A claim without class may get one: what its annotation says, if it says something. */
function validateClassUpdate(now: DeepReadonly<PersistentVolumeClaim>, old: DeepReadonly<PersistentVolumeClaim>, spec: PersistentVolumeClaimSpec, errors: FieldErrors): void {
  const [annotation, oldAnnotation] = [now, old].map(({ metadata }) => metadata.annotations?.[CLASS_ANNOTATION]);
  const { storageClassName } = now.spec;
  const isNew = old.spec.storageClassName === undefined && storageClassName !== undefined;
  const isUpgrade = isNew && oldAnnotation === storageClassName && (annotation === undefined || annotation === oldAnnotation);
  if (isUpgrade || (isNew && (oldAnnotation === undefined || oldAnnotation === storageClassName))) delete spec.storageClassName;
  if (!isUpgrade && (annotation ?? '') !== (oldAnnotation ?? '')) errors.invalid(FieldPath.of(`metadata.annotations.${CLASS_ANNOTATION}`), annotation ?? '', IMMUTABLE);
}

/** A class may be taken back only until a driver has made the volume so. */
function validateAttributesUpdate(now: DeepReadonly<PersistentVolumeClaim>, old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  const name = now.spec.volumeAttributesClassName;
  if (name || name === old.spec.volumeAttributesClassName || old.status.currentVolumeAttributesClassName === undefined) return;
  errors.forbidden(SPEC.child('volumeAttributesClassName'), `update to ${name === '' ? 'empty string' : 'nil'} is forbidden when status.currentVolumeAttributesClassName is not nil`);
}

function setOrDelete(spec: PersistentVolumeClaimSpec, name: 'volumeName' | 'volumeAttributesClassName', value: string | undefined): void {
  if (value === undefined) delete spec[name];
  else spec[name] = value;
}

/** A failed expansion may be taken back, down to what the volume has. */
function validateShrinking(claim: DeepReadonly<PersistentVolumeClaim>, old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  const [now, before, capacity] = [claim.spec.resources.requests, old.spec.resources.requests, old.status.capacity].map((list) => parseQuantity(list?.['storage'] ?? '0'));
  if (!now || !before || !capacity || compareQuantities(now, before) >= 0 || compareQuantities(now, capacity) > 0) return;
  errors.forbidden(SPEC.child('resources', 'requests', 'storage'), 'field can not be less than status.capacity');
}

const STATUS = FieldPath.of('status');
const resizeStates: ReadonlySet<string> = new Set(['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizePending', 'NodeResizeInProgress', 'NodeResizeInfeasible']);

export function validateClaimStatus({ spec, status }: DeepReadonly<PersistentVolumeClaim>, _old: DeepReadonly<PersistentVolumeClaim>, errors: FieldErrors): void {
  if ((spec.accessModes ?? []).length === 0) errors.required(FieldPath.of('Spec.accessModes'));
  for (const [name, value] of Object.entries(status.capacity ?? {})) validateBasicResource(parseQuantity(value), STATUS.child('capacity').key(name), errors);
  const path = STATUS.child('allocatedResourceStatuses');
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    validateResourceKey(name, path, errors);
    if (!resizeStates.has(state)) errors.notSupported(path, name, resizeStates);
  }
  for (const [name, value] of Object.entries(status.allocatedResources ?? {})) {
    const at = STATUS.child('allocatedResources');
    const quantity = parseQuantity(value);
    if (!validateResourceKey(name, at, errors) || !validateBasicResource(quantity, at.key(name), errors)) continue;
    if (quantity.nanos < 0n) errors.invalid(at.key(name), formatQuantity(quantity), NOT_NEGATIVE);
  }
}

/** Of Kubernetes' own names there is only `storage`. */
function validateResourceKey(name: string, path: FieldPath, errors: FieldErrors): boolean {
  const texts = isQualifiedName(name);
  addInvalid(errors, path, name, texts);
  const isForeign = texts.length === 0 && isNativeResource(name) && name !== 'storage';
  if (isForeign) errors.notSupported(path, name, ['storage']);
  return texts.length === 0 && !isForeign;
}
