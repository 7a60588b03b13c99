import { isQualifiedName } from '../validation/labels.ts';
import { SelectorError } from './errors.ts';
import { requirement, type Requirement, type SelectorOperator } from './requirement.ts';

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end';
  readonly text: string;
}

const SYMBOLS = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const IS_SPECIAL = /[=!(),><]/;
const ENDS_WORD = /[=!(),>< \t\r\n]/;
const OPERATORS: Readonly<Record<string, SelectorOperator | undefined>> = {
  in: 'in', notin: 'notin', '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt',
};
const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** Symbols are read greedily, so `a!=b` holds one operator and `(,` two symbols. */
function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/[ \t\r\n]/.test(char)) {
      at++;
      continue;
    }
    let end = at + 1;
    if (IS_SPECIAL.test(char)) {
      while (end < text.length && SYMBOLS.has(text.slice(at, end + 1))) end++;
      tokens.push({ kind: 'symbol', text: text.slice(at, end) });
    } else {
      while (end < text.length && !ENDS_WORD.test(text.charAt(end))) end++;
      tokens.push({ kind: 'identifier', text: text.slice(at, end) });
    }
    at = end;
  }
  return tokens;
}

/** The grammar of label selectors. Source: apimachinery pkg/labels, Parser. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = scan(text);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #startsRequirement(): boolean {
    const token = this.#peek();
    return token.kind === 'identifier' || token.text === '!';
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    if (!this.#startsRequirement()) throw new SelectorError(`found '${this.#peek().text}', expected: !, identifier, or 'end of string'`);
    for (;;) {
      requirements.push(this.#requirement());
      const token = this.#next();
      if (token.kind === 'end') return requirements;
      if (token.text !== ',' || token.kind !== 'symbol') throw new SelectorError(`found '${token.text}', expected: ',' or 'end of string'`);
      if (!this.#startsRequirement()) throw new SelectorError(`found '${this.#peek().text}', expected: identifier after ','`);
    }
  }

  #requirement(): Requirement {
    try {
      return this.#parseRequirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
      throw error;
    }
  }

  #parseRequirement(): Requirement {
    let token = this.#next();
    const isNegated = token.kind === 'symbol' && token.text === '!';
    if (isNegated) token = this.#next();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const problems = isQualifiedName(key);
    if (problems.length > 0) throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`);
    const after = this.#peek();
    if (isNegated) return requirement(key, '!', []);
    if (after.kind === 'end' || after.text === ',') return requirement(key, 'exists', []);
    const operatorToken = this.#next();
    const operator = Object.hasOwn(OPERATORS, operatorToken.text) ? OPERATORS[operatorToken.text] : undefined;
    if (!operator) throw new SelectorError(`found '${operatorToken.text}', expected: ${BINARY_OPERATORS}`);
    return requirement(key, operator, operator === 'in' || operator === 'notin' ? this.#valueList() : [this.#exactValue()]);
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.text === ',') return '';
    this.#at++;
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #valueList(): string[] {
    const open = this.#next();
    if (open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.text === ')') {
      this.#at++;
      return [''];
    }
    if (first.kind !== 'identifier' && first.text !== ',') throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#identifiers();
    this.#at++;
    return values;
  }

  /** Up to the closing parenthesis. Nothing between commas, or beside a parenthesis, is the empty value; but of two commas before the end, nothing follows the second. */
  #identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      const after = this.#peek();
      if (token.kind === 'identifier') {
        values.push(token.text);
        if (after.text === ')') return values;
        if (after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.text === ',') {
        if (values.length === 0) values.push('');
        if (after.text === ')' || after.text === ',') values.push('');
        if (after.text === ')') return values;
        if (after.text === ',') this.#at++;
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}

export function parseRequirements(text: string): Requirement[] {
  return new Parser(text).parse();
}
