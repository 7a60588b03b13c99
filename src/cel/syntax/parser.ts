import type { Call, Expr } from './ast.ts';
import { tokenize } from './lexer.ts';
import { literal, LiteralError } from './literals.ts';
import { expand, MacroError } from './macros.ts';
import { CompileError, type Issue } from './source.ts';
import { syntaxIssues } from './syntax-messages.ts';
import { TokenType as T, type Token } from './tokens.ts';

const MAX_CODE_POINTS = 100_000;
const MAX_DEPTH = 250;
const RESERVED = new Set(['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while']);
/** Operators that may stand in each other as often as one likes. */
const FLAT = new Set(['_&&_', '_||_', '!_', '-_']);
const RELATIONS = new Map<number, string>([[T.LESS, '_<_'], [T.LESS_EQUALS, '_<=_'], [T.GREATER_EQUALS, '_>=_'], [T.GREATER, '_>_'], [T.EQUALS, '_==_'], [T.NOT_EQUALS, '_!=_'], [T.IN, '@in']]);
const SUMS = new Map<number, string>([[T.PLUS, '_+_'], [T.MINUS, '_-_']]);
const PRODUCTS = new Map<number, string>([[T.STAR, '_*_'], [T.SLASH, '_/_'], [T.PERCENT, '_%_']]);

/** The text does not follow the grammar; what is said about it is found by syntax-messages.ts. */
class NotInGrammar extends Error {}

