/** What calls cost at most, by their overloads and the sizes of what they are given. Sources: cel-go checker/cost.go and ext/sets.go, apiserver pkg/cel/library/cost.go. */
import type { Overload } from '../checker/environment.ts';
import type { CelType } from '../checker/types.ts';
import type { Expr } from '../syntax/ast.ts';
import { exactly, joined, ONE, plus, product, scaled, type Range, UNBOUNDED, UNKNOWN, ZERO } from './range.ts';

/** An operand of a call. */
export interface Operand {
  readonly expr: Expr;
  readonly type: CelType;
  /** UNKNOWN if nobody knows. */
  readonly size: Range;
  /** Of each element, if it is a list; UNKNOWN if nobody knows. */
  elementSize(): Range;
}

export interface CallCost {
  /** Beside that of the arguments. */
  readonly cost: Range;
  readonly size?: Range;
}

type Estimate = (operands: readonly Operand[], overload: Overload) => CallCost | undefined;

const STRING_FACTOR = 0.1;
const REGEX_FACTOR = 0.25;
const MAX_FORMAT_REGEX = 128;
const MAX_FORMAT = 64;
/** The call and the list that it makes. */
const LIST_CALL = exactly(11);

const sizeAt = (operands: readonly Operand[], index: number): Range => operands[index]?.size ?? UNKNOWN;
const traversed = (size: Range, times = 1): Range => scaled(size, STRING_FACTOR * times);

/** A text searched by an expression: one is added to its length, so that an empty one costs something too. */
const searched = (text: Range, regex: Range): Range => product(traversed(plus(text, ONE)), scaled(regex, REGEX_FACTOR));

const sameSize: Estimate = (operands) => ({ cost: traversed(sizeAt(operands, 0)), size: sizeAt(operands, 0) });

const parsed: Estimate = (operands) => ({ cost: traversed(sizeAt(operands, 0)) });

function throughList(operands: readonly Operand[]): CallCost {
  const [list] = operands;
  if (list?.type.kind !== 'list' && list?.type.kind !== 'map') return { cost: traversed(sizeAt(operands, 0)) };
  const element = list.type.kind === 'list' ? list.type.element : list.type.key;
  const each = ['string', 'bytes'].includes(element.kind) ? plus(ONE, traversed(list.elementSize())) : ONE;
  return { cost: product(list.size, each) };
}

function replaced(operands: readonly Operand[]): CallCost {
  const [text, from, to] = [sizeAt(operands, 0), sizeAt(operands, 1), sizeAt(operands, 2)];
  const longest = from.min === 0 ? (Math.min(UNBOUNDED, text.max + 1) * to.max) + text.max : to.max <= from.min ? text.max : Math.ceil(text.max / from.min) * to.max;
  const shortest = from.max === 0 ? (Math.min(UNBOUNDED, text.min + 1) * to.min) + text.min : from.max <= to.min ? text.min : Math.ceil(text.min / from.max) * to.min;
  return { cost: traversed(text, 2), size: { min: Math.min(UNBOUNDED, shortest), max: Math.min(UNBOUNDED, longest) } };
}

function split(operands: readonly Operand[]): CallCost {
  const limit = operands[2]?.expr;
  const max = limit?.kind === 'const' && typeof limit.value === 'bigint' ? Number(BigInt.asUintN(64, limit.value)) : sizeAt(operands, 0).max;
  return { cost: traversed(sizeAt(operands, 0), 2), size: { min: 0, max } };
}

function joinedList(operands: readonly Operand[]): CallCost {
  const [list, separator] = operands;
  const count = sizeAt(operands, 0);
  const elements = list?.type.kind === 'list' ? product(count, list.elementSize()) : ZERO;
  const between = separator ? product(separator.size, { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) }) : ZERO;
  const size = plus(elements, between);
  return { cost: traversed(size), size };
}

/** Both addresses are read, a text is parsed before. */
function containsAddress(operands: readonly Operand[], { id }: Overload): CallCost {
  const bytes = { min: 4, max: 16 };
  const network = id.includes('contains_cidr') ? plus(traversed(bytes), ONE) : ZERO;
  return { cost: plus(traversed(plus(bytes, bytes)), network, id.endsWith('_string') ? traversed(sizeAt(operands, 1)) : ZERO) };
}

const CHEAPLY_EQUAL: ReadonlySet<string> = new Set(['net.IP', 'net.CIDR', 'kubernetes.Quantity', 'kubernetes.Semver']);

function equality(operands: readonly Operand[], { id }: Overload): CallCost {
  const [a, b] = operands;
  if (id === 'equals' && a?.type.kind === 'opaque' && b?.type.kind === 'opaque' && a.type.name === b.type.name) {
    if (CHEAPLY_EQUAL.has(a.type.name)) return { cost: ONE };
    if (a.type.name === 'kubernetes.NamedFormat') return { cost: traversed({ min: 1, max: MAX_FORMAT }) };
    if (a.type.name === 'kubernetes.URL') return { cost: traversed({ min: 1, max: b.size === UNKNOWN ? 1 : b.size.max }) };
  }
  const max = Math.min(sizeAt(operands, 0).max, sizeAt(operands, 1).max);
  return { cost: traversed({ min: Math.min(1, max), max }) };
}

function addition(operands: readonly Operand[], { id }: Overload): CallCost {
  const size = plus(sizeAt(operands, 0), sizeAt(operands, 1));
  return { cost: id === 'add_list' ? ONE : traversed(size), size };
}

