import type { DeepReadonly, KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateAnnotations, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import type { KindDefinition } from '../../api/kind.ts';

type ReadonlyMeta = DeepReadonly<ObjectMeta>;
const METADATA = FieldPath.of('metadata');

/** What holds for the metadata of every object. Source: apimachinery pkg/api/validation, ValidateObjectMeta. */
export function validateMetadata(object: DeepReadonly<KubeObject>, kind: KindDefinition, errors: FieldErrors): void {
  const { metadata } = object;
  if (metadata.generateName) for (const message of kind.validateName(metadata.generateName, true)) errors.invalid(METADATA.child('generateName'), metadata.generateName, message);
  if (!metadata.name) errors.required(METADATA.child('name'), 'name or generateName is required');
  else for (const message of kind.validateName(metadata.name, false)) errors.invalid(METADATA.child('name'), metadata.name, message);
  if (kind.namespaced) {
    if (!metadata.namespace) errors.required(METADATA.child('namespace'));
    else for (const message of isDns1123Label(metadata.namespace)) errors.invalid(METADATA.child('namespace'), metadata.namespace, message);
  } else if (metadata.namespace) errors.forbidden(METADATA.child('namespace'), 'not allowed on this type');
  validateRest(metadata, kind, errors);
}

function validateRest(metadata: ReadonlyMeta, kind: KindDefinition, errors: FieldErrors): void {
  if ((metadata.generation ?? 0) < 0) errors.invalid(METADATA.child('generation'), metadata.generation, 'must be greater than or equal to 0');
  validateLabels(metadata.labels, METADATA.child('labels'), errors);
  validateAnnotations(metadata.annotations, METADATA.child('annotations'), errors);
  validateOwnerReferences(metadata.ownerReferences ?? [], errors);
  validateFinalizers(metadata.finalizers ?? [], kind, errors);
  validateManagedFields(metadata.managedFields ?? [], errors);
}

function validateOwnerReferences(references: DeepReadonly<OwnerReference[]>, errors: FieldErrors): void {
  const path = METADATA.child('ownerReferences');
  let controller: string | undefined;
  references.forEach((reference, i) => {
    const at = path.index(i);
    if (!reference.apiVersion) errors.invalid(at.child('apiVersion'), reference.apiVersion, 'version must not be empty');
    if (!reference.kind) errors.invalid(at.child('kind'), reference.kind, 'must not be empty');
    if (!reference.name) errors.invalid(at.child('name'), reference.name, 'must not be empty');
    if (!reference.uid) errors.invalid(at.child('uid'), reference.uid, 'must not be empty');
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') errors.invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner');
    if (!reference.controller) return;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = name;
    else {
      errors.invalid(path, references, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`);
    }
  });
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Of custom resources and in these groups, finalizers without a domain pass. */
const UNQUALIFIED_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'policy',
]);

function validateFinalizers(finalizers: readonly string[], kind: KindDefinition, errors: FieldErrors): void {
  const takesAny = UNQUALIFIED_GROUPS.has(kind.group) || kind.kind === 'Event' || kind.versions.some(({ custom }) => custom);
  const path = METADATA.child('finalizers');
  finalizers.forEach((finalizer, i) => {
    const messages = isQualifiedName(finalizer);
    for (const message of messages) errors.invalid(path.index(i), finalizer, message);
    if (!takesAny && messages.length === 0 && !finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer)) {
      errors.invalid(path.index(i), finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
    }
  });
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

function validateManagedFields(entries: DeepReadonly<ManagedFieldsEntry[]>, errors: FieldErrors): void {
  entries.forEach((entry, i) => {
    const at = METADATA.child('managedFields').index(i);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') errors.invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`');
    if ((entry.fieldsType ?? '') !== '' && entry.fieldsType !== 'FieldsV1') errors.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`');
    if ((entry.manager ?? '').length > 128) errors.tooLong(at.child('fieldManager'), 128);
    if ((entry.subresource ?? '').length > 256) errors.tooLong(at.child('subresource'), 256);
  });
}

/** An object on its way out gets no new finalizers. */
export function validateFinalizersUpdate(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors): void {
  if (old.metadata.deletionTimestamp === undefined) return;
  const added = (object.metadata.finalizers ?? []).filter((one) => !old.metadata.finalizers?.includes(one));
  if (added.length === 0) return;
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  errors.forbidden(METADATA.child('finalizers'), `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`);
}

/** What may not change. Source: apimachinery pkg/api/validation, ValidateObjectMetaUpdate. */
export function validateMetadataUpdate(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors): void {
  const now = object.metadata;
  const before = old.metadata;
  if (!now.resourceVersion) errors.invalid(METADATA.child('resourceVersion'), now.resourceVersion ?? '', 'must be specified for an update');
  if ((now.generation ?? 0) < (before.generation ?? 0)) errors.invalid(METADATA.child('generation'), now.generation ?? 0, 'must not be decremented');
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if ((now[field] ?? '') !== (before[field] ?? '')) errors.invalid(METADATA.child(field), now[field], 'field is immutable');
  }
  validateLabels(now.labels, METADATA.child('labels'), errors);
  validateAnnotations(now.annotations, METADATA.child('annotations'), errors);
  validateOwnerReferences(now.ownerReferences ?? [], errors);
  validateManagedFields(now.managedFields ?? [], errors);
}
