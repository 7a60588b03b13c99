/** Turns a checked expression into closures. What parts cost is cel-go's account: interpreter/runtimecost.go. */
import type { Overload } from '../checker/environment.ts';
import type { Checked } from '../checker/checker.ts';
import type { Call, Expr, Fold, ListExpr, MapExpr, StructExpr } from '../syntax/ast.ts';
import { Constants, isSet } from './constants.ts';
import { choose } from './dispatch.ts';
import { CostLimitError, EvaluationError, noSuchOverload } from './errors.ts';
import type { Evaluate, Frame } from './frame.ts';
import { index, optionalField, selectField } from './selection.ts';
import { CelMap, equal, isList, LiteralMap, OpaqueValue, Optional, sizeOf, typeName, type Value } from './values.ts';

/** Of a variable and all that is selected from it, beside what each selection costs. */
const ATTRIBUTE_COST = 1;
const SELECTION_COST = 1;
const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;
const STRING_FACTOR = 0.1;

/** Makes the value of `name{...}`. */
export type MakeStruct = (name: string, fields: ReadonlyMap<string, Value>) => Value;

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

interface Part {
  /** Charges for all but an attribute as such. */
  readonly read: Evaluate;
  /** An attribute is a variable, or what is selected from something; a choice between attributes costs nothing itself. */
  readonly kind: 'attribute' | 'choice' | 'value';
}

function ofSelection(operand: Part['kind']): Part['kind'] {
  return operand === 'choice' ? 'choice' : 'attribute';
}

class Compiler {
  readonly #checked: Checked;
  readonly #makeStruct: MakeStruct;
  readonly #constants: Constants;
  /** Names of variables of the comprehensions around; their values are at the same place in `slots`. */
  readonly #scope: string[] = [];

  constructor(checked: Checked, makeStruct: MakeStruct) {
    this.#checked = checked;
    this.#makeStruct = makeStruct;
    this.#constants = new Constants(checked, (name) => this.#scope.includes(name));
  }

  compile(expr: Expr): Evaluate {
    const { read, kind } = this.#part(expr);
    return kind !== 'attribute' ? read : (frame) => {
      frame.charge(ATTRIBUTE_COST);
      return read(frame);
    };
  }

  #part(expr: Expr): Part {
    const constant = this.#constants.of(expr);
    if (constant) return { read: () => constant.value, kind: 'value' };
    switch (expr.kind) {
      case 'const': return { read: () => expr.value, kind: 'value' };
      case 'ident': return { read: this.#variable(expr), kind: 'attribute' };
      case 'select': return this.#select(expr);
      case 'call':
        if (expr.fn === '_?_:_') return this.#choice(expr);
        return ['_[_]', '_?._', '_[?_]'].includes(expr.fn) ? this.#index(expr) : { read: this.#call(expr), kind: 'value' };
      case 'list': return { read: this.#list(expr), kind: 'value' };
      case 'map': return { read: this.#map(expr), kind: 'value' };
      case 'struct': return { read: this.#struct(expr), kind: 'value' };
      case 'fold': return { read: this.#fold(expr), kind: 'value' };
    }
  }

  #variable(expr: Expr): Evaluate {
    const name = this.#checked.nameOf(expr) ?? '';
    const slot = this.#scope.lastIndexOf(name);
    if (slot >= 0) {
      return (frame) => {
        const value = frame.slots[slot] as Value | EvaluationError;
        if (value instanceof EvaluationError) throw value;
        return value;
      };
    }
    return (frame) => {
      const value = frame.variables(name, frame);
      // null is a value
      if (value === undefined) throw new EvaluationError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #select(expr: Expr & { kind: 'select' }): Part {
    if (this.#checked.nameOf(expr) !== undefined) return { read: this.#variable(expr), kind: 'attribute' };
    const { read, kind } = this.#part(expr.operand);
    const { field } = expr;
    if (expr.testOnly) {
      return { kind: 'value', read: (frame) => {
        const value = read(frame);
        frame.charge(SELECTION_COST);
        if (value instanceof Optional) return value.value !== undefined && optionalField(value.value, field) !== undefined;
        if (!(value instanceof CelMap)) throw noSuchOverload();
        return value.has(field);
      } };
    }
    return { kind: ofSelection(kind), read: (frame) => {
      const value = read(frame);
      frame.charge(SELECTION_COST);
      return selectField(value, field);
    } };
  }

  #index(expr: Call): Part {
    const [operand, key] = [this.#part(expr.args[0] as Expr), this.#part(expr.args[1] as Expr)];
    const kind = ofSelection(operand.kind);
    if (expr.fn === '_[_]') {
      return { kind, read: (frame) => {
        const value = operand.read(frame);
        const at = key.read(frame);
        frame.charge(SELECTION_COST);
        return index(value, at);
      } };
    }
    return { kind, read: (frame) => {
      const value = operand.read(frame);
      const at = key.read(frame);
      if (value instanceof Optional && value.value === undefined) return value;
      const found = new Optional(optionalField(value instanceof Optional ? (value.value as Value) : value, at));
      // What is not there costs nothing.
      if (found.value !== undefined) frame.charge(SELECTION_COST);
      return found;
    } };
  }

  #choice(expr: Call): Part {
    const condition = this.#arg(expr, 0);
    const [yes, no] = [this.#part(expr.args[1] as Expr).read, this.#part(expr.args[2] as Expr).read];
    return { read: (frame) => (truth(condition(frame)) ? yes(frame) : no(frame)), kind: 'choice' };
  }

  #call(expr: Call): Evaluate {
    switch (expr.fn) {
      case '_&&_': case '_||_': return logic(this.#arg(expr, 0), this.#arg(expr, 1), expr.fn === '_||_');
      case '_==_': case '_!=_': return this.#equality(expr);
      case '@in': return this.#membership(expr) ?? this.#function(expr);
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

  /** In a list that is known. */
  #membership(expr: Call): Evaluate | undefined {
    const list = this.#constants.of(expr.args[1] as Expr)?.value ?? null;
    if (!isSet(list)) return undefined;
    const arg = this.#arg(expr, 0);
    return (frame) => {
      const value = arg(frame);
      return list.some((one) => equal(one, value));
    };
  }

  /** What follows is evaluated only if the optional holds nothing. */
  #orElse(expr: Call, target: Expr): Evaluate {
    const optional = this.compile(target);
    const other = this.#arg(expr, 0);
    const unwrap = expr.fn === 'orValue';
    return (frame) => {
      const value = optional(frame);
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
    const appends = this.#appends(expr);
    const step = appends ? this.#appendStep(expr.step, base) : this.compile(expr.step);
    this.#scope.length = base + 1;
    const result = this.compile(expr.result);
    this.#scope.length = base;
    const two = expr.iterVar2 !== undefined;
    // An error of one element of `all` and `exists` is forgotten if another settles the matter.
    const mayErr = expr.step.kind === 'call' && (expr.step.fn === '_||_' || expr.step.fn === '_&&_');
    return (frame) => {
      const over = range(frame);
      frame.slots[base] = appends ? [] : init(frame);
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
        return truth(condition(frame)) ? append(frame) : (frame.slots[slot] as Value);
      };
    }
    const added = step.args[1] as ListExpr;
    const element = this.compile(added.elements[0] as Expr);
    const cost = ATTRIBUTE_COST + (this.#constants.of(added) ? 0 : LIST_COST) + 1;
    return (frame) => {
      const value = element(frame);
      frame.charge(cost);
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
