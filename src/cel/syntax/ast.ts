/** The tree of an expression, macros expanded. Source: the CEL language definition and cel-go's common/ast. */
export type Expr = Const | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Fold;

interface Node {
  /** Where messages place it: its first character, or its operator. Code points; -1 if it has no place. */
  readonly offset: number;
}

export type ConstType = 'null' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes';

export interface Const extends Node {
  readonly kind: 'const';
  readonly type: ConstType;
  /** int and uint: bigint. */
  readonly value: null | boolean | bigint | number | string | Uint8Array;
}

export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)`. */
  readonly testOnly: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  /** Operators have names such as `_+_`. */
  readonly fn: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
  /** Which of them are written `?x`. */
  readonly optional: ReadonlySet<number>;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[];
}

export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly entries: readonly { readonly field: string; readonly value: Expr; readonly optional: boolean; readonly offset: number }[];
}

/** A comprehension: what the macros become. */
export interface Fold extends Node {
  readonly kind: 'fold';
  readonly range: Expr;
  readonly iterVar: string;
  /** Of comprehensions over key and value, or index and value. */
  readonly iterVar2: string | undefined;
  readonly accuVar: string;
  readonly accuInit: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** The expressions right below one. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select': return [expr.operand];
    case 'call': return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list': return expr.elements;
    case 'map': return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct': return expr.entries.map(({ value }) => value);
    case 'fold': return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
    default: return [];
  }
}