/** What is nested too deep. */
class TooDeep extends Error {}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[];
  readonly #hasBindings: boolean;
  #at = 0;
  #depth = 0;
  /** How deep calls, selections, sums and comparisons stand in each other within an expression. */
  readonly #heights = new WeakMap<Expr, number>();

  constructor(tokens: readonly Token[], issues: Issue[], hasBindings: boolean) {
    this.#tokens = tokens;
    this.#issues = issues;
    this.#hasBindings = hasBindings;
  }

  start(): Expr {
    const found = this.#expr();
    this.#expect(T.EOF);
    return found;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }

  #takeIf(type: number): Token | undefined {
    return this.#next.type === type ? this.#take() : undefined;
  }

  #expect(type: number): Token {
    if (this.#next.type !== type) throw new NotInGrammar();
    return this.#take();
  }

  #call(fn: string, op: Token, ...args: Expr[]): Expr {
    const expr: Expr = { kind: 'call', fn, target: undefined, args, offset: op.start };
    return this.#nest(expr, args, FLAT.has(fn) ? 0 : 1);
  }

  #nest(expr: Expr, inner: readonly Expr[], levels: number): Expr {
    const height = levels + inner.reduce((most, one) => Math.max(most, this.#heights.get(one) ?? 0), 0);
    if (height > MAX_DEPTH) throw new TooDeep('max recursion depth exceeded');
    this.#heights.set(expr, height);
    return expr;
  }

  #expr(): Expr {
    if (++this.#depth > MAX_DEPTH) throw new TooDeep(`expression recursion limit exceeded: ${MAX_DEPTH}`);
    const condition = this.#binary(T.LOGICAL_OR, '_||_', () => this.#binary(T.LOGICAL_AND, '_&&_', () => this.#relation()));
    const op = this.#takeIf(T.QUESTIONMARK);
    let result = condition;
    if (op) {
      const yes = this.#binary(T.LOGICAL_OR, '_||_', () => this.#binary(T.LOGICAL_AND, '_&&_', () => this.#relation()));
      this.#expect(T.COLON);
      result = this.#call('_?_:_', op, condition, yes, this.#expr());
    }
    this.#depth--;
    return result;
  }

  /** A chain of one operator becomes a balanced tree, so that long chains are not deep. */
  #binary(type: number, fn: string, operand: () => Expr): Expr {
    const operands = [operand()];
    const ops: Token[] = [];
    for (let op = this.#takeIf(type); op; op = this.#takeIf(type)) {
      ops.push(op);
      operands.push(operand());
    }
    const balance = (low: number, high: number): Expr => {
      if (low === high) return operands[low] as Expr;
      const middle = Math.floor((low + high + 1) / 2);
      return this.#call(fn, ops[middle - 1] as Token, balance(low, middle - 1), balance(middle, high));
    };
    return balance(0, operands.length - 1);
  }

  #leftToRight(operators: ReadonlyMap<number, string>, operand: () => Expr): Expr {
    let left = operand();
    for (let fn = operators.get(this.#next.type); fn !== undefined; fn = operators.get(this.#next.type)) left = this.#call(fn, this.#take(), left, operand());
    return left;
  }

  #relation(): Expr {
    return this.#leftToRight(RELATIONS, () => this.#leftToRight(SUMS, () => this.#leftToRight(PRODUCTS, () => this.#unary())));
  }

  #unary(): Expr {
    const op = this.#next;
    if (op.type !== T.EXCLAM && op.type !== T.MINUS) return this.#member();
    let count = 0;
    const isSigned = (): boolean => {
      const after = this.#tokens[this.#at + 1]?.type;
      return op.type === T.MINUS && count === 0 && (after === T.NUM_INT || after === T.NUM_FLOAT);
    };
    if (isSigned()) return this.#member();
    while (this.#takeIf(op.type)) count++;
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.#call(op.type === T.EXCLAM ? '!_' : '-_', op, operand);
  }

  #member(): Expr {
    let operand = this.#primary();
    for (;;) {
      const op = this.#next;
      if (op.type === T.DOT) operand = this.#selection(operand);
      else if (op.type === T.LBRACKET) {
        this.#take();
        const fn = this.#takeIf(T.QUESTIONMARK) ? '_[?_]' : '_[_]';
        const index = this.#expr();
        this.#expect(T.RBRACKET);
        operand = this.#call(fn, op, operand, index);
      } else return operand;
    }
  }

  #selection(operand: Expr): Expr {
    const op = this.#take();
    if (this.#takeIf(T.QUESTIONMARK)) {
      const field = this.#fieldName();
      return this.#call('_?._', op, operand, { kind: 'const', type: 'string', value: field, offset: op.start });
    }
    const name = this.#next;
    const field = this.#fieldName();
    const open = name.type === T.IDENTIFIER ? this.#takeIf(T.LPAREN) : undefined;
    if (!open) return this.#nest({ kind: 'select', operand, field, testOnly: false, offset: op.start }, [operand], 1);
    return this.#calling({ fn: field, target: operand, args: this.#list(T.RPAREN, () => this.#expr(), false), offset: open.start });
  }

  #fieldName(): string {
    const token = this.#takeIf(T.IDENTIFIER) ?? this.#expect(T.ESC_IDENTIFIER);
    // Kubernetes does not enable names in backticks.
    if (token.type === T.ESC_IDENTIFIER) this.#issues.push({ offset: token.start, message: "unsupported syntax: '`'" });
    return token.text;
  }

  #calling(call: Omit<Call, 'kind'>): Expr {
    try {
      const { target, args } = call;
      return this.#nest(expand(call, this.#hasBindings) ?? { kind: 'call', ...call }, target ? [target, ...args] : args, target ? 1 : 0);
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.#issues.push({ offset: error.offset, message: error.message });
      return { kind: 'const', type: 'null', value: null, offset: call.offset };
    }
  }

  /** Elements up to a closing token, which is taken. */
  #list<E>(close: number, element: () => E, trailingComma: boolean): E[] {
    const elements: E[] = [];
    while (this.#next.type !== close) {
      if (elements.length > 0 || (trailingComma && this.#next.type === T.COMMA)) {
        this.#expect(T.COMMA);
        if (trailingComma && this.#next.type === close) break;
      }
      elements.push(element());
    }
    this.#take();
    return elements;
  }

  #primary(): Expr {
    const token = this.#next;
    switch (token.type) {
      case T.DOT: case T.IDENTIFIER: return this.#named();
      case T.LPAREN: {
        this.#take();
        const inner = this.#expr();
        this.#expect(T.RPAREN);
        return inner;
      }
      case T.LBRACKET: return this.#listLiteral();
      case T.LBRACE: return this.#mapLiteral();
      default: return this.#literal();
    }
  }

  #named(): Expr {
    const dot = this.#takeIf(T.DOT);
    const token = this.#expect(T.IDENTIFIER);
    const name = (dot ? '.' : '') + token.text;
    const struct = this.#structName(name);
    if (struct !== undefined) return this.#struct(struct);
    if (RESERVED.has(token.text)) this.#issues.push({ offset: (dot ?? token).start, message: `reserved identifier: ${token.text}` });
    const open = this.#takeIf(T.LPAREN);
    if (!open) return { kind: 'ident', name, offset: (dot ?? token).start };
    return this.#calling({ fn: name, target: undefined, args: this.#list(T.RPAREN, () => this.#expr(), false), offset: open.start });
  }

  /** `a.b.C` if a brace follows. */
  #structName(first: string): string | undefined {
    let at = this.#at;
    let name = first;
    while (this.#tokens[at]?.type === T.DOT && this.#tokens[at + 1]?.type === T.IDENTIFIER) {
      name += `.${this.#tokens[at + 1]?.text ?? ''}`;
      at += 2;
    }
    if (this.#tokens[at]?.type !== T.LBRACE) return undefined;
    this.#at = at;
    return name;
  }

  #struct(name: string): Expr {
    const open = this.#expect(T.LBRACE);
    const entries = this.#list(T.RBRACE, () => {
      const optional = this.#takeIf(T.QUESTIONMARK) !== undefined;
      const field = this.#fieldName();
      const colon = this.#expect(T.COLON);
      return { field, optional, offset: colon.start, value: this.#expr() };
    }, true);
    return this.#nest({ kind: 'struct', name, entries, offset: open.start }, entries.map(({ value }) => value), 0);
  }

  #listLiteral(): Expr {
    const open = this.#take();
    const optional = new Set<number>();
    let index = 0;
    const elements = this.#list(T.RBRACKET, () => {
      if (this.#takeIf(T.QUESTIONMARK)) optional.add(index);
      index++;
      return this.#expr();
    }, true);
    return this.#nest({ kind: 'list', elements, optional, offset: open.start }, elements, 0);
  }

  #mapLiteral(): Expr {
    const open = this.#take();
    const entries = this.#list(T.RBRACE, () => {
      const optional = this.#takeIf(T.QUESTIONMARK) !== undefined;
      const key = this.#expr();
      this.#expect(T.COLON);
      return { key, optional, value: this.#expr() };
    }, true);
    return this.#nest({ kind: 'map', entries, offset: open.start }, entries.flatMap(({ key, value }) => [key, value]), 0);
  }

  #literal(): Expr {
    const first = this.#next;
    const sign = this.#takeIf(T.MINUS) ? '-' : '';
    const token = this.#take();
    const isNumber = token.type === T.NUM_INT || token.type === T.NUM_FLOAT;
    if (sign === '' ? token.type < T.TRUE || token.type > T.BYTES : !isNumber) throw new NotInGrammar();
    try {
      return literal(token, sign, first.start);
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error;
      this.#issues.push({ offset: first.start, message: error.message });
      return { kind: 'const', type: 'null', value: null, offset: first.start };
    }
  }
}

/** Reads an expression. `hasBindings`: it may name values with `cel.bind`. Throws CompileError with all syntax errors, in cel-go's words. */
export function parse(text: string, hasBindings = false): Expr {
  const issues: Issue[] = [];
  const length = Array.from(text).length;
  if (length > MAX_CODE_POINTS) throw new CompileError(text, [{ offset: -1, message: `expression code point size exceeds limit: size: ${length}, limit ${MAX_CODE_POINTS}` }]);
  const tokens = tokenize(text, issues);
  const broken = issues.length > 0;
  try {
    const found = broken ? undefined : new Parser(tokens, issues, hasBindings).start();
    if (found && issues.length === 0) return found;
  } catch (error) {
    if (error instanceof TooDeep) throw new CompileError(text, [{ offset: -1, message: error.message }]);
    if (!(error instanceof NotInGrammar)) throw error;
    syntaxIssues(tokens, issues);
    throw new CompileError(text, issues);
  }
  if (broken) syntaxIssues(tokens, issues);
  throw new CompileError(text, issues);
}
