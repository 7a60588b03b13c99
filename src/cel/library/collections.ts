/** Lists, sets, optionals and what comprehensions need. Source: apiserver pkg/cel/library/lists.go; cel-go ext/sets.go, cel/library.go (optionals), ext/comprehensions.go. */
import { BOOL, DOUBLE, DURATION, INT, listOf, mapOf, optionalOf, param, STRING, TIMESTAMP, UINT, BYTES, type CelType } from '../checker/types.ts';
import { EvaluationError, noSuchOverload } from '../runtime/errors.ts';
import { CelMap, compare, Duration, equal, isList, LiteralMap, Optional, sizeOf, Uint, type Value } from '../runtime/values.ts';
import { duration, int, uint } from './arithmetic.ts';
import { member, overload, through, type Declaration } from './declare.ts';

const T = param('T');
const A = param('A');
const B = param('B');
const SUMMABLE: readonly (readonly [string, CelType, Value])[] = [['int', INT, 0n], ['uint', UINT, new Uint(0n)], ['double', DOUBLE, 0], ['duration', DURATION, new Duration(0n)]];
const COMPARABLE: readonly (readonly [string, CelType])[] = [['int', INT], ['uint', UINT], ['double', DOUBLE], ['bool', BOOL], ['duration', DURATION], ['timestamp', TIMESTAMP], ['string', STRING], ['bytes', BYTES]];


function sum(list: readonly Value[], zero: Value): Value {
  let total = zero;
  for (const one of list) {
    if (typeof total === 'bigint' && typeof one === 'bigint') total = int(total + one);
    else if (typeof total === 'number' && typeof one === 'number') total += one;
    else if (total instanceof Uint && one instanceof Uint) total = uint(total.value + one.value);
    else if (total instanceof Duration && one instanceof Duration) total = duration(total.nanos + one.nanos);
    else throw noSuchOverload();
  }
  return total;
}

function best(list: readonly Value[], name: 'min' | 'max'): Value {
  const [first, ...rest] = list;
  if (first === undefined) throw new EvaluationError(`${name} called on empty list`);
  const sign = name === 'max' ? 1 : -1;
  return rest.reduce<Value>((found, one) => ((compare(one, found) ?? 0) * sign > 0 ? one : found), first);
}

function isSorted(list: readonly Value[]): boolean {
  return list.every((one, i) => i === 0 || (compare(list[i - 1] as Value, one) ?? 0) <= 0);
}

export const listLibrary: readonly Declaration[] = [
  ['isSorted', ...COMPARABLE.map(([id, type]) => member(`list_${id}_is_sorted_bool`, [listOf(type)], BOOL, isSorted, through))],
  ['sum', ...SUMMABLE.map(([id, type, zero]) => member(`list_${id}_sum_${id}`, [listOf(type)], type, (list: readonly Value[]) => sum(list, zero), through))],
  ['max', ...COMPARABLE.map(([id, type]) => member(`list_${id}_max_${id}`, [listOf(type)], type, (list: readonly Value[]) => best(list, 'max'), through))],
  ['min', ...COMPARABLE.map(([id, type]) => member(`list_${id}_min_${id}`, [listOf(type)], type, (list: readonly Value[]) => best(list, 'min'), through))],
  ['indexOf', member('list_a_index_of_int', [listOf(A), A], INT, (list: readonly Value[], one: Value) => BigInt(list.findIndex((other) => equal(other, one))), through)],
  ['lastIndexOf', member('list_a_last_index_of_int', [listOf(A), A], INT, (list: readonly Value[], one: Value) => BigInt(list.findLastIndex((other) => equal(other, one))), through)],
];

const includes = (list: readonly Value[], one: Value): boolean => list.some((other) => equal(other, one));
const contains = (list: readonly Value[], part: readonly Value[]): boolean => part.every((one) => includes(list, one));
const product = ([a, b]: readonly Value[], times = 1): number => sizeOf(a) * sizeOf(b) * times + 1;
const LL = [listOf(T), listOf(T)] as const;

