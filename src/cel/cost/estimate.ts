/** The most that an expression can cost, from how large its variables may be. Sources: cel-go checker/cost.go, apiserver pkg/cel/library/cost.go. */
import type { Checked } from '../checker/checker.ts';
import type { CelType } from '../checker/types.ts';
import type { Call, Expr, Fold } from '../syntax/ast.ts';
import { sizeOf, type Value } from '../runtime/values.ts';
import { callCost, conditionalSize, type Operand } from './call-costs.ts';
import { exactly, joined, NOTHING, ONE, plus, product, type Range, UNBOUNDED, UNKNOWN, ZERO } from './range.ts';

export { UNBOUNDED } from './range.ts';

/**
 * How large the value at a path such as `self`, `spec`, `list`, `@items` may be; undefined if nobody knows. The first step, a variable, is never looked at: what is
 * there is taken for the root, whatever it is.
 */
export type MaxSize = (path: readonly string[]) => number | undefined;

/** Of what a list or a map is made. */
interface EntrySizes {
  readonly kind: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[];
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

const SCALARS: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);
const ACCUMULATORS: ReadonlySet<string> = new Set(['@result', '__result__']);
const NOWHERE: readonly string[] = [];
const LIST_COST = exactly(10);
const MAP_COST = exactly(30);
const STRUCT_COST = exactly(40);

function isScalar(type: CelType): boolean {
  if (type.kind === 'opaque' && type.name === 'optional_type') return type.params[0] !== undefined && isScalar(type.params[0]);
  return SCALARS.has(type.kind);
}

