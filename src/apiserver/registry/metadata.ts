import type { DeepReadonly, KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels } from '../../apimachinery/validation/labels.ts';
import { validateFinalizers, validateManagedFields, validateOwnerReferences } from '../../apimachinery/validation/object-meta.ts';
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
  validateOwnerReferences(metadata.ownerReferences ?? [], METADATA, errors);
  validateFinalizers(metadata.finalizers ?? [], METADATA, errors);
  validateManagedFields(metadata.managedFields ?? [], METADATA, errors);
  validateFinalizerNames(metadata.finalizers ?? [], kind, errors);
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Of custom resources and in these groups, finalizers without a domain pass. */
const UNQUALIFIED_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'policy',
]);

function takesAnyFinalizer(kind: KindDefinition): boolean {
  return UNQUALIFIED_GROUPS.has(kind.group) || kind.kind === 'Event' || kind.versions.some(({ custom }) => custom);
}

/** Most kinds look at each finalizer once more, by its place. Source: pkg/apis/core/validation, validateKubeFinalizerName. */
export function validateFinalizerNames(finalizers: readonly string[], kind: KindDefinition, errors: FieldErrors): void {
  if (finalizers.length === 0 || takesAnyFinalizer(kind)) return;
  finalizers.forEach((finalizer, i) => {
    if (finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)) return;
    errors.invalid(METADATA.child('finalizers').index(i), finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
  });
}

/** An object on its way out gets no new finalizers. */
function validateNoNewFinalizers(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors): void {
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
  validateNoNewFinalizers(object, old, errors);
  if (!now.resourceVersion) errors.invalid(METADATA.child('resourceVersion'), now.resourceVersion ?? '', 'must be specified for an update');
  if ((now.generation ?? 0) < (before.generation ?? 0)) errors.invalid(METADATA.child('generation'), now.generation ?? 0, 'must not be decremented');
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if ((now[field] ?? '') !== (before[field] ?? '')) errors.invalid(METADATA.child(field), now[field], 'field is immutable');
  }
  validateLabels(now.labels, METADATA.child('labels'), errors);
  validateAnnotations(now.annotations, METADATA.child('annotations'), errors);
  validateOwnerReferences(now.ownerReferences ?? [], METADATA, errors);
  validateManagedFields(now.managedFields ?? [], METADATA, errors);
}
