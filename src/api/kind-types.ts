/** The types of CEL that built-in kinds have, from the catalogue. Source: apiserver pkg/cel/openapi. */
import type { FieldType, ScalarType } from '../apimachinery/schema/package.ts';
import { BOOL, BYTES, DOUBLE, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type CelType } from '../cel/checker/types.ts';
import { escapeProperty } from './apiextensions/cel-schema.ts';
import { schemas } from './schemas.ts';

const SCALARS: Partial<Record<ScalarType, CelType>> = { string: STRING, bool: BOOL, int32: INT, int64: INT, double: DOUBLE, bytes: BYTES, Time: TIMESTAMP, MicroTime: TIMESTAMP, Quantity: DYN, IntOrString: DYN };

function typeOf(type: FieldType): CelType {
  switch (type.kind) {
    case 'scalar': return SCALARS[type.scalar] ?? DYN;
    case 'list': return listOf(typeOf(type.items));
    case 'map': return mapOf(STRING, typeOf(type.values));
    case 'message': return messageType(type.message);
  }
}

/** `message`: its short name, such as `apps.v1.Deployment`. */
export function messageType(message: string, extra: Readonly<Record<string, CelType>> = {}): CelType {
  let fields: ReadonlyMap<string, FieldType> | undefined;
  const find = (name: string): CelType | undefined => {
    fields ??= new Map(schemas.message(message).fields.map((field) => [escapeProperty(field.name) ?? field.name, field.type]));
    const found = fields.get(name);
    return found ? typeOf(found) : Object.hasOwn(extra, name) ? extra[name] : undefined;
  };
  return { kind: 'object', name: message, fields: { field: find } };
}

export function kindType(message: string): CelType {
  return messageType(message, { apiVersion: STRING, kind: STRING });
}
