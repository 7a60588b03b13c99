import type { Const } from './ast.ts';
import { TokenType, type Token } from './tokens.ts';

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const ESCAPES: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"', '`': '`', '?': '?' };
const encoder = new TextEncoder();

/** A literal that means nothing, such as an int that is too large. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError';
}

const ESCAPED = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([^]))/g;

function unescape(body: string): string {
  return body.replace(ESCAPED, (_, x?: string, u?: string, long?: string, octal?: string, char?: string) => {
    if (char !== undefined) return ESCAPES[char] ?? char;
    const code = octal === undefined ? parseInt(x ?? u ?? long ?? '', 16) : parseInt(octal, 8);
    if (code > 0x10ffff) throw new LiteralError('unable to unescape string');
    return String.fromCodePoint(code);
  });
}

/** In bytes, `\x` and octal escapes are one byte each. */
function unescapeBytes(body: string): Uint8Array {
  const parts: number[] = [];
  let at = 0;
  for (const found of body.matchAll(ESCAPED)) {
    parts.push(...encoder.encode(body.slice(at, found.index)));
    if (found[1] !== undefined) parts.push(parseInt(found[1], 16));
    else if (found[4] !== undefined) parts.push(parseInt(found[4], 8));
    else parts.push(...encoder.encode(unescape(found[0])));
    at = found.index + found[0].length;
  }
  parts.push(...encoder.encode(body.slice(at)));
  return Uint8Array.from(parts);
}

function stringValue(text: string): Const['value'] {
  const isBytes = /^[bB]/.test(text);
  const quoted = isBytes ? text.slice(1) : text;
  const isRaw = /^[rR]/.test(quoted);
  const inner = isRaw ? quoted.slice(1) : quoted;
  const width = inner.length >= 6 && (inner.startsWith('"""') || inner.startsWith("'''")) ? 3 : 1;
  const body = inner.slice(width, -width);
  if (isBytes) return isRaw ? encoder.encode(body) : unescapeBytes(body);
  return isRaw ? body : unescape(body);
}

/** The value of a literal token. Throws LiteralError. */
export function literal(token: Token, sign: '' | '-', offset: number): Const {
  const of = (type: Const['type'], value: Const['value']): Const => ({ kind: 'const', type, value, offset });
  switch (token.type) {
    case TokenType.TRUE: return of('bool', true);
    case TokenType.FALSE: return of('bool', false);
    case TokenType.NULL: return of('null', null);
    case TokenType.NUM_INT: {
      const value = BigInt(token.text) * (sign === '-' ? -1n : 1n);
      if (value < MIN_INT || value > MAX_INT) throw new LiteralError('invalid int literal');
      return of('int', value);
    }
    case TokenType.NUM_UINT: {
      const value = BigInt(token.text.slice(0, -1));
      if (value > MAX_UINT) throw new LiteralError('invalid uint literal');
      return of('uint', value);
    }
    case TokenType.NUM_FLOAT: return of('double', Number(sign + token.text));
    case TokenType.STRING: return of('string', stringValue(token.text));
    default: return of('bytes', stringValue(token.text));
  }
}
