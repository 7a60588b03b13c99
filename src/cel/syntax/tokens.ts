/** The tokens of CEL: their numbers are those of CelSyntax.g4, their texts what syntax errors print. */
export const TokenType = {
  EQUALS: 1, NOT_EQUALS: 2, IN: 3, LESS: 4, LESS_EQUALS: 5, GREATER_EQUALS: 6, GREATER: 7, LOGICAL_AND: 8, LOGICAL_OR: 9, LBRACKET: 10, RBRACKET: 11, LBRACE: 12, RBRACE: 13, LPAREN: 14,
  RPAREN: 15, DOT: 16, COMMA: 17, MINUS: 18, EXCLAM: 19, QUESTIONMARK: 20, COLON: 21, PLUS: 22, STAR: 23, SLASH: 24, PERCENT: 25, TRUE: 26, FALSE: 27, NULL: 28,
  NUM_FLOAT: 31, NUM_INT: 32, NUM_UINT: 33, STRING: 34, BYTES: 35, IDENTIFIER: 36, ESC_IDENTIFIER: 37, EOF: -1,
} as const;

export const LITERAL_NAMES: readonly (string | null)[] = [
  null, "'=='", "'!='", "'in'", "'<'", "'<='", "'>='", "'>'", "'&&'", "'||'", "'['", "']'", "'{'", "'}'", "'('", "')'", "'.'", "','", "'-'", "'!'", "'?'", "':'", "'+'", "'*'", "'/'", "'%'", "'true'", "'false'", "'null'",
];

export const SYMBOLIC_NAMES: readonly (string | null)[] = [
  ...Array.from({ length: 29 }, () => null), 'WHITESPACE', 'COMMENT', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER', 'ESC_IDENTIFIER',
];

export interface Token {
  readonly type: number;
  readonly text: string;
  /** Offset of its first character, in code points. */
  readonly start: number;
}
