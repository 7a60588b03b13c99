/** Which types may stand for which, while type parameters find their types. Source: cel-go checker/types.go. */
import { DYN, isDynamic, partsOf, sameType, withParts, type CelType } from './types.ts';

export type Bindings = ReadonlyMap<string, CelType>;

export function substitute(bindings: Bindings, type: CelType, paramsToDyn: boolean): CelType {
  if (type.kind === 'param') {
    const bound = bindings.get(type.name);
    if (bound) return substitute(bindings, bound, paramsToDyn);
    return paramsToDyn ? DYN : type;
  }
  const parts = partsOf(type);
  return parts.length === 0 ? type : withParts(type, parts.map((one) => substitute(bindings, one, paramsToDyn)));
}

function occursIn(bindings: Bindings, name: string, type: CelType): boolean {
  if (type.kind === 'param') {
    if (type.name === name) return true;
    const bound = bindings.get(type.name);
    return bound !== undefined && occursIn(bindings, name, bound);
  }
  return partsOf(type).some((one) => occursIn(bindings, name, one));
}

function isNullable({ kind }: CelType): boolean {
  return kind === 'object' || kind === 'opaque' || kind === 'duration' || kind === 'timestamp' || kind === 'null' || kind === 'any';
}

/** Of two of which one may stand for the other, the more general one. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDynamic(a) || a.kind === 'param') return true;
  if (isDynamic(b) || b.kind === 'param') return false;
  if (a.kind === 'null' && isNullable(b)) return false;
  if (b.kind === 'null' && isNullable(a)) return true;
  if (a.kind !== b.kind) return false;
  const others = partsOf(b);
  return sameType(withParts(a, []), withParts(a, [])) && partsOf(a).every((one, i) => others[i] !== undefined && isEqualOrLessSpecific(one, others[i]));
}

function bind(bindings: Map<string, CelType>, name: string, type: CelType): boolean {
  if (occursIn(bindings, name, type)) return false;
  bindings.set(name, type);
  return true;
}

/** A parameter that has a type keeps the more general one of both. */
function rebind(bindings: Map<string, CelType>, name: string, type: CelType): boolean | undefined {
  const bound = bindings.get(name);
  if (!bound) return undefined;
  if (!assign(bindings, bound, type)) return false;
  const general = mostGeneral(bound, type);
  if (!occursIn(bindings, name, general)) bindings.set(name, general);
  return true;
}

function assign(bindings: Map<string, CelType>, to: CelType, from: CelType): boolean {
  if (to.kind === 'param' && from.kind === 'param' && to.name === from.name) return true;
  if (from.kind === 'param') {
    const known = rebind(bindings, from.name, to);
    if (known !== undefined) return known;
    return to.kind === 'param' && bindings.has(to.name) ? (rebind(bindings, to.name, from) ?? false) : bind(bindings, from.name, to);
  }
  if (to.kind === 'param') return rebind(bindings, to.name, from) ?? bind(bindings, to.name, from);
  if (isDynamic(to) || isDynamic(from)) return true;
  if (to.kind === 'null') return isNullable(from);
  if (from.kind === 'null') return isNullable(to);
  if (to.kind !== from.kind) return false;
  if ('name' in to && to.name !== (from as { name: string }).name) return false;
  const others = partsOf(from);
  const parts = partsOf(to);
  if (to.kind === 'type') return true;
  return parts.length === others.length && parts.every((one, i) => assign(bindings, one, others[i] as CelType));
}

/** The bindings with which each of `from` may stand for its one of `to`; undefined if there are none. */
export function assignable(bindings: Bindings, to: readonly CelType[], from: readonly CelType[]): Bindings | undefined {
  if (to.length !== from.length) return undefined;
  const tried = new Map(bindings);
  return to.every((one, i) => assign(tried, one, from[i] as CelType)) ? tried : undefined;
}
