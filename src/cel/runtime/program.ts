/** Turns a checked expression into closures. What parts cost is cel-go's account: interpreter/runtimecost.go. */
import type { Overload } from '../checker/environment.ts';
import type { Checked } from '../checker/checker.ts';
import { runtimeTypeText, type CelType } from '../checker/types.ts';
import type { Call, Expr, Fold, ListExpr, MapExpr, StructExpr } from '../syntax/ast.ts';
import { choose } from './dispatch.ts';
import { CostLimitError, EvaluationError, noSuchKey, noSuchOverload } from './errors.ts';
import type { Evaluate, Frame } from './frame.ts';
import { CelMap, equal, isList, LiteralMap, OpaqueValue, Optional, sizeOf, typeName, TypeValue, Uint, type Value } from './values.ts';

const IDENT_COST = 1;
const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;
const STRING_FACTOR = 0.1;

/** Makes the value of `name{...}`. */
export type MakeStruct = (name: string, fields: ReadonlyMap<string, Value>) => Value;

function selectField(operand: Value, field: string): Value {
  if (operand instanceof Optional) {
    if (operand.value === undefined) return operand;
    const found = optionalField(operand.value, field);
    return new Optional(found);
  }
  if (!(operand instanceof CelMap)) throw noSuchOverload();
  const found = operand.get(field);
  if (found === undefined) throw noSuchKey(field);
  return found;
}

function optionalField(operand: Value, key: Value): Value | undefined {
  if (operand instanceof CelMap) return operand.get(key);
  if (isList(operand)) return elementAt(operand, key);
  throw noSuchOverload();
}

function elementAt(list: readonly Value[], key: Value): Value | undefined {
  const index = typeof key === 'bigint' ? Number(key) : key instanceof Uint ? Number(key.value) : typeof key === 'number' && Number.isInteger(key) ? key : undefined;
  if (index === undefined) throw new EvaluationError(`unsupported index type '${typeof key}' in list`);
  return index < 0 ? undefined : list[index];
}

function keyText(key: Value): string {
  return key instanceof Uint ? String(key.value) : String(key as string);
}

function index(operand: Value, key: Value): Value {
  if (operand instanceof Optional) return operand.value === undefined ? operand : new Optional(optionalField(operand.value, key));
  if (isList(operand)) {
    const found = elementAt(operand, key);
    if (found === undefined) throw new EvaluationError(`index out of bounds: ${keyText(key)}`);
    return found;
  }
  if (!(operand instanceof CelMap)) throw noSuchOverload();
  const found = operand.get(key);
  if (found === undefined) throw noSuchKey(keyText(key));
  return found;
}

function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
}

/** The value, or the error that finding it made; running out of cost is thrown on. */
function attempt(evaluate: Evaluate, frame: Frame): Value | EvaluationError {
  try {
    return evaluate(frame);
  } catch (error) {
    if (!(error instanceof EvaluationError) || error instanceof CostLimitError) throw error;
    return error;
  }
}

const NOT_BOOL = (value: Value | EvaluationError): EvaluationError => (value instanceof EvaluationError ? value : noSuchOverload());

/** `&&` (`decisive` false) and `||` (true): the decisive value on either side settles it, even beside an error. */
function logic(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return (frame) => {
    const first = attempt(left, frame);
    if (first === decisive) return decisive;
    const second = attempt(right, frame);
    if (second === decisive) return decisive;
    if (typeof first !== 'boolean') throw NOT_BOOL(first as Value);
    if (typeof second !== 'boolean') throw NOT_BOOL(second as Value);
    return !decisive;
  };
}

class Compiler {
  readonly #checked: Checked;
  readonly #makeStruct: MakeStruct;
  readonly #typeNames: (type: CelType) => string;
  /** Names of variables of the comprehensions around; their values are at the same place in `slots`. */
  readonly #scope: string[] = [];

  constructor(checked: Checked, makeStruct: MakeStruct) {
    this.#checked = checked;
    this.#makeStruct = makeStruct;
    this.#typeNames = (type) => (type.kind === 'type' ? runtimeTypeText(type.of).replace(/\(.*/, '') : '');
  }

  compile(expr: Expr): Evaluate {
    switch (expr.kind) {
      case 'const': {
        const value = expr.type === 'uint' ? new Uint(expr.value as bigint) : expr.value;
        return () => value;
      }
      case 'ident': return this.#variable(expr);
      case 'select': return this.#select(expr);
      case 'call': return this.#call(expr);
      case 'list': return this.#list(expr);
      case 'map': return this.#map(expr);
      case 'struct': return this.#struct(expr);
      case 'fold': return this.#fold(expr);
    }
  }