function joinedEntries(a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined {
  return a && b && { kind: a.kind, key: joined(a.key, b.key), value: joined(a.value, b.value) };
}

class Estimator {
  readonly #checked: Checked;
  readonly #maxSize: MaxSize;
  readonly #paths = new Map<Expr, readonly string[]>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, EntrySizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, maxSize: MaxSize) {
    this.#checked = checked;
    this.#maxSize = maxSize;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'const': return ZERO;
      case 'ident':
        this.#paths.set(expr, this.#local(expr.name)?.path ?? [expr.name]);
        return ONE;
      case 'select': {
        const name = this.#checked.nameOf(expr);
        if (name !== undefined) {
          this.#paths.set(expr, [name]);
          return ONE;
        }
        const cost = this.cost(expr.operand);
        if (expr.testOnly) return cost;
        this.#paths.set(expr, [...this.#path(expr.operand), expr.field]);
        return ['map', 'object', 'param'].includes(this.#kindOf(expr.operand)) ? plus(cost, ONE) : cost;
      }
      case 'call': return this.#call(expr);
      case 'list': return plus(LIST_COST, this.#made(expr, 'list', expr.elements.map((value) => ({ key: undefined, value }))));
      case 'map': return plus(MAP_COST, this.#made(expr, 'map', expr.entries));
      case 'struct': return plus(STRUCT_COST, ...expr.entries.map(({ value }) => this.cost(value)));
      case 'fold': return this.#fold(expr);
    }
  }

  #kindOf(expr: Expr): string {
    return this.#checked.typeOf(expr).kind;
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    const locals = this.#locals.get(name);
    if (locals) locals.push(local);
    else this.#locals.set(name, [local]);
  }

  #path(expr: Expr): readonly string[] {
    return (expr.kind === 'ident' ? this.#local(expr.name)?.path : undefined) ?? this.#paths.get(expr) ?? NOWHERE;
  }

  #sizeAt(path: readonly string[]): Range | undefined {
    const max = path.length === 0 ? undefined : this.#maxSize(path);
    return max === undefined ? undefined : { min: 0, max };
  }

  /** undefined if nobody knows. */
  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? ownSize(expr) ?? this.#sizeAt(this.#path(expr));
    if (known) return known;
    if (isScalar(this.#checked.typeOf(expr))) return ONE;
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  #entriesOf(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  #keep(expr: Expr, size: Range | undefined, entries?: EntrySizes): void {
    if (size) this.#sizes.set(expr, size);
    if (entries) this.#entries.set(expr, entries);
  }

  /** A list or a map, from its parts. */
  #made(expr: Expr, kind: 'list' | 'map', parts: readonly { readonly key: Expr | undefined; readonly value: Expr }[]): Range {
    let cost = ZERO;
    let key = parts.length === 0 ? ZERO : NOTHING;
    let value = key;
    for (const part of parts) {
      cost = plus(cost, part.key ? this.cost(part.key) : ZERO, this.cost(part.value));
      key = part.key ? joined(key, this.#size(part.key) ?? UNKNOWN) : ONE;
      value = joined(value, this.#size(part.value) ?? UNKNOWN);
    }
    this.#keep(expr, undefined, { kind, key: kind === 'list' ? ONE : key, value });
    return cost;
  }

  #operand(expr: Expr): Operand {
    const path = this.#path(expr);
    const seen = ACCUMULATORS.has(path[0] ?? '') ? NOWHERE : path;
    return {
      expr, type: this.#checked.typeOf(expr), size: this.#size(expr) ?? UNKNOWN,
      elementSize: () => (seen.length === 0 ? undefined : this.#sizeAt([...seen, '@items'])) ?? UNKNOWN,
    };
  }

  #call(expr: Call): Range {
    const [first] = expr.args;
    if (expr.fn === 'dyn' && first) {
      const cost = plus(ONE, this.cost(first));
      this.#keep(expr, this.#size(first), this.#entriesOf(first));
      return cost;
    }
    if (expr.fn === '_?._' && first) return plus(ONE, this.cost(first));
    const overloads = this.#checked.overloadsOf(expr);
    const all = expr.target && overloads[0]?.isMember ? [expr.target, ...expr.args] : expr.args;
    const costs = all.map((one) => this.cost(one));
    if (overloads.length === 0) return ZERO;
    if (expr.fn === '_?_:_') return this.#conditional(expr, costs);
    if (expr.fn === '_&&_' || expr.fn === '_||_') {
      this.#keep(expr, this.#size(expr));
      return { min: costs[0]?.min ?? 0, max: plus(...costs).max };
    }
    const operands = all.map((one) => this.#operand(one));
    let own = NOTHING;
    let size: Range | undefined;
    for (const overload of overloads) {
      const estimate = callCost(expr.fn, overload, operands);
      own = joined(own, estimate.cost);
      if (estimate.size) size = size ? joined(size, estimate.size) : estimate.size;
      if (first && (overload.id === 'index_list' || overload.id === 'index_map')) {
        size = this.#entriesOf(first)?.value;
        this.#paths.set(expr, [...this.#path(first), overload.id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.#size(expr);
    }
    if (overloads.some(({ id }) => ADDITIONS.has(id))) this.#keep(expr, undefined, joinedEntries(this.#entriesOf(all[0] as Expr), this.#entriesOf(all[1] as Expr)));
    this.#keep(expr, size);
    return plus(...costs, own);
  }

  #conditional(expr: Call, [condition = ZERO, then = ZERO, otherwise = ZERO]: readonly Range[]): Range {
    const [, a, b] = expr.args as [Expr, Expr, Expr];
    this.#keep(expr, conditionalSize(this.#size(a) ?? UNKNOWN, this.#size(b) ?? UNKNOWN), joinedEntries(this.#entriesOf(a), this.#entriesOf(b)));
    return plus(condition, joined(then, otherwise));
  }

  #fold(expr: Fold): Range {
    const before = plus(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, { path: this.#path(expr.accuInit), size: this.#size(expr.accuInit), entries: this.#entriesOf(expr.accuInit) });
    if (isBind(expr)) {
      const result = this.cost(expr.result);
      this.#locals.get(expr.accuVar)?.pop();
      this.#keep(expr, this.#size(expr.result), this.#entriesOf(expr.result));
      return plus(before, result);
    }
    const step = this.#step(expr);
    const result = this.cost(expr.result);
    this.#locals.get(expr.accuVar)?.pop();
    const count = this.#size(expr.range) ?? UNKNOWN;
    if (expr.accuInit.kind === 'const') this.#keep(expr, this.#size(expr.accuInit));
    else if (expr.accuInit.kind === 'list' || expr.accuInit.kind === 'map') this.#keep(expr, count, this.#entriesOf(expr.step));
    return plus(before, result, product(count, step));
  }

  /** Once through the loop. */
  #step(expr: Fold): Range {
    const entries = this.#entriesOf(expr.range);
    const isList = (entries?.kind ?? this.#kindOf(expr.range)) === 'list';
    const path = this.#path(expr.range);
    const keys: Local = { path: [...path, isList ? '@indices' : '@keys'], size: entries?.key, entries: undefined };
    const values: Local = { path: [...path, isList ? '@items' : '@values'], size: entries?.value, entries: undefined };
    this.#push(expr.iterVar, expr.iterVar2 === undefined && isList ? values : keys);
    if (expr.iterVar2 !== undefined) this.#push(expr.iterVar2, values);
    const cost = plus(this.cost(expr.condition), this.cost(expr.step));
    this.#locals.get(expr.iterVar)?.pop();
    if (expr.iterVar2 !== undefined) this.#locals.get(expr.iterVar2)?.pop();
    return cost;
  }
}

const ADDITIONS: ReadonlySet<string> = new Set(['add_string', 'add_bytes', 'add_list']);

/** Of what stands in the expression itself. */
function ownSize(expr: Expr): Range | undefined {
  if (expr.kind === 'const') return exactly(sizeOf(expr.value as Value));
  if (expr.kind === 'list') return exactly(expr.elements.length);
  return expr.kind === 'map' ? exactly(expr.entries.length) : undefined;
}

/** A name for a value, as `cel.bind` gives it. */
function isBind({ range, condition, accuVar }: Fold): boolean {
  return range.kind === 'list' && range.elements.length === 0 && condition.kind === 'const' && condition.value === false && !ACCUMULATORS.has(accuVar);
}

export function estimateCost(expr: Expr, checked: Checked, maxSize: MaxSize): number {
  return Math.min(UNBOUNDED, new Estimator(checked, maxSize).cost(expr).max);
}