export const setLibrary: readonly Declaration[] = [
  ['sets.contains', overload('list_sets_contains_list', LL, BOOL, contains, (args) => product(args))],
  ['sets.equivalent', overload('list_sets_equivalent_list', LL, BOOL, (a: readonly Value[], b: readonly Value[]) => contains(a, b) && contains(b, a), (args) => product(args, 2))],
  ['sets.intersects', overload('list_sets_intersects_list', LL, BOOL, (a: readonly Value[], b: readonly Value[]) => b.some((one) => includes(a, one)), (args) => product(args))],
];

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (isList(value) || value instanceof Uint8Array) return value.length === 0;
  return value instanceof CelMap && value.size === 0;
}

function unwrap(optional: Optional): Value {
  if (optional.value === undefined) throw new EvaluationError('optional.none() dereference');
  return optional.value;
}

/** What those hold that hold something. */
function unwrapAll(list: readonly Optional[]): readonly Value[] {
  return list.map(({ value }) => value).filter((value) => value !== undefined);
}

export const optionalLibrary: readonly Declaration[] = [
  ['optional.of', overload('optional_of', [A], optionalOf(A), (value: Value) => new Optional(value))],
  ['optional.ofNonZeroValue', overload('optional_ofNonZeroValue', [A], optionalOf(A), (value: Value) => (isZero(value) ? Optional.none : new Optional(value)))],
  ['optional.none', overload('optional_none', [], optionalOf(A), () => Optional.none)],
  ['value', member('optional_value', [optionalOf(A)], A, unwrap)],
  ['hasValue', member('optional_hasValue', [optionalOf(A)], BOOL, ({ value }: Optional) => value !== undefined)],
  ['optional.unwrap', overload('optional_unwrap', [listOf(optionalOf(A))], listOf(A), unwrapAll)],
  ['unwrapOpt', member('optional_unwrapOpt', [listOf(optionalOf(A))], listOf(A), unwrapAll)],
  ['first', member('list_first', [listOf(A)], optionalOf(A), (list: readonly Value[]) => new Optional(list[0]))],
  ['last', member('list_last', [listOf(A)], optionalOf(A), (list: readonly Value[]) => new Optional(list.at(-1)))],
  ['or', member('optional_or_optional', [optionalOf(A), optionalOf(A)], optionalOf(A), (a: Optional, b: Optional) => (a.value === undefined ? b : a))],
  ['orValue', member('optional_orValue_value', [optionalOf(A), A], A, (a: Optional, b: Value) => a.value ?? b)],
  ['_[?_]', overload('list_optindex_optional_int', [listOf(A), INT], optionalOf(A), () => Optional.none), overload('optional_list_optindex_optional_int', [optionalOf(listOf(A)), INT], optionalOf(A), () => Optional.none),
    overload('map_optindex_optional_value', [mapOf(A, B), A], optionalOf(B), () => Optional.none), overload('optional_map_optindex_optional_value', [optionalOf(mapOf(A, B)), A], optionalOf(B), () => Optional.none)],
];

function inserted(map: CelMap, key: Value, value: Value): CelMap {
  if (map.has(key)) throw new EvaluationError(`insert failed: key ${String(key as string)} already exists`);
  const made = new LiteralMap();
  for (const one of map.keys()) made.set(one, map.get(one) ?? null);
  made.set(key, value);
  return made;
}

export const comprehensionLibrary: readonly Declaration[] = [
  ['cel.@mapInsert',
    overload('@mapInsert_map_map', [mapOf(A, B), mapOf(A, B)], mapOf(A, B), (map: CelMap, other: CelMap) => [...other.keys()].reduce<CelMap>((made, key) => inserted(made, key, other.get(key) ?? null), map)),
    overload('@mapInsert_map_key_value', [mapOf(A, B), A, B], mapOf(A, B), inserted)],
];