  #variable(expr: Expr): Evaluate {
    const name = this.#checked.nameOf(expr) ?? '';
    const slot = this.#scope.lastIndexOf(name);
    if (slot >= 0) {
      return (frame) => {
        frame.charge(IDENT_COST);
        const value = frame.slots[slot] as Value | EvaluationError;
        if (value instanceof EvaluationError) throw value;
        return value;
      };
    }
    const type = this.#checked.typeOf(expr);
    const typeValue = type.kind === 'type' ? new TypeValue(this.#typeNames(type)) : undefined;
    return (frame) => {
      frame.charge(IDENT_COST);
      const given = frame.variables(name, frame);
      const value = given === undefined ? typeValue : given; // null is a value
      if (value === undefined) throw new EvaluationError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #select(expr: Expr & { kind: 'select' }): Evaluate {
    if (this.#checked.nameOf(expr) !== undefined) return this.#variable(expr);
    const operand = this.compile(expr.operand);
    const { field } = expr;
    if (expr.testOnly) {
      return (frame) => {
        const value = operand(frame);
        if (value instanceof Optional) return value.value !== undefined && optionalField(value.value, field) !== undefined;
        if (!(value instanceof CelMap)) throw noSuchOverload();
        return value.has(field);
      };
    }
    return (frame) => {
      const value = operand(frame);
      frame.charge(IDENT_COST);
      return selectField(value, field);
    };
  }

  #call(expr: Call): Evaluate {
    switch (expr.fn) {
      case '_&&_': case '_||_': return logic(this.#arg(expr, 0), this.#arg(expr, 1), expr.fn === '_||_');
      case '_?_:_': {
        const [condition, yes, no] = [this.#arg(expr, 0), this.#arg(expr, 1), this.#arg(expr, 2)];
        return (frame) => (truth(condition(frame)) ? yes(frame) : no(frame));
      }
      case '_==_': case '_!=_': return this.#equality(expr);
      case '_[_]': case '_?._': case '_[?_]': return this.#index(expr);
      case '@not_strictly_false': {
        const arg = this.#arg(expr, 0);
        return (frame) => {
          const value = attempt(arg, frame);
          frame.charge(1);
          return value !== false;
        };
      }
      case 'or': case 'orValue': if (expr.target) return this.#orElse(expr, expr.target);
    }
    return this.#function(expr);
  }

  #arg(expr: Call, i: number): Evaluate {
    return this.compile(expr.args[i] as Expr);
  }

  #equality(expr: Call): Evaluate {
    const [left, right] = [this.#arg(expr, 0), this.#arg(expr, 1)];
    const wanted = expr.fn === '_==_';
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      frame.charge(a instanceof OpaqueValue ? 1 : Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * STRING_FACTOR));
      return equal(a, b) === wanted;
    };
  }

  #index(expr: Call): Evaluate {
    const [operand, key] = [this.#arg(expr, 0), this.#arg(expr, 1)];
    const optional = expr.fn !== '_[_]';
    return (frame) => {
      const value = operand(frame);
      const at = key(frame);
      frame.charge(IDENT_COST);
      if (!optional) return index(value, at);
      if (!(value instanceof Optional)) return new Optional(optionalField(value, at));
      return value.value === undefined ? value : new Optional(optionalField(value.value, at));
    };
  }

