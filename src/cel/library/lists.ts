/** Functions of lists that CEL's community shares. Source: cel-go ext/lists.go, version 3, which apiserver has since Kubernetes 1.34. */
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, param, runtimeTypeText, STRING, TIMESTAMP, UINT } from '../checker/types.ts';
import { CostLimitError, EvaluationError } from '../runtime/errors.ts';
import { compare, equal, isList, typeName, type Value } from '../runtime/values.ts';
import { member, overload, type Declaration } from './declare.ts';

type List = readonly Value[];
type Cost = (args: List, result: Value) => number;

const T = param('T');
const U = param('U');
const COMPARABLE = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];
const COMPARABLE_NAMES: ReadonlySet<string> = new Set(COMPARABLE.map(runtimeTypeText));
const STRING_FACTOR = 0.1;
/** The call and the list that it makes. */
const LIST_CALL = 11;
/** A longer list costs more than any call may. */
const MAX_RANGE = 1_000_000n;

const made = (size: number, perElement = 1): number => Math.floor(size * perElement) + LIST_CALL;
const ofResult: Cost = (_, result) => made((result as List).length);

/** Of elements that are compared with each other. */
const compared = (index: number): Cost => (args) => {
  const list = args[index] as List;
  const isLong = list.length > 0 && ['string', 'bytes'].includes(typeName(list[0] as Value));
  return made(list.length ** 2, isLong ? 2 + STRING_FACTOR : 2);
};

function slice(list: List, start: bigint, end: bigint): List {
  const refuse = (why: string): EvaluationError => new EvaluationError(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0n || end < 0n) throw refuse('negative indexes not supported');
  if (start > end) throw refuse('start index must be less than or equal to end index');
  if (BigInt(list.length) < end) throw refuse(`list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function flatten(list: List, depth: bigint): List {
  if (depth < 0n) throw new EvaluationError('level must be non-negative');
  return list.flatMap((one) => (isList(one) && depth > 0n ? flatten(one, depth - 1n) : [one]));
}

function range(count: bigint): List {
  if (count > MAX_RANGE) throw new CostLimitError();
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
}

/** `list` in the order of its keys. */
function sortBy(list: List, keys: List): List {
  if (list.length !== keys.length) throw new EvaluationError(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.length} and ${keys.length} elements respectively`);
  const [first] = keys;
  if (first === undefined) return list;
  if (!COMPARABLE_NAMES.has(typeName(first))) throw new EvaluationError('list elements must be comparable');
  if (keys.some((one) => typeName(one) !== typeName(first))) throw new EvaluationError('list elements must have the same type');
  return list.map((item, i) => ({ item, key: keys[i] as Value })).sort((a, b) => compare(a.key, b.key) ?? 0).map(({ item }) => item);
}

const distinct = (list: List): List => list.filter((one, i) => list.findIndex((other) => equal(one, other)) === i);

export const longListLibrary: readonly Declaration[] = [
  ['slice', member('list_slice', [listOf(T), INT, INT], listOf(T), slice, ofResult)],
  ['flatten',
    member('list_flatten', [listOf(listOf(T))], listOf(T), (list: List) => flatten(list, 1n), ([list]) => made((list as List).length)),
    member('list_flatten_int', [listOf(DYN), INT], listOf(DYN), flatten, ([list, depth]) => made((list as List).length, Number(depth)))],
  ['lists.range', overload('lists_range', [INT], listOf(INT), range, ofResult)],
  ['reverse', member('list_reverse', [listOf(T)], listOf(T), (list: List) => list.toReversed(), ofResult)],
  ['distinct', member('list_distinct', [listOf(T)], listOf(T), distinct, compared(0))],
  ['sort', ...COMPARABLE.map((type) => member(`list_${runtimeTypeText(type)}_sort`, [listOf(type)], listOf(type), (list: List) => sortBy(list, list), compared(0)))],
  ['@sortByAssociatedKeys', ...COMPARABLE.map((type) => member(`list_${runtimeTypeText(type)}_sortByAssociatedKeys`, [listOf(U), listOf(type)], listOf(U), sortBy, compared(1)))],
];
