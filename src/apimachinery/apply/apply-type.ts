import { hasTypeMeta } from '../schema/decode.ts';
import type { FieldSchema, FieldType, MessageSchema, ScalarType, SchemaRegistry } from '../schema/package.ts';

/** What server-side apply must know of the type of a value. Built-in kinds have it from the catalogue, custom ones from their structural schema. */
export type ApplyType = ScalarApplyType | ListApplyType | MapApplyType | UntypedApplyType;

export interface ScalarApplyType {
  readonly kind: 'scalar';
  readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped';
}

export interface ListApplyType {
  readonly kind: 'list';
  readonly relation: 'atomic' | 'map' | 'set';
  /** Of a `map`: what identifies an element; sorted. */
  readonly keys: readonly string[];
  /** The value of a key that an element leaves out; undefined if it must not. */
  keyDefault(key: string): unknown;
  readonly items: ApplyType;
}

export interface MapApplyType {
  readonly kind: 'map';
  readonly isAtomic: boolean;
  /** Undefined: no such field. */
  field(name: string): ApplyType | undefined;
  /** Whether it is a named field, not any key of a map. */
  isDeclared(name: string): boolean;
}

/** Of unknown type: told from the value. Objects merge by key, lists and scalars are replaced; or all is replaced as a whole. */
export interface UntypedApplyType {
  readonly kind: 'untyped';
  readonly isAtomic: boolean;
}

export const untypedAtomic: UntypedApplyType = { kind: 'untyped', isAtomic: true };
export const untypedDeduced: UntypedApplyType = { kind: 'untyped', isAtomic: false };
export const stringType: ScalarApplyType = { kind: 'scalar', scalar: 'string' };
const untypedScalar: ScalarApplyType = { kind: 'scalar', scalar: 'untyped' };

function scalarType(scalar: ScalarType): ApplyType {
  switch (scalar) {
    case 'string': case 'bytes': return stringType;
    case 'bool': return { kind: 'scalar', scalar: 'boolean' };
    case 'int32': case 'int64': case 'double': return { kind: 'scalar', scalar: 'numeric' };
    case 'Quantity': case 'IntOrString': case 'Time': case 'MicroTime': return untypedScalar;
    default: return untypedAtomic;
  }
}

/** The types of the messages of the catalogue; each is made once, when it is first needed. */
export class CatalogueApplyTypes {
  readonly #registry: SchemaRegistry;
  readonly #messages = new Map<string, MapApplyType>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  typeOf(message: string): MapApplyType {
    const known = this.#messages.get(message);
    if (known) return known;
    const made = this.#messageType(this.#registry.message(message));
    this.#messages.set(message, made);
    return made;
  }

  #messageType(message: MessageSchema): MapApplyType {
    const withTypeMeta = hasTypeMeta(message);
    const fields = new Map<string, ApplyType>();
    const isDeclared = (name: string): boolean => message.byName.has(name) || (withTypeMeta && (name === 'apiVersion' || name === 'kind'));
    return {
      kind: 'map',
      isAtomic: message.mapType === 'atomic',
      isDeclared,
      field: (name) => {
        const known = fields.get(name);
        if (known) return known;
        const field = message.byName.get(name);
        const type = field ? this.#fieldType(field) : isDeclared(name) ? stringType : undefined;
        if (type) fields.set(name, type);
        return type;
      },
    };
  }

  #fieldType(field: FieldSchema): ApplyType {
    const { type } = field;
    if (type.kind === 'list') return this.#listType(type.items, field);
    if (type.kind === 'map') return this.#mapType(type.values, field.mapType === 'atomic');
    if (type.kind === 'message' && field.mapType !== undefined) return { ...this.typeOf(type.message), isAtomic: field.mapType === 'atomic' };
    return this.#valueType(type);
  }

  #valueType(type: FieldType): ApplyType {
    switch (type.kind) {
      case 'scalar': return scalarType(type.scalar);
      case 'message': return this.typeOf(type.message);
      case 'list': return this.#listType(type.items, undefined);
      case 'map': return this.#mapType(type.values, false);
    }
  }

  #mapType(values: FieldType, isAtomic: boolean): MapApplyType {
    const type = this.#valueType(values);
    return { kind: 'map', isAtomic, isDeclared: () => false, field: () => type };
  }

  #listType(items: FieldType, field: FieldSchema | undefined): ListApplyType {
    const message = items.kind === 'message' ? this.#registry.message(items.message) : undefined;
    let itemType: ApplyType | undefined;
    const valueType = (): ApplyType => this.#valueType(items);
    return {
      kind: 'list',
      relation: field?.listType ?? 'atomic',
      keys: [...(field?.listMapKeys ?? [])].sort(),
      keyDefault: (key) => message?.byName.get(key)?.openapiDefault,
      get items() { // late: a message may hold itself
        return (itemType ??= valueType());
      },
    };
  }
}
