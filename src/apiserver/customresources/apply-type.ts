import { CatalogueApplyTypes, stringType, untypedDeduced, type ApplyType, type MapApplyType } from '../../apimachinery/apply/apply-type.ts';
import { schemas } from '../../api/schemas.ts';
import { additionalOf, itemsOf, propertyOf, type Schema } from '../../api/apiextensions/schema-parts.ts';

const catalogue = new CatalogueApplyTypes(schemas);

function typeOf(schema: Schema): ApplyType {
  if (schema['x-kubernetes-int-or-string']) return { kind: 'scalar', scalar: 'untyped' };
  switch (schema.type) {
    case 'string': return stringType;
    case 'integer': case 'number': return { kind: 'scalar', scalar: 'numeric' };
    case 'boolean': return { kind: 'scalar', scalar: 'boolean' };
    case 'array': return listType(schema);
    case 'object': return schema['x-kubernetes-embedded-resource'] ? resourceType(schema) : mapType(schema);
    default: return untypedDeduced;
  }
}

function listType(schema: Schema): ApplyType {
  const items = itemsOf(schema) ?? {};
  const relation = schema['x-kubernetes-list-type'];
  let type: ApplyType | undefined;
  return {
    kind: 'list',
    relation: relation === 'map' || relation === 'set' ? relation : 'atomic',
    keys: [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort(),
    keyDefault: (key) => items.properties?.[key]?.default,
    get items() {
      return (type ??= typeOf(items));
    },
  };
}

function mapType(schema: Schema): ApplyType {
  const additional = additionalOf(schema);
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || (schema.additionalProperties as unknown) === true;
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (!schema.properties && !additional && keepsUnknown) return { kind: 'untyped', isAtomic };
  const fields = new Map<string, ApplyType>();
  return {
    kind: 'map',
    isAtomic,
    isDeclared: (name) => Object.hasOwn(schema.properties ?? {}, name),
    field(name) {
      const known = fields.get(name);
      if (known) return known;
      const property = propertyOf(schema, name) ?? additional;
      const type = property ? typeOf(property) : keepsUnknown ? untypedDeduced : undefined;
      if (type) fields.set(name, type);
      return type;
    },
  };
}

/** The type of a whole object: apiVersion, kind and metadata are there without saying. */
export function resourceType(schema: Schema): MapApplyType {
  const inner = mapType(schema);
  const field = (name: string): ApplyType | undefined => {
    if (name === 'apiVersion' || name === 'kind') return stringType;
    if (name === 'metadata') return catalogue.typeOf('meta.v1.ObjectMeta');
    return inner.kind === 'map' ? inner.field(name) : untypedDeduced;
  };
  return {
    kind: 'map', isAtomic: false, field,
    isDeclared: (name) => name === 'apiVersion' || name === 'kind' || name === 'metadata' || (inner.kind === 'map' && inner.isDeclared(name)),
  };
}
