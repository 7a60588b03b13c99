import type { FieldType, SchemaRegistry } from '../schema/package.ts';

/** What a strategic merge needs to know of a field. */
export interface PatchField {
  /** `merge`, `replace` or none. */
  readonly strategy: string;
  readonly retainKeys: boolean;
  /** Of a list of objects: what identifies an element. Empty for lists of scalars. */
  readonly mergeKey: string;
  /** Of the value, or of the elements of a list. */
  readonly schema: PatchSchema;
}

/** The types of the fields of an object, or of any key of a map. */
export interface PatchSchema {
  /** Shown in messages. */
  readonly name: string;
  field(name: string): PatchField | undefined;
}

const NO_FIELDS: PatchSchema = { name: '', field: () => undefined };

/** The patch schema of a message of the catalogue. */
export function patchSchemaOf(registry: SchemaRegistry, message: string): PatchSchema {
  const schema = registry.message(message);
  return {
    name: message.slice(message.lastIndexOf('.') + 1),
    field: (name) => {
      const field = schema.byName.get(name);
      if (!field) return undefined;
      return {
        strategy: field.patchStrategies.find((one) => one !== 'retainKeys') ?? '',
        retainKeys: field.patchStrategies.includes('retainKeys'),
        mergeKey: field.patchMergeKey ?? '',
        schema: schemaOfType(registry, field.type.kind === 'list' ? field.type.items : field.type),
      };
    },
  };
}

function schemaOfType(registry: SchemaRegistry, type: FieldType): PatchSchema {
  if (type.kind === 'message') return patchSchemaOf(registry, type.message);
  if (type.kind !== 'map') return NO_FIELDS;
  const values = type.values;
  return { name: 'map', field: () => ({ strategy: '', retainKeys: false, mergeKey: '', schema: schemaOfType(registry, values) }) };
}
