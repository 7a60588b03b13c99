/** Operators and functions of the language itself. Source: the CEL language definition, cel-go common/stdlib. */
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, NULL, opaque, optionalOf, param, STRING, TIMESTAMP, typeOf, UINT, type CelType } from '../checker/types.ts';
import { noSuchOverload } from '../runtime/errors.ts';
import { codePoints, compare, CelMap, equal, isList, sizeOf, typeName, TypeValue, type Value } from '../runtime/values.ts';
import { arithmetic } from './arithmetic.ts';
import { conversions } from './conversion-functions.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';
import { matches } from './regex.ts';
import { timeFunctions } from './time.ts';

const A = param('A');
const B = param('B');
const STRING_FACTOR = 0.1;
const ORDERED: readonly (readonly [string, CelType])[] = [['bool', BOOL], ['int64', INT], ['uint64', UINT], ['double', DOUBLE], ['string', STRING], ['bytes', BYTES], ['timestamp', TIMESTAMP], ['duration', DURATION]];
const NUMBERS: readonly (readonly [string, CelType])[] = [['int64', INT], ['uint64', UINT], ['double', DOUBLE]];

const shorter = ([a, b]: readonly Value[]): number => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * STRING_FACTOR);

function ordering(name: string, word: string, holds: (order: number) => boolean): Declaration {
  const call = (a: Value, b: Value): boolean => {
    const order = compare(a, b);
    return order !== undefined && holds(order);
  };
  const same = ORDERED.map(([id, type]) => overload(`${word}_${id}`, [type, type], BOOL, call, type === STRING || type === BYTES ? shorter : undefined));
  const mixed = NUMBERS.flatMap(([a, left]) => NUMBERS.filter(([b]) => b !== a).map(([b, right]) => overload(`${word}_${a}_${b}`, [left, right], BOOL, call)));
  return [name, ...same, ...mixed];
}

function contains(element: Value, container: Value): boolean {
  if (isList(container)) return container.some((one) => equal(one, element));
  if (container instanceof CelMap) return container.has(element);
  throw noSuchOverload();
}

const size = (value: Value): bigint => BigInt(sizeOf(value));
const SIZED: readonly (readonly [string, CelType, (value: never) => bigint])[] = [
  ['string', STRING, (text: string) => BigInt(codePoints(text))], ['bytes', BYTES, size], ['list', listOf(A), size], ['map', mapOf(A, B), size],
];

const equality = (a: Value, b: Value): boolean => equal(a, b);
const unused = (): Value => null;

function texts(): readonly Declaration[] {
  return [
    ['contains', member('contains_string', [STRING, STRING], BOOL, (text: string, part: string) => text.includes(part), ([a, b]) => Math.ceil(sizeOf(a) * STRING_FACTOR) * Math.ceil(sizeOf(b) * STRING_FACTOR))],
    ['startsWith', member('starts_with_string', [STRING, STRING], BOOL, (text: string, part: string) => text.startsWith(part), traversal())],
    ['endsWith', member('ends_with_string', [STRING, STRING], BOOL, (text: string, part: string) => text.endsWith(part), traversal())],
    ['matches', overload('matches', [STRING, STRING], BOOL, matches.call, matches.cost), member('matches_string', [STRING, STRING], BOOL, matches.call, matches.cost)],
  ];
}

/** Logic, equality and selection are evaluated by the program itself: their declarations are for the checker. */
const SPECIAL: readonly Declaration[] = [
  ['_&&_', overload('logical_and', [BOOL, BOOL], BOOL, unused)],
  ['_||_', overload('logical_or', [BOOL, BOOL], BOOL, unused)],
  ['_?_:_', overload('conditional', [BOOL, A, A], A, unused)],
  ['@not_strictly_false', overload('not_strictly_false', [BOOL], BOOL, unused)],
  ['_==_', overload('equals', [A, A], BOOL, equality)],
  ['_!=_', overload('not_equals', [A, A], BOOL, equality)],
  ['_[_]', overload('index_list', [listOf(A), INT], A, unused), overload('index_map', [mapOf(A, B), A], B, unused), overload('optional_list_index_value', [optionalOf(listOf(A)), INT], optionalOf(A), unused), overload('optional_map_index_value', [optionalOf(mapOf(A, B)), A], optionalOf(B), unused)],
];

export const standardLibrary: readonly Declaration[] = [
  ...SPECIAL,
  ['!_', overload('logical_not', [BOOL], BOOL, (value: boolean) => !value)],
  ordering('_<_', 'less', (order) => order < 0), ordering('_<=_', 'less_equals', (order) => order <= 0),
  ordering('_>_', 'greater', (order) => order > 0), ordering('_>=_', 'greater_equals', (order) => order >= 0),
  ['@in', overload('in_list', [A, listOf(A)], BOOL, contains, ([, list]) => sizeOf(list)), overload('in_map', [A, mapOf(A, B)], BOOL, contains)],
  ['size', ...SIZED.flatMap(([id, type, call]) => [overload(`size_${id}`, [type], INT, call), member(`${id}_size`, [type], INT, call)])],
  ['type', overload('type', [A], typeOf(A), (value: Value) => new TypeValue(typeName(value)))],
  ['dyn', overload('to_dyn', [A], DYN, (value: Value) => value)],
  ...texts(), ...arithmetic, ...conversions, ...timeFunctions,
];

/** Names of types that an expression may compare with: `type(x) == int`. */
export const STANDARD_TYPES: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ['bool', BOOL], ['bytes', BYTES], ['double', DOUBLE], ['int', INT], ['uint', UINT], ['string', STRING], ['null_type', NULL], ['list', listOf(DYN)], ['map', mapOf(DYN, DYN)], ['type', typeOf(DYN)],
  ['google.protobuf.Timestamp', TIMESTAMP], ['google.protobuf.Duration', DURATION], ['optional_type', optionalOf(DYN)],
  ['net.IP', opaque('net.IP')], ['net.CIDR', opaque('net.CIDR')], // the other types of Kubernetes have no names here
].map(([name, type]) => [name as string, typeOf(type as CelType)]));

