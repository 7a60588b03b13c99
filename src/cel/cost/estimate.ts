/** The most that an expression can cost, from how large its variables may be. Sources: cel-go checker/cost.go, apiserver pkg/cel/library/cost.go. */
import type { Checked } from '../checker/checker.ts';
import type { Call, Expr, Fold } from '../syntax/ast.ts';
import { sizeOf, type Value } from '../runtime/values.ts';

/** How large the value at a path such as `self`, `spec`, `list`, `@items` may be; undefined if nobody knows. */
export type MaxSize = (path: readonly string[]) => number | undefined;

export const UNBOUNDED = 2 ** 64;
const STRING_FACTOR = 0.1;
const REGEX_FACTOR = 0.25;
/** The longest expression of a named format, in 128 characters. */
const FORMAT_FACTOR = 128 * REGEX_FACTOR;
/** Comparing two addresses of the longer family. */
const IN_RANGE_COST = 4;
const RANGE_IN_RANGE_COST = 7;
const SAME_FORMAT_COST = 7;

function capped(cost: number): number {
  return Math.min(Number.isNaN(cost) ? 0 : cost, UNBOUNDED);
}

const traversed = (size: number, times = 1): number => Math.ceil(size * times * STRING_FACTOR);

/** By the function's name: its cost from the sizes of its arguments, the receiver first. */
const COSTS: Readonly<Record<string, (sizes: readonly number[]) => number>> = {
  startsWith: ([, b = 0]) => traversed(b), endsWith: ([, b = 0]) => traversed(b),
  contains: ([a = 0, b = 0]) => traversed(a) * traversed(b),
  matches: ([a = 0, b = 0]) => Math.ceil((a + 1) * STRING_FACTOR) * Math.ceil(b * REGEX_FACTOR), find: ([a = 0, b = 0]) => Math.ceil((a + 1) * STRING_FACTOR) * Math.ceil(b * REGEX_FACTOR),
  findAll: ([a = 0, b = 0]) => Math.ceil((a + 1) * STRING_FACTOR) * Math.ceil(b * REGEX_FACTOR),
  '_==_': ([a = 0, b = 0]) => traversed(Math.min(a, b)), '_!=_': ([a = 0, b = 0]) => traversed(Math.min(a, b)),
  lowerAscii: ([a = 0]) => traversed(a), upperAscii: ([a = 0]) => traversed(a), substring: ([a = 0]) => traversed(a), trim: ([a = 0]) => traversed(a),
  replace: ([a = 0]) => traversed(a, 2), split: ([a = 0]) => traversed(a, 2), format: ([a = 0]) => traversed(a),
  url: ([a = 0]) => traversed(a), quantity: ([a = 0]) => traversed(a), isQuantity: ([a = 0]) => traversed(a), isIP: ([a = 0]) => traversed(a), isCIDR: ([a = 0]) => traversed(a), cidr: ([a = 0]) => traversed(a),
  semver: ([a = 0]) => traversed(a), isSemver: ([a = 0]) => traversed(a), check: () => 350_000,
  'sets.contains': ([a = 0, b = 0]) => a * b + 1, 'sets.intersects': ([a = 0, b = 0]) => a * b + 1, 'sets.equivalent': ([a = 0, b = 0]) => a * b * 2 + 1,
  'strings.quote': ([a = 0]) => traversed(a), 'ip.isCanonical': ([a = 0]) => traversed(a, 2), validate: ([, b = 0]) => traversed(b) * FORMAT_FACTOR,
};
const THROUGH_LIST = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf']);
const ORDERINGS = new Set(['_<_', '_<=_', '_>_', '_>=_']);

class Estimator {
  readonly #checked: Checked;
  readonly #maxSize: MaxSize;
  /** Of the variables of comprehensions around. */
  readonly #paths = new Map<string, readonly string[] | undefined>();
  readonly #sizes = new Map<Expr, number>();

  constructor(checked: Checked, maxSize: MaxSize) {
    this.#checked = checked;
    this.#maxSize = maxSize;
  }