  /** What follows is evaluated only if the optional holds nothing. */
  #orElse(expr: Call, target: Expr): Evaluate {
    const optional = this.compile(target);
    const other = this.#arg(expr, 0);
    const unwrap = expr.fn === 'orValue';
    return (frame) => {
      const value = optional(frame);
      frame.charge(1);
      if (!(value instanceof Optional)) throw noSuchOverload();
      if (value.value === undefined) return other(frame);
      return unwrap ? value.value : value;
    };
  }

  #function(expr: Call): Evaluate {
    const overloads = this.#checked.overloadsOf(expr);
    const isMember = overloads[0]?.isMember ?? false;
    const args = (isMember && expr.target ? [expr.target, ...expr.args] : expr.args).map((one) => this.compile(one));
    const single = overloads.length === 1 ? overloads[0] : undefined;
    return (frame) => {
      const values: Value[] = [];
      for (const arg of args) values.push(arg(frame));
      const overload: Overload = choose(single ? [single] : overloads, values);
      const result = overload.call(...(values as never[]));
      frame.charge(overload.cost ? overload.cost(values, result) : 1);
      return result;
    };
  }

  #list(expr: ListExpr): Evaluate {
    const elements = expr.elements.map((one) => this.compile(one));
    const { optional } = expr;
    return (frame) => {
      const values: Value[] = [];
      elements.forEach((element, i) => {
        const value = element(frame);
        if (!optional.has(i)) values.push(value);
        else if (!(value instanceof Optional)) throw new EvaluationError(`cannot initialize optional list element from non-optional value of type ${typeName(value)}`);
        else if (value.value !== undefined) values.push(value.value);
      });
      frame.charge(LIST_COST);
      return values;
    };
  }

  #map(expr: MapExpr): Evaluate {
    const entries = expr.entries.map(({ key, value, optional }) => ({ key: this.compile(key), value: this.compile(value), optional }));
    return (frame) => {
      const map = new LiteralMap();
      for (const { key, value, optional } of entries) {
        const at = key(frame);
        const found = value(frame);
        if (map.has(at) && !optional) throw new EvaluationError(`Failed with repeated key`);
        if (!optional) map.set(at, found);
        else if (!(found instanceof Optional)) throw new EvaluationError(`cannot initialize optional entry from non-optional value of type ${typeName(found)}`);
        else if (found.value !== undefined) map.set(at, found.value);
      }
      frame.charge(MAP_COST);
      return map;
    };
  }

  #struct(expr: StructExpr): Evaluate {
    const name = expr.name.replace(/^\./, '');
    const entries = expr.entries.map(({ field, value, optional }) => ({ field, value: this.compile(value), optional }));
    return (frame) => {
      const fields = new Map<string, Value>();
      for (const { field, value, optional } of entries) {
        const found = value(frame);
        if (!optional) fields.set(field, found);
        else if (found instanceof Optional && found.value !== undefined) fields.set(field, found.value);
      }
      frame.charge(STRUCT_COST);
      return this.#makeStruct(name, fields);
    };
  }

  /** Whether the step only appends to the list that it collects; then it need not copy it. */
  #appends(expr: Fold): boolean {
    return expr.accuInit.kind === 'list' && expr.accuInit.elements.length === 0 && expr.accuVar === '@result';
  }

  #fold(expr: Fold): Evaluate {
    const range = this.compile(expr.range);
    const init = this.compile(expr.accuInit);
    const base = this.#scope.length;
    this.#scope.push(expr.accuVar, expr.iterVar, ...(expr.iterVar2 === undefined ? [] : [expr.iterVar2]));
    const condition = this.compile(expr.condition);
    const step = this.#appends(expr) ? this.#appendStep(expr.step, base) : this.compile(expr.step);
    this.#scope.length = base + 1;
    const result = this.compile(expr.result);
    this.#scope.length = base;
    const two = expr.iterVar2 !== undefined;
    // An error of one element of `all` and `exists` is forgotten if another settles the matter.
    const mayErr = expr.step.kind === 'call' && (expr.step.fn === '_||_' || expr.step.fn === '_&&_');
    return (frame) => {
      const over = range(frame);
      frame.slots[base] = init(frame);
      const run = (first: Value, second?: Value): boolean => {
        frame.slots[base + 1] = first;
        if (second !== undefined) frame.slots[base + 2] = second;
        if (condition(frame) !== true) return false;
        frame.slots[base] = mayErr ? attempt(step, frame) : step(frame);
        return true;
      };
      runFold(over, two, run);
      return result(frame);
    };
  }

  #appendStep(step: Expr, slot: number): Evaluate {
    if (step.kind !== 'call') return this.compile(step);
    if (step.fn === '_?_:_') {
      const condition = this.#arg(step, 0);
      const append = this.#appendStep(step.args[1] as Expr, slot);
      return (frame) => {
        if (truth(condition(frame))) return append(frame);
        frame.charge(IDENT_COST);
        return frame.slots[slot] as Value;
      };
    }
    const added = step.args[1] as ListExpr;
    const element = this.compile(added.elements[0] as Expr);
    return (frame) => {
      const value = element(frame);
      frame.charge(IDENT_COST + LIST_COST + 1);
      const list = frame.slots[slot] as Value[];
      list.push(value);
      return list;
    };
  }
}

/** Calls `run` for each element until it says false. */
function runFold(over: Value, two: boolean, run: (first: Value, second?: Value) => boolean): void {
  if (isList(over)) {
    for (const [i, element] of over.entries()) if (!(two ? run(BigInt(i), element) : run(element))) return;
    return;
  }
  if (!(over instanceof CelMap)) throw noSuchOverload();
  for (const key of over.keys()) if (!(two ? run(key, over.get(key)) : run(key))) return;
}

export function compileClosures(expr: Expr, checked: Checked, makeStruct: MakeStruct): Evaluate {
  return new Compiler(checked, makeStruct).compile(expr);
}
