import type { Issue } from './source.ts';
import { TokenType, type Token } from './tokens.ts';

const SYMBOLS: Readonly<Record<string, number>> = {
  '==': TokenType.EQUALS, '!=': TokenType.NOT_EQUALS, '<=': TokenType.LESS_EQUALS, '>=': TokenType.GREATER_EQUALS, '&&': TokenType.LOGICAL_AND, '||': TokenType.LOGICAL_OR,
  '<': TokenType.LESS, '>': TokenType.GREATER, '[': TokenType.LBRACKET, ']': TokenType.RBRACKET, '{': TokenType.LBRACE, '}': TokenType.RBRACE, '(': TokenType.LPAREN, ')': TokenType.RPAREN,
  '.': TokenType.DOT, ',': TokenType.COMMA, '-': TokenType.MINUS, '!': TokenType.EXCLAM, '?': TokenType.QUESTIONMARK, ':': TokenType.COLON, '+': TokenType.PLUS, '*': TokenType.STAR,
  '/': TokenType.SLASH, '%': TokenType.PERCENT,
};
const WORDS = new Map<string, number>([['in', TokenType.IN], ['true', TokenType.TRUE], ['false', TokenType.FALSE], ['null', TokenType.NULL]]);

const SPACE = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const FLOAT = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const INT = /(?:0x[0-9a-fA-F]+|\d+)([uU]?)/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESC_IDENTIFIER = /`[A-Za-z0-9_.\-/ ]+`/y;
const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${'`'}]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const STRING = new RegExp(
  String.raw`([bB]?)(?:[rR](?:"""[^]*?"""|'''[^]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|"""(?:${ESCAPE}|[^\\])*?"""|'''(?:${ESCAPE}|[^\\])*?'''|"(?:${ESCAPE}|[^\\"\n\r])*"|'(?:${ESCAPE}|[^\\'\n\r])*')`, 'y');

/** What is left of a token that cannot be read, to where reading stopped. */
const UNREADABLE = new RegExp(String.raw`(?:[bB]?(?:"(?:${ESCAPE}|[^\\"\n\r])*|'(?:${ESCAPE}|[^\\'\n\r])*)(?:\\(?:x[0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?)?|[=&|])`, 'y');

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function read(text: string, at: number): { type: number; length: number } | undefined {
  const string = match(STRING, text, at);
  if (string) return { type: string[1] ? TokenType.BYTES : TokenType.STRING, length: string[0].length };
  const float = match(FLOAT, text, at);
  if (float) return { type: TokenType.NUM_FLOAT, length: float[0].length };
  const int = match(INT, text, at);
  if (int) return { type: int[1] ? TokenType.NUM_UINT : TokenType.NUM_INT, length: int[0].length };
  const word = match(IDENTIFIER, text, at);
  if (word) return { type: WORDS.get(word[0]) ?? TokenType.IDENTIFIER, length: word[0].length };
  const escaped = match(ESC_IDENTIFIER, text, at);
  if (escaped) return { type: TokenType.ESC_IDENTIFIER, length: escaped[0].length };
  for (const length of [2, 1]) {
    const type = SYMBOLS[text.slice(at, at + length)];
    if (type !== undefined) return { type, length };
  }
  return undefined;
}

/** Characters that begin no token are told with the one after them at which that was clear, and both are skipped: as ANTLR does. */
function unreadable(text: string, at: number): string {
  const begun = match(UNREADABLE, text, at)?.[0] ?? '';
  const next = text.codePointAt(at + begun.length);
  return begun + (next === undefined ? '' : String.fromCodePoint(next));
}

function printable(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

/** Reads a text into tokens, the last of them EOF. What is no token goes to `issues`. Source: the lexis of the CEL language definition. */
export function tokenize(text: string, issues: Issue[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let start = 0;
  const advance = (part: string): void => {
    at += part.length;
    for (const char of part) if (char) start++;
  };
  while (at < text.length) {
    const space = match(SPACE, text, at);
    if (space) {
      advance(space[0]);
      continue;
    }
    const found = read(text, at);
    if (found) {
      const part = text.slice(at, at + found.length);
      tokens.push({ type: found.type, text: part, start });
      advance(part);
      continue;
    }
    const part = unreadable(text, at);
    issues.push({ offset: start, message: `Syntax error: token recognition error at: '${printable(part)}'` });
    advance(part);
  }
  tokens.push({ type: TokenType.EOF, text: '<EOF>', start });
  return tokens;
}