  cost(expr: Expr): number {
    switch (expr.kind) {
      case 'const': return 0;
      case 'ident': return 1;
      case 'select': return capped(this.cost(expr.operand) + (expr.testOnly || !['map', 'object', 'param'].includes(this.#kindOf(expr.operand)) ? 0 : 1));
      case 'call': return capped(this.#call(expr));
      case 'list': return capped(expr.elements.reduce((sum, one) => sum + this.cost(one), 10));
      case 'map': return capped(expr.entries.reduce((sum, { key, value }) => sum + this.cost(key) + this.cost(value), 30));
      case 'struct': return capped(expr.entries.reduce((sum, { value }) => sum + this.cost(value), 40));
      case 'fold': return capped(this.#fold(expr));
    }
  }

  #kindOf(expr: Expr): string {
    return this.#checked.typeOf(expr).kind;
  }

  #path(expr: Expr): readonly string[] | undefined {
    switch (expr.kind) {
      case 'ident': return this.#paths.has(expr.name) ? this.#paths.get(expr.name) : [expr.name];
      case 'select': {
        const path = expr.testOnly ? undefined : this.#path(expr.operand);
        return path && [...path, this.#kindOf(expr.operand) === 'map' ? '@values' : expr.field];
      }
      case 'call': {
        const [operand] = expr.args;
        if (expr.fn === '_[_]' && operand) {
          const path = this.#path(operand);
          return path && [...path, this.#kindOf(operand) === 'map' ? '@values' : '@items'];
        }
        return undefined;
      }
      default: return undefined;
    }
  }

  #size(expr: Expr): number {
    if (expr.kind === 'const') return sizeOf(expr.value as Value);
    if (expr.kind === 'list') return expr.elements.length;
    if (expr.kind === 'map') return expr.entries.length;
    const known = this.#sizes.get(expr);
    if (known !== undefined) return known;
    if (['int', 'uint', 'double', 'bool', 'null', 'timestamp', 'duration'].includes(this.#kindOf(expr))) return 1;
    const path = this.#path(expr);
    return (path && this.#maxSize(path)) ?? UNBOUNDED;
  }

  #call(expr: Call): number {
    const all = expr.target && this.#checked.overloadsOf(expr)[0]?.isMember ? [expr.target, ...expr.args] : expr.args;
    const costs = all.map((one) => this.cost(one));
    const sum = costs.reduce((total, one) => total + one, 0);
    if (expr.fn === '_&&_' || expr.fn === '_||_') return sum;
    if (expr.fn === '_?_:_') {
      this.#sizes.set(expr, Math.max(this.#size(all[1] as Expr), this.#size(all[2] as Expr)));
      return (costs[0] ?? 0) + Math.max(costs[1] ?? 0, costs[2] ?? 0);
    }
    return sum + this.#own(expr, qualifiedName(expr, all), all);
  }

  #own(expr: Call, fn: string, args: readonly Expr[]): number {
    const [first] = args;
    const sizes = args.map((one) => this.#size(one));
    if (fn === '_==_' && first && this.#isOpaque(first)) return this.#sameOpaque(first, args[1] as Expr);
    if (expr.fn === '_+_') return this.#addition(expr, sizes);
    if (fn === 'join') return this.#join(expr, args, sizes);
    if (fn === 'containsIP' || fn === 'containsCIDR') return (fn === 'containsIP' ? IN_RANGE_COST : RANGE_IN_RANGE_COST) + (this.#kindOf(args[1] as Expr) === 'string' ? traversed(sizes[1] ?? 0) : 0);
    if (fn === 'ip' || fn === 'bytes' || fn === 'string') return this.#conversion(expr, first, sizes[0] ?? 0);
    if (expr.fn === '@in') return args[1] && this.#kindOf(args[1]) === 'list' ? (sizes[1] ?? 0) : 1;
    if (ORDERINGS.has(expr.fn)) return first && ['string', 'bytes'].includes(this.#kindOf(first)) ? traversed(Math.min(sizes[0] ?? 0, sizes[1] ?? 0)) : 1;
    if (THROUGH_LIST.has(fn) && first) return this.#throughList(first, sizes[0] ?? 0);
    this.#resultSize(expr, fn, sizes);
    return Object.hasOwn(COSTS, fn) ? (COSTS[fn]?.(sizes) ?? 1) : 1;
  }

  /** A type of Kubernetes' own. */
  #isOpaque(expr: Expr): boolean {
    const type = this.#checked.typeOf(expr);
    return type.kind === 'opaque' && type.name !== 'optional_type';
  }

  /** Looks at them once, but for the longest name of a format, and for the text of a URL. */
  #sameOpaque(one: Expr, other: Expr): number {
    const type = this.#checked.typeOf(one);
    const name = type.kind === 'opaque' ? type.name : '';
    if (name === 'kubernetes.NamedFormat') return SAME_FORMAT_COST;
    return name === 'kubernetes.URL' ? Math.max(1, traversed(this.#sizes.get(other) ?? 1)) : 1;
  }

  #join(expr: Call, [list]: readonly Expr[], [size = 0, separator = 0]: readonly number[]): number {
    const path = list && this.#path(list);
    const element = (path && this.#maxSize([...path, '@items'])) ?? UNBOUNDED;
    const total = capped(size * element + Math.max(0, size - 1) * separator);
    this.#sizes.set(expr, total);
    return traversed(total);
  }

  /** An address within a range is at hand; a text is read through. */
  #conversion(expr: Call, from: Expr | undefined, size: number): number {
    const kind = from && this.#kindOf(from);
    if (expr.fn === 'ip') return kind === 'string' ? traversed(size) : 1;
    if (expr.fn === 'bytes' && kind === 'string') {
      this.#sizes.set(expr, capped(size * 4));
      return traversed(size);
    }
    if (expr.fn === 'string' && (kind === 'bytes' || kind === 'string')) this.#sizes.set(expr, size);
    return expr.fn === 'string' && kind === 'bytes' ? traversed(size) : 1;
  }

  #addition(expr: Call, sizes: readonly number[]): number {
    const total = capped((sizes[0] ?? 0) + (sizes[1] ?? 0));
    this.#sizes.set(expr, total);
    return ['string', 'bytes'].includes(this.#kindOf(expr)) ? traversed(total) : 1;
  }

  #throughList(list: Expr, size: number): number {
    const type = this.#checked.typeOf(list);
    if (type.kind !== 'list') return traversed(size);
    if (!['string', 'bytes'].includes(type.element.kind)) return size;
    const path = this.#path(list);
    return size * (1 + traversed((path && this.#maxSize([...path, '@items'])) ?? UNBOUNDED));
  }

  #resultSize(expr: Call, fn: string, sizes: readonly number[]): void {
    const [size = 0] = sizes;
    const limit = expr.args[1];
    if (fn === 'split' && limit?.kind === 'const' && typeof limit.value === 'bigint') this.#sizes.set(expr, limit.value < 0n ? UNBOUNDED : Number(limit.value));
    else if (['lowerAscii', 'upperAscii', 'substring', 'trim', 'split', 'find', 'findAll', 'url'].includes(fn)) this.#sizes.set(expr, size);
    else if (fn === 'strings.quote') this.#sizes.set(expr, capped(size * 2 + 2));
    else if (fn === 'replace') this.#sizes.set(expr, this.#replaced(expr, size, sizes[2] ?? 0));
  }

  /** How long a text can get: the shortest part that can be replaced is known only where it stands in the expression. */
  #replaced({ args: [part] }: Call, size: number, by: number): number {
    const shortest = part?.kind === 'const' ? sizeOf(part.value as Value) : 0;
    if (shortest === 0) return capped((size + 1) * by + size);
    return by <= shortest ? size : capped(Math.ceil(size / shortest) * by);
  }

  #fold(expr: Fold): number {
    const before = this.cost(expr.range) + this.cost(expr.accuInit);
    const size = this.#size(expr.range);
    const path = this.#path(expr.range);
    const isMap = this.#kindOf(expr.range) === 'map';
    this.#paths.set(expr.accuVar, undefined);
    this.#paths.set(expr.iterVar, path && (expr.iterVar2 === undefined || isMap ? [...path, isMap ? '@keys' : '@items'] : undefined));
    if (expr.iterVar2 !== undefined) this.#paths.set(expr.iterVar2, path && [...path, isMap ? '@values' : '@items']);
    const each = this.cost(expr.condition) + this.cost(expr.step);
    this.#paths.delete(expr.iterVar);
    if (expr.iterVar2 !== undefined) this.#paths.delete(expr.iterVar2);
    const result = this.cost(expr.result);
    this.#paths.delete(expr.accuVar);
    if (this.#kindOf(expr) === 'list') this.#sizes.set(expr, size);
    return before + size * each + result;
  }
}

/** With the namespace that it is in, for functions such as `sets.contains`: there is a target, and it is no argument. */
function qualifiedName({ fn, target }: Call, args: readonly Expr[]): string {
  return target === undefined || args[0] === target ? fn : `${namespaceOf(target)}.${fn}`;
}

function namespaceOf(expr: Expr): string {
  if (expr.kind === 'ident') return expr.name;
  return expr.kind === 'select' ? `${namespaceOf(expr.operand)}.${expr.field}` : '';
}

export function estimateCost(expr: Expr, checked: Checked, maxSize: MaxSize): number {
  return new Estimator(checked, maxSize).cost(expr);
}
