/** What is known of an expression before it runs, and costs nothing then. Source: cel-go interpreter/planner.go and decorators.go. */
import type { Checked } from '../checker/checker.ts';
import { runtimeTypeText } from '../checker/types.ts';
import { partsOf, type Call, type Expr, type ListExpr, type MapExpr } from '../syntax/ast.ts';
import { choose } from './dispatch.ts';
import { EvaluationError } from './errors.ts';
import { isList, LiteralMap, TypeValue, Uint, type Value } from './values.ts';

export interface Constant {
  readonly value: Value;
}

const CONVERSIONS: ReadonlySet<string> = new Set(['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'type', 'uint']);
const SCALARS: ReadonlySet<string> = new Set(['bigint', 'boolean', 'number', 'string']);

/** Whether values can be looked up in a list at no cost. */
export function isSet(list: Value): list is readonly Value[] {
  return isList(list) && list.every((one) => one instanceof Uint || SCALARS.has(typeof one));
}

export class Constants {
  /** Why the first conversion of a known value that was come across has none. */
  problem: string | undefined;
  readonly #checked: Checked;
  readonly #isLocal: (name: string) => boolean;
  readonly #known = new Map<Expr, Constant | undefined>();

  /** `isLocal`: whether a name is, where it is asked, that of a variable of a comprehension. */
  constructor(checked: Checked, isLocal: (name: string) => boolean) {
    this.#checked = checked;
    this.#isLocal = isLocal;
  }

  of(expr: Expr): Constant | undefined {
    if (!this.#known.has(expr)) this.#known.set(expr, this.#find(expr));
    return this.#known.get(expr);
  }

  #find(expr: Expr): Constant | undefined {
    switch (expr.kind) {
      case 'const': return { value: expr.type === 'uint' ? new Uint(expr.value as bigint) : expr.value };
      case 'ident': case 'select': return this.#type(expr);
      case 'list': return this.#list(expr);
      case 'map': return this.#map(expr);
      case 'call': return this.#call(expr);
      default: return undefined;
    }
  }

  /** Types have names. */
  #type(expr: Expr): Constant | undefined {
    const name = this.#checked.nameOf(expr);
    const type = this.#checked.typeOf(expr);
    if (name === undefined || type.kind !== 'type' || this.#isLocal(name)) return undefined;
    return { value: new TypeValue(runtimeTypeText(type.of).replace(/\(.*/, '')) };
  }

  #list({ elements, optional }: ListExpr): Constant | undefined {
    const values = elements.map((one) => this.of(one));
    return optional.size === 0 && values.every((one) => one !== undefined) ? { value: values.map(({ value }) => value) } : undefined;
  }

  #map({ entries }: MapExpr): Constant | undefined {
    const map = new LiteralMap();
    for (const { key, value, optional } of entries) {
      const [at, found] = [this.of(key), this.of(value)];
      if (!at || !found || optional || map.has(at.value)) return undefined;
      map.set(at.value, found.value);
    }
    return { value: map };
  }

  #call(expr: Call): Constant | undefined {
    const [first, second] = expr.args;
    if (expr.fn === '@in') {
      const list = second && this.of(second)?.value;
      return isList(list ?? null) && (list as readonly Value[]).length === 0 ? { value: false } : undefined;
    }
    const given = first && !expr.target && expr.args.length === 1 && CONVERSIONS.has(expr.fn) ? this.of(first) : undefined;
    if (!given) return undefined;
    try {
      return { value: choose(this.#checked.overloadsOf(expr), [given.value]).call(given.value as never) };
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.problem ??= error.message;
      return undefined;
    }
  }
}

/** Why a conversion of a known value in an expression has none; undefined if all have one. They are made before anything runs. */
export function conversionProblem(expr: Expr, checked: Checked): string | undefined {
  const constants = new Constants(checked, () => false);
  const visit = (one: Expr): void => {
    for (const part of partsOf(one)) visit(part);
    constants.of(one);
  };
  visit(expr);
  return constants.problem;
}
