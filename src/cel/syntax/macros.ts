/** Macros of CEL: calls that become other expressions while parsing. Source: cel-go parser/macro.go, cel/library.go (optionals), ext/bindings.go and ext/comprehensions.go. */
import type { Call, Const, Expr, Fold, Ident } from './ast.ts';

/** A macro is used wrongly; the message is cel-go's, the place that of the argument. */
export class MacroError extends Error {
  override readonly name = 'MacroError';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const ACCU = '@result';

/** What a macro builds is placed where its call is. */
class Builder {
  readonly offset: number;

  constructor(offset: number) {
    this.offset = offset;
  }

  constant(type: Const['type'], value: Const['value']): Const {
    return { kind: 'const', type, value, offset: this.offset };
  }

  ident(name: string): Ident {
    return { kind: 'ident', name, offset: this.offset };
  }

  call(fn: string, ...args: Expr[]): Call {
    return { kind: 'call', fn, target: undefined, args, offset: this.offset };
  }

  list(...elements: Expr[]): Expr {
    return { kind: 'list', elements, optional: new Set(), offset: this.offset };
  }

  fold(range: Expr, vars: readonly [string, string?], parts: Pick<Fold, 'accuInit' | 'condition' | 'step' | 'result'>): Fold {
    return { kind: 'fold', range, iterVar: vars[0], iterVar2: vars[1], accuVar: ACCU, ...parts, offset: this.offset };
  }
}

type Expand = (make: Builder, args: readonly Expr[], target: Expr) => Expr;

function simpleName(arg: Expr | undefined, message = 'argument must be a simple name'): string {
  if (arg?.kind !== 'ident') throw new MacroError(arg?.offset ?? -1, message);
  if (arg.name === ACCU || arg.name === '__result__') throw new MacroError(arg.offset, 'iteration variable overwrites accumulator variable');
  return arg.name;
}

function twoNames(args: readonly Expr[]): readonly [string, string] {
  const first = simpleName(args[0], 'argument must be a simple name');
  const second = simpleName(args[1], 'argument must be a simple name');
  if (first === second) throw new MacroError(args[1]?.offset ?? -1, `duplicate variable name: ${second}`);
  return [first, second];
}

type Quantifier = (make: Builder, predicate: Expr) => Pick<Fold, 'accuInit' | 'condition' | 'step' | 'result'>;

const all: Quantifier = (make, predicate) => ({
  accuInit: make.constant('bool', true), condition: make.call('@not_strictly_false', make.ident(ACCU)), step: make.call('_&&_', make.ident(ACCU), predicate), result: make.ident(ACCU),
});
const exists: Quantifier = (make, predicate) => ({
  accuInit: make.constant('bool', false), condition: make.call('@not_strictly_false', make.call('!_', make.ident(ACCU))), step: make.call('_||_', make.ident(ACCU), predicate), result: make.ident(ACCU),
});
const existsOne: Quantifier = (make, predicate) => ({
  accuInit: make.constant('int', 0n), condition: make.constant('bool', true),
  step: make.call('_?_:_', predicate, make.call('_+_', make.ident(ACCU), make.constant('int', 1n)), make.ident(ACCU)), result: make.call('_==_', make.ident(ACCU), make.constant('int', 1n)),
});

/** Elements that are collected, those alone for which `filter` holds. */
function collect(make: Builder, element: Expr, filter: Expr | undefined): Pick<Fold, 'accuInit' | 'condition' | 'step' | 'result'> {
  const step = make.call('_+_', make.ident(ACCU), make.list(element));
  return { accuInit: make.list(), condition: make.constant('bool', true), step: filter ? make.call('_?_:_', filter, step, make.ident(ACCU)) : step, result: make.ident(ACCU) };
}

function insert(make: Builder, call: Call, filter: Expr | undefined): Pick<Fold, 'accuInit' | 'condition' | 'step' | 'result'> {
  return { accuInit: { kind: 'map', entries: [], offset: make.offset }, condition: make.constant('bool', true), step: filter ? make.call('_?_:_', filter, call, make.ident(ACCU)) : call, result: make.ident(ACCU) };
}

const quantify = (quantifier: Quantifier): Expand => (make, args, target) => make.fold(target, [simpleName(args[0])], quantifier(make, args[1] as Expr));
const quantifyTwo = (quantifier: Quantifier): Expand => (make, args, target) => make.fold(target, twoNames(args), quantifier(make, args[2] as Expr));

const map: Expand = (make, args, target) => {
  const name = simpleName(args[0], 'argument is not an identifier');
  const [filter, element] = args.length === 3 ? [args[1], args[2]] : [undefined, args[1]];
  return make.fold(target, [name], collect(make, element as Expr, filter));
};

const filter: Expand = (make, args, target) => {
  const name = simpleName(args[0], 'argument is not an identifier');
  return make.fold(target, [name], collect(make, make.ident(name), args[1]));
};

const has: Expand = (make, args) => {
  const [arg] = args;
  if (arg?.kind !== 'select' || arg.testOnly) throw new MacroError(arg?.offset ?? make.offset, 'invalid argument to has() macro');
  return { ...arg, testOnly: true, offset: make.offset };
};

/** `target.optMap(name, expression)`: of what an optional holds, if it holds something. */
function optional(wrap: boolean): Expand {
  return (make, args, target) => {
    const name = simpleName(args[0], `${wrap ? 'optMap' : 'optFlatMap'}() variable name must be a simple identifier`);
    const member = (fn: string, ...rest: Expr[]): Call => ({ kind: 'call', fn, target, args: rest, offset: make.offset });
    const bound: Fold = { ...make.fold(make.list(), ['#unused'], { accuInit: member('value'), condition: make.constant('bool', false), step: make.ident(name), result: args[1] as Expr }), accuVar: name };
    return make.call('_?_:_', member('hasValue'), wrap ? make.call('optional.of', bound) : bound, make.call('optional.none'));
  };
}

const bind: Expand = (make, args, target) => {
  if (target.kind !== 'ident' || target.name !== 'cel') throw new NotMacro();
  const name = simpleName(args[0], 'cel.bind() variable names must be simple identifiers');
  return { ...make.fold(make.list(), ['#unused'], { accuInit: args[1] as Expr, condition: make.constant('bool', false), step: make.ident(name), result: args[2] as Expr }), accuVar: name };
};

/** Thrown by a macro whose receiver says that it is an ordinary call. */
class NotMacro extends Error {}

const transformList: Expand = (make, args, target) => {
  const names = twoNames(args);
  const [condition, element] = args.length === 4 ? [args[2], args[3]] : [undefined, args[2]];
  return make.fold(target, names, collect(make, element as Expr, condition));
};

function transformMap(entry: boolean): Expand {
  return (make, args, target) => {
    const names = twoNames(args);
    const [condition, value] = args.length === 4 ? [args[2], args[3]] : [undefined, args[2]];
    const call = entry ? make.call('cel.@mapInsert', make.ident(ACCU), value as Expr) : make.call('cel.@mapInsert', make.ident(ACCU), make.ident(names[0]), value as Expr);
    return make.fold(target, names, insert(make, call, condition));
  };
}

const SORTABLE = new Set(['list', 'select', 'ident', 'fold', 'call']);

/** `target.sortBy(name, key)`: the elements in the order of their keys. Source: cel-go ext/lists.go. */
const sortBy: Expand = (make, args, target) => {
  if (!SORTABLE.has(target.kind)) throw new MacroError(target.offset, 'sortBy can only be applied to a list, identifier, comprehension, call or select expression');
  const input = make.ident('@__sortBy_input__');
  const sorted: Call = { kind: 'call', fn: '@sortByAssociatedKeys', target: input, args: [map(make, args, make.ident(input.name))], offset: make.offset };
  return { ...make.fold(make.list(), ['#unused'], { accuInit: target, condition: make.constant('bool', false), step: make.ident(input.name), result: sorted }), accuVar: input.name };
};

const GLOBAL: Readonly<Record<string, Expand>> = { 'has:1': has };
const RECEIVER: Readonly<Record<string, Expand>> = {
  'all:2': quantify(all), 'exists:2': quantify(exists), 'exists_one:2': quantify(existsOne), 'existsOne:2': quantify(existsOne), 'map:2': map, 'map:3': map, 'filter:2': filter,
  'all:3': quantifyTwo(all), 'exists:3': quantifyTwo(exists), 'existsOne:3': quantifyTwo(existsOne), 'exists_one:3': quantifyTwo(existsOne), 'transformList:3': transformList, 'transformList:4': transformList,
  'transformMap:3': transformMap(false), 'transformMap:4': transformMap(false), 'transformMapEntry:3': transformMap(true), 'transformMapEntry:4': transformMap(true),
  'optMap:2': optional(true), 'optFlatMap:2': optional(false), 'sortBy:2': sortBy,
};

/** Only expressions about devices have these (dynamic-resource-allocation cel/compile.go). */
const BINDINGS: Readonly<Record<string, Expand>> = { ...RECEIVER, 'bind:3': bind };

/** What a call becomes; undefined if it is no macro's. `hasBindings`: `cel.bind` is one. Throws MacroError. */
export function expand(call: { fn: string; target: Expr | undefined; args: readonly Expr[]; offset: number }, hasBindings: boolean): Expr | undefined {
  const key = `${call.fn}:${call.args.length}`;
  const table = !call.target ? GLOBAL : hasBindings ? BINDINGS : RECEIVER;
  if (!Object.hasOwn(table, key)) return undefined;
  const make = new Builder(call.offset);
  try {
    return table[key]?.(make, call.args, call.target ?? make.ident(''));
  } catch (error) {
    if (error instanceof NotMacro) return undefined;
    throw error;
  }
}
