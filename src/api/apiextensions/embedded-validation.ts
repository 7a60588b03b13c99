/** Objects within custom objects: they have a version, a kind, and metadata as all objects have. Source: apiextensions-apiserver pkg/apiserver/schema/objectmeta/validation.go. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1035Label, isDns1123Label } from '../../apimachinery/validation/names.ts';
import { validateFinalizers, validateManagedFields, validateOwnerReferences } from '../../apimachinery/validation/object-meta.ts';
import type { ObjectMeta } from '../../apimachinery/meta.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { additionalOf, itemsOf, propertyOf, type Schema } from './schema-parts.ts';
import { holdsObjects } from './metadata.ts';

function invalidAll(errors: FieldErrors, path: FieldPath, value: unknown, messages: readonly string[]): void {
  for (const message of messages) errors.invalid(path, value, message);
}

function versionFaults(version: string): string[] {
  return version.split('/').length > 2 ? [`unexpected GroupVersion string: ${version}`] : [];
}

function kindFaults(kind: string): string[] {
  const messages = isDns1035Label(kind.toLowerCase());
  return messages.length === 0 ? [] : [`may have mixed case, but should otherwise match: ${messages.join(',')}`];
}

function validateText(value: unknown, path: FieldPath, faults: (text: string) => string[], errors: FieldErrors): void {
  if (typeof value !== 'string') errors.invalid(path, value, 'must be a string');
  else invalidAll(errors, path, value, value === '' ? ['must not be empty'] : faults(value));
}

/** What a part of a path may be. */
function segmentFaults(name: string, isPrefix: boolean): string[] {
  if (!isPrefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((one) => name.includes(one)).map((one) => `may not contain '${one}'`);
}

function validateMetadata({ name, generateName, namespace, generation = 0, labels, annotations, ownerReferences = [], finalizers = [], managedFields = [] }: Partial<ObjectMeta>, path: FieldPath, errors: FieldErrors): void {
  if (generateName) invalidAll(errors, path.child('generateName'), generateName, segmentFaults(generateName, true));
  if (name) invalidAll(errors, path.child('name'), name, segmentFaults(name, false));
  if (namespace) invalidAll(errors, path.child('namespace'), namespace, isDns1123Label(namespace));
  if (generation < 0) errors.invalid(path.child('generation'), generation, 'must be greater than or equal to 0');
  validateLabels(labels, path.child('labels'), errors);
  validateAnnotations(annotations, path.child('annotations'), errors);
  validateOwnerReferences(ownerReferences, path, errors);
  validateFinalizers(finalizers, path, errors);
  validateManagedFields(managedFields, path, errors);
}

/** `value` has been decoded: its metadata, if it has any, is of the right types. */
function validateEmbedded(value: JsonObject, path: FieldPath, errors: FieldErrors): void {
  for (const key of ['apiVersion', 'kind']) if (!Object.hasOwn(value, key)) errors.required(path.child(key));
  if (Object.hasOwn(value, 'apiVersion')) validateText(value['apiVersion'], path.child('apiVersion'), versionFaults, errors);
  if (Object.hasOwn(value, 'kind')) validateText(value['kind'], path.child('kind'), kindFaults, errors);
  if (isObject(value['metadata'])) validateMetadata(value['metadata'], path.child('metadata'), errors);
}

/** Judges the objects within an object. They may not stay wrong, even unchanged. */
export function validateEmbeddedObjects(value: unknown, schema: Schema, path: FieldPath, errors: FieldErrors): void {
  if (!holdsObjects(schema)) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) value.forEach((item, i) => validateEmbeddedObjects(item, items, path.index(i), errors));
  } else if (isObject(value)) {
    if (schema['x-kubernetes-embedded-resource']) validateEmbedded(value, path, errors);
    for (const [key, member] of Object.entries(value)) {
      const named = propertyOf(schema, key);
      const property = named ?? additionalOf(schema);
      if (property) validateEmbeddedObjects(member, property, named ? path.child(key) : path.key(key), errors);
    }
  }
}
