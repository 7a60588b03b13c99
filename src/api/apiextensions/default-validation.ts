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

/** Where a default stands within what every object has. */
interface Meta {
  /** The schema of the object. */
  readonly root: Schema;
  /** From there; a number is that of an element. */
  readonly steps: readonly (string | number)[];
}

/** Why an object that has nothing but the default, and a version and a kind, would be none. */
function metaFault(given: unknown, { root, steps }: Meta): string | undefined {
  const nested = steps.reduceRight<unknown>((value, step) => (typeof step === 'number' ? [value] : { [step]: value }), structuredClone(given));
  const object = { apiVersion: 'validation/v1', kind: 'Validation', ...(nested as object) };
  const schema: Schema = { ...root, 'x-kubernetes-embedded-resource': true };
  const found = new FieldErrors();
  try {
    readEmbeddedObjects(object, schema, []);
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
  validateEmbeddedObjects(object, schema, FieldPath.root, found);
  const texts = [...new Set(found.causes.map(({ field, message }) => `${field}: ${message}`))];
  return texts.length > 1 ? `[${texts.join(', ')}]` : texts[0];
}

function validateDefault(schema: Schema, path: FieldPath, meta: Meta | undefined, errors: FieldErrors): void {
  const given = schema.default as unknown;
  const found = new FieldErrors();
  const fault = meta && metaFault(given, meta);
  if (fault !== undefined) return errors.invalid(path, given, `must result in valid metadata: ${fault}`);
  if (!meta) {
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
  readonly meta?: Meta | undefined;
}

/** Defaults under free names are forbidden elsewhere, and so are those of the outermost metadata. */
export function validateDefaults(schema: Schema, path: FieldPath, errors: FieldErrors, { isResource, meta }: Where = { isResource: true }): void {
  const around = isResource ? undefined : meta;
  if ((schema.default ?? null) !== null) validateDefault(schema, path.child('default'), around, errors);
  const within = (one: Schema, step: string | number): Where => {
    const starts = isResource && typeof step === 'string' && META.includes(step);
    return { isResource: one['x-kubernetes-embedded-resource'] === true, meta: around ? { ...around, steps: [...around.steps, step] } : starts ? { root: schema, steps: [step] } : undefined };
  };
  const items = itemsOf(schema);
  if (items) validateDefaults(items, path.child('items'), errors, within(items, 0));
  for (const [name, property] of Object.entries(schema.properties ?? {})) validateDefaults(property, path.child('properties').key(name), errors, within(property, name));
}
