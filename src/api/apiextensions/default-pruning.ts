/** Defaults as objects get them: without what nobody knows. Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/prune.go. */
import { isObject } from '../../apimachinery/patch/json.ts';
import { ValueError } from '../../apimachinery/schema/decode-error.ts';
import { holdsObjects, readEmbeddedObjects } from './metadata.ts';
import { prune } from './pruning.ts';
import { additionalOf, itemsOf, type Schema } from './schema-parts.ts';

/** From the root to where a default stands; a number is that of an element. */
type Steps = readonly (string | number)[];

/** Any name that the schema has no property for. */
const ANY_NAME = '*';

function at(value: unknown, step: string | number): unknown {
  if (typeof step === 'number') return Array.isArray(value) ? (value as unknown[])[step] : undefined;
  return isObject(value) ? value[step] : undefined;
}

/** Undefined when nothing of it is known. */
function known(given: unknown, root: Schema, steps: Steps): unknown {
  const around = steps.reduceRight<unknown>((value, step) => (typeof step === 'number' ? [value] : { [step]: value }), structuredClone(given));
  try {
    readEmbeddedObjects(around, root, []);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
  }
  prune(around, root, [], '', true);
  return steps.reduce(at, around);
}

function pruned<S extends Schema>(schema: S, root: Schema, steps: Steps): S {
  const { properties, default: given } = schema;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  return {
    ...schema,
    ...((given ?? null) !== null && { default: known(given, root, steps) }),
    ...(items && { items: pruned(items, root, [...steps, 0]) }),
    ...(additional && { additionalProperties: pruned(additional, root, [...steps, ANY_NAME]) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, pruned(one as Schema, root, [...steps, name])])) }),
  };
}

const made = new WeakMap<Schema, Schema>();

/** Of objects within custom objects: what nobody knows in their metadata is no default. All other defaults have been judged with their definition. */
export function withKnownDefaults<S extends Schema>(schema: S): S {
  if (!holdsObjects(schema)) return schema;
  const before = made.get(schema) ?? pruned(schema, schema, []);
  made.set(schema, before);
  return before as S;
}
