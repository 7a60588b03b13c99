/** The notation in which libraries state their functions. */
import type { FunctionDeclaration, Overload } from '../checker/environment.ts';
import type { CelType } from '../checker/types.ts';
import { CelMap, isList, sizeOf, type Value } from '../runtime/values.ts';

export type Declaration = readonly [name: string, ...overloads: Overload[]];

type Cost = (args: readonly Value[], result: Value) => number;

export function overload(id: string, args: readonly CelType[], result: CelType, call: (...args: never[]) => Value, cost?: Cost): Overload {
  return { id, isMember: false, args, result, call, ...(cost && { cost }) };
}

/** The first of `args` is the receiver. */
export function member(id: string, args: readonly CelType[], result: CelType, call: (...args: never[]) => Value, cost?: Cost): Overload {
  return { id, isMember: true, args, result, call, ...(cost && { cost }) };
}

const STRING_FACTOR = 0.1;

/** Reading all of the first argument, `times` over. */
export function traversal(times = 1): Cost {
  return ([first]) => Math.ceil(sizeOf(first) * times * STRING_FACTOR);
}

function walked(value: Value): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * STRING_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR);
  if (isList(value)) return value.reduce<number>((sum, one) => sum + walked(one), 0);
  if (value instanceof CelMap) return [...value.keys()].reduce<number>((sum, key) => sum + walked(key) + walked(value.get(key) ?? null), 0);
  return 1;
}

/** Through all that the first argument holds. Source: apiserver pkg/cel/library/cost.go, traversalCost. */
export const through: Cost = ([first]) => walked(first ?? null);

/** Several libraries may add overloads to one function. */
export function functionsOf(libraries: readonly (readonly Declaration[])[]): Map<string, FunctionDeclaration> {
  const functions = new Map<string, FunctionDeclaration>();
  for (const [name, ...overloads] of libraries.flat()) functions.set(name, { name, overloads: [...(functions.get(name)?.overloads ?? []), ...overloads] });
  return functions;
}
