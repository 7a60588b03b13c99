/** Whether defaults fit the schemas that they stand in. Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go. */
import { isDeepStrictEqual } from 'node:util';
import { ValueError } from '../../apimachinery/schema/decode-error.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateEmbeddedObjects } from './embedded-validation.ts';
import { readEmbeddedObjects } from './metadata.ts';
import { prune } from './pruning.ts';
import { itemsOf, type Schema } from './schema-parts.ts';
import { checkDefault } from './validation-rules.ts';
import { validateValue } from './value-validation.ts';

const META = ['metadata', 'apiVersion', 'kind'];
const NO_FIELD = '<nil>';

/** Objects within it that cannot be read are told of alone. */
function validateObjects(schema: Schema, given: unknown, found: FieldErrors): void {
  try {
    readEmbeddedObjects(structuredClone(given), schema, []);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const [field = '', ...message] = error.message.split(': ');
    found.add(FieldPath.of(field), 'FieldValueInvalid', message.join(': '));
    return;
  }
  validateEmbeddedObjects(given, schema, FieldPath.root, found);
}

function validateDefault(schema: Schema, path: FieldPath, isMeta: boolean, errors: FieldErrors): void {
  const given = schema.default as unknown;
  const found = new FieldErrors();
  if (!isMeta) {
    const pruned = structuredClone(given);
    prune(pruned, schema, []);
    if (!isDeepStrictEqual(pruned, given)) errors.invalid(path, given, 'must not have unknown fields');
    validateObjects(schema, given, found);
  }
  if (found.causes.length === 0) validateValue(schema, given, '', found);
  if (found.causes.length === 0) checkDefault(schema, given, found);
  for (const cause of found.causes) errors.add(cause.field === NO_FIELD ? path : FieldPath.of(`${path.toString()}${cause.field.startsWith('[') ? '' : '.'}${cause.field}`), cause.reason, cause.message);
}

interface Where {
  /** The schema is that of an object of its own. */
  readonly isResource: boolean;
  /** Within what every object has: there is more than the schema says. */
  readonly isMeta: boolean;
}

/** Defaults under free names are forbidden elsewhere, and so are those of the outermost metadata. */
export function validateDefaults(schema: Schema, path: FieldPath, errors: FieldErrors, { isResource, isMeta }: Where = { isResource: true, isMeta: false }): void {
  if ((schema.default ?? null) !== null) validateDefault(schema, path.child('default'), isMeta && !isResource, errors);
  const within = (one: Schema, name?: string): Where => ({
    isResource: one['x-kubernetes-embedded-resource'] === true,
    isMeta: (isMeta && !isResource) || (isResource && name !== undefined && META.includes(name)),
  });
  const items = itemsOf(schema);
  if (items) validateDefaults(items, path.child('items'), errors, within(items));
  for (const [name, property] of Object.entries(schema.properties ?? {})) validateDefaults(property, path.child('properties').key(name), errors, within(property, name));
}
