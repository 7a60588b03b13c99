/** Gives each part of an expression its type. Source: cel-go checker/checker.go. */
import type { Call, Expr, Fold, ListExpr, MapExpr, Select, StructExpr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/source.ts';
import type { Environment, Overload } from './environment.ts';
import { BOOL, BYTES, DOUBLE, DYN, ERROR, INT, isDynamic, listOf, mapOf, NULL, optionalOf, param, sameType, STRING, typeText, UINT, type CelType } from './types.ts';
import { assignable, mostGeneral, substitute, type Bindings } from './unify.ts';

const CONSTANTS = { null: NULL, bool: BOOL, int: INT, uint: UINT, double: DOUBLE, string: STRING, bytes: BYTES } as const;

export interface Checked {
  readonly type: CelType;
  typeOf(expr: Expr): CelType;
  /** The overloads that a call may mean: more than one if types are known at run time only. */
  overloadsOf(call: Call): readonly Overload[];
  /** The variable or constant that a path of names is, such as `a.b.c`. */
  nameOf(expr: Expr): string | undefined;
}

function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.testOnly) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}

class Checker implements Checked {
  readonly #environment: Environment;
  readonly #issues: Issue[];
  readonly #types = new Map<Expr, CelType>();
  readonly #overloads = new Map<Call, readonly Overload[]>();
  readonly #names = new Map<Expr, string>();
  readonly #scopes: Map<string, CelType>[] = [];
  #bindings: Bindings = new Map();
  #typeVars = 0;
  type: CelType = ERROR;

  constructor(environment: Environment, issues: Issue[]) {
    this.#environment = environment;
    this.#issues = issues;
  }

  run(expr: Expr): this {
    this.#check(expr);
    this.type = this.typeOf(expr);
    return this;
  }

  typeOf(expr: Expr): CelType {
    return substitute(this.#bindings, this.#types.get(expr) ?? ERROR, true);
  }

  overloadsOf(call: Call): readonly Overload[] {
    return this.#overloads.get(call) ?? [];
  }

  nameOf(expr: Expr): string | undefined {
    return this.#names.get(expr);
  }

  #report({ offset }: { readonly offset: number }, message: string): void {
    this.#issues.push({ offset, message });
  }

