/** Whether defaults fit the schemas that they stand in. Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go. */
import { isDeepStrictEqual } from 'node:util';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { prune } from './pruning.ts';
import { itemsOf, type Schema } from './schema-parts.ts';
import { validatorOf } from './value-validation.ts';

const META = ['metadata', 'apiVersion', 'kind'];
const NO_FIELD = '<nil>';

function validateDefault(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const given = schema.default as unknown;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const pruned = structuredClone(given);
  prune(pruned, schema as JSONSchemaProps, [], '', isEmbedded);
  if (!isDeepStrictEqual(pruned, given)) errors.invalid(path, given, 'must not have unknown fields');
  const found = new FieldErrors();
  validatorOf(schema as JSONSchemaProps)(given, '', found);
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
