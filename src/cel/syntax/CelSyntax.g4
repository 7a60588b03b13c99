// The grammar of the Common Expression Language, as its language definition gives it, with optional syntax. Only the messages of syntax errors come from it
// (syntax-messages.ts); grammar.json is its automaton: the last line of CelSyntax.interp, as `antlr-ng CelSyntax.g4` writes it.
parser grammar CelSyntax;

tokens {
  EQUALS, NOT_EQUALS, IN, LESS, LESS_EQUALS, GREATER_EQUALS, GREATER, LOGICAL_AND, LOGICAL_OR, LBRACKET, RBRACKET, LBRACE, RBRACE, LPAREN, RPAREN, DOT, COMMA,
  MINUS, EXCLAM, QUESTIONMARK, COLON, PLUS, STAR, SLASH, PERCENT, TRUE, FALSE, NUL, WHITESPACE, COMMENT, NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER, ESC_IDENTIFIER
}

start : expr EOF ;
expr : conditionalOr (QUESTIONMARK conditionalOr COLON expr)? ;
conditionalOr : conditionalAnd (LOGICAL_OR conditionalAnd)* ;
conditionalAnd : relation (LOGICAL_AND relation)* ;
relation : calc | relation (LESS | LESS_EQUALS | GREATER_EQUALS | GREATER | EQUALS | NOT_EQUALS | IN) relation ;
calc : unary | calc (STAR | SLASH | PERCENT) calc | calc (PLUS | MINUS) calc ;
unary : member | EXCLAM+ member | MINUS+ member ;
member
  : primary
  | member DOT (QUESTIONMARK)? escapeIdent
  | member DOT IDENTIFIER LPAREN exprList? RPAREN
  | member LBRACKET (QUESTIONMARK)? expr RBRACKET
  ;
primary
  : DOT? IDENTIFIER
  | DOT? IDENTIFIER (LPAREN exprList? RPAREN)
  | LPAREN expr RPAREN
  | LBRACKET listInit? COMMA? RBRACKET
  | LBRACE mapInitializerList? COMMA? RBRACE
  | DOT? IDENTIFIER (DOT IDENTIFIER)* LBRACE fieldInitializerList? COMMA? RBRACE
  | literal
  ;
exprList : expr (COMMA expr)* ;
listInit : optExpr (COMMA optExpr)* ;
fieldInitializerList : optField COLON expr (COMMA optField COLON expr)* ;
optField : QUESTIONMARK? escapeIdent ;
mapInitializerList : optExpr COLON expr (COMMA optExpr COLON expr)* ;
escapeIdent : IDENTIFIER | ESC_IDENTIFIER ;
optExpr : QUESTIONMARK? expr ;
literal : MINUS? NUM_INT | NUM_UINT | MINUS? NUM_FLOAT | STRING | BYTES | TRUE | FALSE | NUL ;