/** A text is parsed, and a list of requirements made of it: the shortest takes two characters. */
const selector: Estimate = (operands) => {
  const text = sizeAt(operands, 1);
  return { cost: plus(traversed(text), scaled(scaled(text, 0.5), 50), exactly(10)) };
};

const sets = (times: number): Estimate => (operands) => ({ cost: plus(scaled(product(sizeAt(operands, 0), sizeAt(operands, 1)), times), ONE) });

/** A call that makes a list of `size`, with a cost per element. */
function listMade(size: Range, perElement = 1): CallCost {
  return { cost: plus(scaled(size, perElement), LIST_CALL), size };
}

function literalOf(operand: Operand | undefined, otherwise: number): number {
  return operand?.expr.kind === 'const' && typeof operand.expr.value === 'bigint' ? Math.max(0, Number(operand.expr.value)) : otherwise;
}

function sliced(operands: readonly Operand[]): CallCost {
  const size = literalOf(operands[2], sizeAt(operands, 0).max) - literalOf(operands[1], 0);
  return listMade(exactly(size < 0 ? UNBOUNDED : size));
}

/** Of a list or its keys, whose elements are compared with each other. */
const sorted = (index: number): Estimate => (operands, { id }) => {
  const size = sizeAt(operands, index);
  return listMade(product(size, size), /^list_(string|bytes)_/.test(id) ? 2 + STRING_FACTOR : 2);
};

/** By the name of the function. The receiver is the first operand. */
const MEMBERS: Readonly<Record<string, Estimate>> = {
  isSorted: throughList, sum: throughList, max: throughList, min: throughList, indexOf: throughList, lastIndexOf: throughList,
  lowerAscii: sameSize, upperAscii: sameSize, substring: sameSize, trim: sameSize,
  replace: (operands) => (operands.length < 3 ? undefined : replaced(operands)),
  split, join: joinedList,
  find: (operands) => ({ cost: searched(sizeAt(operands, 0), sizeAt(operands, 1)), size: { min: 0, max: sizeAt(operands, 0).max } }),
  findAll: (operands) => ({ cost: searched(sizeAt(operands, 0), sizeAt(operands, 1)), size: { min: 0, max: sizeAt(operands, 0).max } }),
  containsIP: containsAddress, containsCIDR: containsAddress,
  validate: (operands) => ({ cost: scaled(traversed(sizeAt(operands, 1)), MAX_FORMAT_REGEX * REGEX_FACTOR) }),
  sort: sorted(0), '@sortByAssociatedKeys': sorted(1), distinct: ([list]) => list && listMade(product(list.size, list.size), 2), reverse: ([list]) => list && listMade(list.size), slice: sliced,
  flatten: ([list, depth]) => list && listMade(list.size, depth ? literalOf(depth, UNBOUNDED) : 1),
  check: () => ({ cost: exactly(350_000) }), fieldSelector: selector, labelSelector: selector,
};

/** By the overload. */
const OVERLOADS: Readonly<Record<string, Estimate>> = {
  lists_range: ([count]) => listMade(exactly(literalOf(count, UNBOUNDED))),
  string_to_url: sameSize,
  string_to_quantity: parsed, is_quantity_string: parsed, string_to_semver: parsed, string_bool_to_semver: parsed, is_semver_string: parsed, is_semver_string_bool: parsed,
  string_to_ip: parsed, string_to_cidr: parsed, is_ip: parsed, is_cidr: parsed, ip_is_canonical: (operands) => ({ cost: traversed(sizeAt(operands, 0), 2) }),
  string_format: (operands) => ({ cost: traversed(sizeAt(operands, 0)) }),
  string_to_bytes: ([text]) => text && { cost: traversed(text.size), size: { min: text.size.min, max: text.size.max * 4 } },
  bytes_to_string: ([bytes]) => bytes && { cost: traversed(bytes.size), size: { min: Math.floor(bytes.size.min / 4), max: bytes.size.max } },
  strings_quote: ([text]) => text && { cost: traversed(text.size), size: { min: text.size.min + 2, max: text.size.max * 2 + 2 } },
  starts_with_string: (operands) => ({ cost: traversed(sizeAt(operands, 1)) }), ends_with_string: (operands) => ({ cost: traversed(sizeAt(operands, 1)) }),
  in_list: (operands) => ({ cost: sizeAt(operands, 1) }),
  matches_string: (operands) => ({ cost: searched(sizeAt(operands, 0), sizeAt(operands, 1)) }),
  contains_string: (operands) => ({ cost: product(traversed(sizeAt(operands, 0)), traversed(sizeAt(operands, 1))) }),
  add_string: addition, add_bytes: addition, add_list: addition,
  equals: equality, not_equals: equality,
  list_sets_contains_list: sets(1), list_sets_intersects_list: sets(1), list_sets_equivalent_list: sets(2),
};
const ORDERING = /^(less|greater)(_equals)?_(string|bytes)$/;

/** Beside the costs of the operands: one unit for all that says nothing. */
export function callCost(fn: string, overload: Overload, operands: readonly Operand[]): CallCost {
  const estimate = overload.isMember && Object.hasOwn(MEMBERS, fn) ? MEMBERS[fn] : Object.hasOwn(OVERLOADS, overload.id) ? OVERLOADS[overload.id] : ORDERING.test(overload.id) ? equality : undefined;
  return estimate?.(operands, overload) ?? { cost: ONE };
}

/** What `c ? a : b` comes to. */
export function conditionalSize(a: Range, b: Range): Range {
  return joined(a, b);
}
