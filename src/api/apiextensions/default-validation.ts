/** Whether defaults fit the schemas that they stand in. Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go. */
import { isDeepStrictEqual } from 'node:util';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateEmbeddedObjects } from './embedded-validation.ts';
import { prune } from './pruning.ts';
import { itemsOf, type Schema } from './schema-parts.ts';
import { validateValue } from './value-validation.ts';

const META = ['metadata', 'apiVersion', 'kind'];
const NO_FIELD = '<nil>';

function validateDefault(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const given = schema.default as unknown;
  const pruned = structuredClone(given);
  prune(pruned, schema, []);
  if (!isDeepStrictEqual(pruned, given)) errors.invalid(path, given, 'must not have unknown fields');
  const found = new FieldErrors();
  validateEmbeddedObjects(given, schema, FieldPath.root, found);
  if (found.causes.length === 0) validateValue(schema, given, '', found);
  for (const cause of found.causes) errors.add(cause.field === NO_FIELD ? path : FieldPath.of(`${path.toString()}${cause.field.startsWith('[') ? '' : '.'}${cause.field}`), cause.reason, cause.message);
}

/** `isResource`: the schema is that of an object of its own. Defaults inside of metadata are not looked at, those under free names are forbidden elsewhere. */
export function validateDefaults(schema: Schema, path: FieldPath, errors: FieldErrors, isResource = true): void {
  if (schema.default !== undefined) validateDefault(schema, path.child('default'), errors);
  const items = itemsOf(schema);
  if (items) validateDefaults(items, path.child('items'), errors, items['x-kubernetes-embedded-resource'] === true);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (isResource && META.includes(name)) continue;
    validateDefaults(property, path.child('properties').key(name), errors, property['x-kubernetes-embedded-resource'] === true);
  }
}
