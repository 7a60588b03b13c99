/** The schemas inside of a schema. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';

export type Schema = DeepReadonly<JSONSchemaProps>;

/** Undefined for none, and for a list of schemas, which structural schemas cannot have. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return items === undefined || Array.isArray(items) ? undefined : (items as Schema);
}

/** The schema of values whose names are free; undefined for none, and for `true` and `false`. */
export function additionalOf({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? (additionalProperties as Schema) : undefined;
}

export function propertyOf({ properties }: Schema, name: string): Schema | undefined {
  return properties && Object.hasOwn(properties, name) ? (properties[name] as Schema) : undefined;
}

export function hasProperties({ properties }: Schema): boolean {
  return Object.keys(properties ?? {}).length > 0;
}

export function preservesUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** All schemas within one, itself first. */
export function* schemasOf(schema: Schema): Generator<Schema> {
  yield schema;
  const inner: (Schema | undefined)[] = [
    itemsOf(schema), additionalOf(schema), schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...Object.values(schema.properties ?? {}),
  ];
  for (const one of inner) if (one) yield* schemasOf(one);
}
