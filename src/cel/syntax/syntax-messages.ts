/**
 * What is wrong with the syntax of an expression, in the words of cel-go, whose parser is ANTLR's: how it resumes after a mistake, and which tokens it says it expected,
 * follow from ANTLR's own rules, so its runtime finds the messages. It is loaded with the first mistake only: the parser that reads right expressions is parser.ts.
 */
import { createRequire } from 'node:module';
import type * as Antlr from 'antlr4ng';
import automaton from './grammar.json' with { type: 'json' };
import type { Issue } from './source.ts';
import { LITERAL_NAMES, SYMBOLIC_NAMES, type Token } from './tokens.ts';

const RULES = ['start', 'expr', 'conditionalOr', 'conditionalAnd', 'relation', 'calc', 'unary', 'member', 'primary', 'exprList', 'listInit', 'fieldInitializerList', 'optField', 'mapInitializerList', 'escapeIdent', 'optExpr', 'literal'];

let loaded: { antlr: typeof Antlr; atn: Antlr.ATN } | undefined;

function load(): { antlr: typeof Antlr; atn: Antlr.ATN } {
  if (!loaded) {
    const antlr = createRequire(import.meta.url)('antlr4ng') as typeof Antlr;
    loaded = { antlr, atn: new antlr.ATNDeserializer().deserialize(automaton) };
  }
  return loaded;
}

/** Adds the mistakes of these tokens. */
export function syntaxIssues(tokens: readonly Token[], issues: Issue[]): void {
  const { antlr, atn } = load();
  const list = tokens.map((token) => {
    const made = antlr.CommonToken.fromType(token.type, token.text);
    made.line = 1;
    made.column = token.start;
    return made;
  });
  const vocabulary = new antlr.Vocabulary([...LITERAL_NAMES], [...SYMBOLIC_NAMES], []);
  const parser = new antlr.ParserInterpreter('CelSyntax.g4', vocabulary, RULES, atn, new antlr.CommonTokenStream(new antlr.ListTokenSource(list)));
  parser.removeErrorListeners();
  const listener = new (class extends antlr.BaseErrorListener {
    override syntaxError(...given: Parameters<Antlr.BaseErrorListener['syntaxError']>): void {
      issues.push({ offset: given[3], message: `Syntax error: ${given[4]}` });
    }
  })();
  parser.addErrorListener(listener);
  parser.parse(0);
}