  #typeVar(): CelType {
    return param(`_var${this.#typeVars++}`);
  }

  #known(expr: Expr): CelType {
    return this.#types.get(expr) ?? ERROR;
  }

  #assign(to: CelType, from: CelType): boolean {
    const bindings = assignable(this.#bindings, [to], [from]);
    if (bindings) this.#bindings = bindings;
    return bindings !== undefined;
  }

  #check(expr: Expr): void {
    this.#types.set(expr, this.#typed(expr));
  }

  #typed(expr: Expr): CelType {
    switch (expr.kind) {
      case 'const': return CONSTANTS[expr.type];
      case 'ident': return this.#ident(expr, expr.name);
      case 'select': return this.#select(expr);
      case 'call': return this.#call(expr);
      case 'list': return this.#list(expr);
      case 'map': return this.#map(expr);
      case 'struct': return this.#struct(expr);
      case 'fold': return this.#fold(expr);
    }
  }

  #variable(name: string): CelType | undefined {
    const absolute = name.startsWith('.');
    if (!absolute) {
      for (let i = this.#scopes.length - 1; i >= 0; i--) {
        const found = this.#scopes[i]?.get(name);
        if (found) return found;
      }
    }
    return this.#environment.variable(absolute ? name.slice(1) : name);
  }

  #ident(expr: Expr, name: string): CelType {
    const type = this.#variable(name);
    if (type) {
      this.#names.set(expr, name.startsWith('.') ? name.slice(1) : name);
      return type;
    }
    this.#report(expr, `undeclared reference to '${name}' (in container '')`);
    return ERROR;
  }

  #select(expr: Select): CelType {
    const name = expr.testOnly ? undefined : qualifiedName(expr);
    const type = name === undefined || this.#scopes.some((scope) => scope.has(name.split('.')[0] ?? '')) ? undefined : this.#environment.variable(name);
    if (type && name !== undefined) {
      this.#names.set(expr, name);
      return type;
    }
    this.#check(expr.operand);
    const field = this.#field(expr, this.#known(expr.operand), expr.field, false);
    return expr.testOnly ? BOOL : substitute(this.#bindings, field, false);
  }

  #field(at: Expr, operand: CelType, field: string, optional: boolean): CelType {
    const type = substitute(this.#bindings, operand, false);
    switch (type.kind) {
      case 'error': case 'dyn': case 'any': return DYN;
      case 'map': return type.value;
      case 'object': {
        const found = type.fields.field(field);
        if (found) return found;
        this.#report(at, `undefined field '${field}'`);
        return ERROR;
      }
      case 'param':
        // A type that is not known yet is settled: it is dyn.
        this.#assign(type, DYN);
        return DYN;
      case 'opaque':
        if (type.name === 'optional_type') {
          const inner = this.#field(at, type.params[0] ?? DYN, field, true);
          return inner.kind === 'opaque' && inner.name === 'optional_type' ? inner : optionalOf(inner);
        }
        break;
      default:
    }
    if (!optional || !isDynamic(type)) this.#report(at, `type '${typeText(type)}' does not support field selection`);
    return ERROR;
  }

  #call(expr: Call): CelType {
    if (expr.fn === '_?._') return this.#optionalSelect(expr);
    for (const arg of expr.args) this.#check(arg);
    if (!expr.target) {
      const fn = expr.fn.startsWith('.') ? expr.fn.slice(1) : expr.fn;
      if (!this.#environment.functions.has(fn)) {
        this.#report(expr, `undeclared reference to '${expr.fn}' (in container '')`);
        return ERROR;
      }
      return this.#resolve(expr, fn, undefined);
    }
    const name = qualifiedName(expr.target);
    const qualified = name === undefined ? undefined : `${name}.${expr.fn}`;
    if (qualified !== undefined && this.#environment.functions.has(qualified)) return this.#resolve(expr, qualified, undefined);
    this.#check(expr.target);
    if (!this.#environment.functions.has(expr.fn)) {
      this.#report(expr, `undeclared reference to '${expr.fn}' (in container '')`);
      return ERROR;
    }
    return this.#resolve(expr, expr.fn, expr.target);
  }

  #optionalSelect(expr: Call): CelType {
    const [operand, field] = expr.args;
    if (!operand || field?.kind !== 'const') return ERROR;
    this.#check(operand);
    this.#types.set(field, STRING);
    const type = this.#field(expr, this.#known(operand), String(field.value), true);
    return type.kind === 'opaque' && type.name === 'optional_type' ? type : optionalOf(type);
  }

  #resolve(expr: Call, fn: string, target: Expr | undefined): CelType {
    const args = (target ? [target, ...expr.args] : expr.args).map((one) => substitute(this.#bindings, this.#known(one), false));
    const matching: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of this.#environment.functions.get(fn)?.overloads ?? []) {
      if (overload.isMember !== (target !== undefined)) continue;
      const fresh = this.#instantiate(overload);
      const bindings = assignable(this.#bindings, fresh.args, args);
      if (!bindings) continue;
      this.#bindings = bindings;
      matching.push(overload);
      const found = substitute(this.#bindings, fresh.result, false);
      result = result === undefined || sameType(result, found) ? found : DYN;
    }
    if (!result) {
      const shown = args.map(typeText);
      const signature = target ? `${shown[0] ?? ''}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
      this.#report(expr, `found no matching overload for '${fn}' applied to '${signature}'`);
      return ERROR;
    }
    this.#overloads.set(expr, matching);
    return result;
  }

  /** An overload whose type parameters are variables of their own. */
  #instantiate({ args, result }: Overload): { args: readonly CelType[]; result: CelType } {
    const fresh = new Map<string, CelType>();
    const rename = (type: CelType): void => {
      if (type.kind === 'param' && !fresh.has(type.name)) fresh.set(type.name, this.#typeVar());
      else if (type.kind === 'list') rename(type.element);
      else if (type.kind === 'map') [type.key, type.value].forEach(rename);
      else if (type.kind === 'opaque') type.params.forEach(rename);
      else if (type.kind === 'type') rename(type.of);
    };
    [...args, result].forEach(rename);
    if (fresh.size === 0) return { args, result };
    return { args: args.map((one) => substitute(fresh, one, false)), result: substitute(fresh, result, false) };
  }

  /** Of the elements of a literal. Where they must be of one type is looked at when all types are known. */
  #join(previous: CelType | undefined, current: CelType): CelType {
    if (!previous) return current;
    return this.#assign(previous, current) ? mostGeneral(previous, current) : DYN;
  }

  #unwrapped(expr: Expr): CelType {
    const type = substitute(this.#bindings, this.#known(expr), false);
    if (type.kind === 'opaque' && type.name === 'optional_type') return type.params[0] ?? DYN;
    if (!isDynamic(type)) this.#report(expr, `expected type 'optional_type(${typeText(type)})' but found '${typeText(type)}'`);
    return type;
  }

  #list(expr: ListExpr): CelType {
    let element: CelType | undefined;
    expr.elements.forEach((one, i) => {
      this.#check(one);
      element = this.#join(element, expr.optional.has(i) ? this.#unwrapped(one) : this.#known(one));
    });
    return listOf(element ?? this.#typeVar());
  }

  #map(expr: MapExpr): CelType {
    let keys: CelType | undefined;
    let values: CelType | undefined;
    for (const { key, value, optional } of expr.entries) {
      this.#check(key);
      keys = this.#join(keys, this.#known(key));
      this.#check(value);
      values = this.#join(values, optional ? this.#unwrapped(value) : this.#known(value));
    }
    return mapOf(keys ?? this.#typeVar(), values ?? this.#typeVar());
  }

  #struct(expr: StructExpr): CelType {
    const name = expr.name.startsWith('.') ? expr.name.slice(1) : expr.name;
    const type = this.#environment.structType?.(name);
    if (!type) this.#report(expr, `undeclared reference to '${name}' (in container '')`);
    for (const entry of expr.entries) {
      this.#check(entry.value);
      if (type?.kind !== 'object') continue;
      const field = type.fields.field(entry.field);
      if (!field) {
        this.#report(entry, `undefined field '${entry.field}'`);
        continue;
      }
      const value = entry.optional ? this.#unwrapped(entry.value) : this.#known(entry.value);
      if (!this.#assign(field, value)) {
        this.#report(entry, `expected type of field '${entry.field}' is '${typeText(field)}' but provided type is '${typeText(substitute(this.#bindings, value, false))}'`);
      }
    }
    return type ?? ERROR;
  }

  #fold(expr: Fold): CelType {
    this.#check(expr.range);
    this.#check(expr.accuInit);
    const accu = this.#known(expr.accuInit);
    const [first, second] = this.#iterated(expr, substitute(this.#bindings, this.#known(expr.range), false));
    this.#scopes.push(new Map([[expr.accuVar, accu]]));
    this.#scopes.push(new Map([[expr.iterVar, first], ...(expr.iterVar2 === undefined ? [] : [[expr.iterVar2, second] as const])]));
    this.#check(expr.condition);
    this.#mustBe(expr.condition, BOOL);
    this.#check(expr.step);
    this.#mustBe(expr.step, accu);
    this.#scopes.pop();
    this.#check(expr.result);
    this.#scopes.pop();
    return substitute(this.#bindings, this.#known(expr.result), false);
  }

  #mustBe(expr: Expr, type: CelType): void {
    if (this.#assign(type, this.#known(expr))) return;
    this.#report(expr, `expected type '${typeText(substitute(this.#bindings, type, false))}' but found '${typeText(substitute(this.#bindings, this.#known(expr), false))}'`);
  }

  /** The types of the variables of a comprehension: with one, elements or keys; with two, index and element or key and value. */
  #iterated(expr: Fold, range: CelType): readonly [CelType, CelType] {
    const two = expr.iterVar2 !== undefined;
    switch (range.kind) {
      case 'list': return two ? [INT, range.element] : [range.element, DYN];
      case 'map': return [range.key, range.value];
      case 'dyn': case 'any': case 'error': return [DYN, DYN];
      case 'param':
        this.#assign(DYN, range);
        return [DYN, DYN];
      default:
        this.#report(expr.range, `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
        return [ERROR, ERROR];
    }
  }
}

/** Adds what is wrong to `issues`. */
export function check(expr: Expr, environment: Environment, issues: Issue[]): Checked {
  return new Checker(environment, issues).run(expr);
}
