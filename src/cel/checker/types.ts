/** Types of CEL. Source: cel-go common/types, checker/types.go. */
export type SimpleKind = 'dyn' | 'error' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration' | 'any';

export type CelType =
  | { readonly kind: SimpleKind }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'param'; readonly name: string }
  /** A type that only its own functions understand. */
  | { readonly kind: 'opaque'; readonly name: string; readonly params: readonly CelType[] }
  | { readonly kind: 'object'; readonly name: string; readonly fields: ObjectFields };

/** The fields of an object type, asked by name: types may contain themselves. */
export interface ObjectFields {
  field(name: string): CelType | undefined;
  /** The names, if they are known. */
  names?(): Iterable<string>;
}

const simple = new Map<SimpleKind, CelType>();

function of(kind: SimpleKind): CelType {
  let found = simple.get(kind);
  if (!found) simple.set(kind, (found = { kind }));
  return found;
}

export const DYN: CelType = of('dyn');
export const ERROR: CelType = of('error');
export const NULL: CelType = of('null');
export const BOOL: CelType = of('bool');
export const INT: CelType = of('int');
export const UINT: CelType = of('uint');
export const DOUBLE: CelType = of('double');
export const STRING: CelType = of('string');
export const BYTES: CelType = of('bytes');
export const TIMESTAMP: CelType = of('timestamp');
export const DURATION: CelType = of('duration');

export function listOf(element: CelType): CelType {
  return { kind: 'list', element };
}

export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: 'map', key, value };
}

export function param(name: string): CelType {
  return { kind: 'param', name };
}

export function typeOf(type: CelType): CelType {
  return { kind: 'type', of: type };
}

export function opaque(name: string, ...params: CelType[]): CelType {
  return { kind: 'opaque', name, params };
}

export function optionalOf(type: CelType): CelType {
  return opaque('optional_type', type);
}

export function isDynamic({ kind }: CelType): boolean {
  return kind === 'dyn' || kind === 'any' || kind === 'error';
}

/** As messages print it. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'error': return '!error!';
    case 'timestamp': return 'timestamp';
    case 'list': return `list(${typeText(type.element)})`;
    case 'map': return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'type': return `type(${typeText(type.of)})`;
    case 'param': return type.name;
    case 'opaque': return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(typeText).join(', ')})`;
    case 'object': return type.name;
    default: return type.kind;
  }
}

const RUNTIME_NAMES: Partial<Record<CelType['kind'], string>> = { null: 'null_type', timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' };

/** As types call themselves, which messages about results print. */
export function runtimeTypeText(type: CelType): string {
  const parts = partsOf(type);
  const name = RUNTIME_NAMES[type.kind] ?? ('name' in type ? type.name : type.kind);
  return parts.length === 0 ? name : `${name}(${parts.map(runtimeTypeText).join(', ')})`;
}

export function partsOf(type: CelType): readonly CelType[] {
  switch (type.kind) {
    case 'list': return [type.element];
    case 'map': return [type.key, type.value];
    case 'type': return [type.of];
    case 'opaque': return type.params;
    default: return [];
  }
}

export function withParts(type: CelType, parts: readonly CelType[]): CelType {
  switch (type.kind) {
    case 'list': return listOf(parts[0] as CelType);
    case 'map': return mapOf(parts[0] as CelType, parts[1] as CelType);
    case 'type': return typeOf(parts[0] as CelType);
    case 'opaque': return { ...type, params: parts };
    default: return type;
  }
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if ((a.kind === 'object' || a.kind === 'opaque' || a.kind === 'param') && a.name !== (b as { name: string }).name) return false;
  const others = partsOf(b);
  return partsOf(a).every((one, i) => others[i] !== undefined && sameType(one, others[i]));
}
