import { Lexer } from 'yaml';

/** As deep as Go's reader goes. Source: go-yaml scannerc.go, max_flow_level and max_indents. */
export const MAX_YAML_DEPTH = 10_000;

/**
 * The line on which a text nests deeper than it may, counted from 1; undefined: on none. A text that nests a million times would keep its reader busy for half a
 * minute before it overflows the stack; here it costs one look at each character, and only what looks too deep is told from brackets within texts.
 */
export function tooDeepLine(text: string): number | undefined {
  return looksTooDeep(text) ? lineOfTokens(new Lexer().lex(text)) : undefined;
}

/** Brackets that are not closed, and entries of lists begun on one line. */
function looksTooDeep(text: string): boolean {
  let [flow, block] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x5b: case 0x7b: flow++; break;
      case 0x5d: case 0x7d: if (flow > 0) flow--; break;
      case 0x2d: case 0x3f: case 0x3a: block++; break;
      case 0x0a: block = 0; break;
    }
    if (flow > MAX_YAML_DEPTH || block > MAX_YAML_DEPTH) return true;
  }
  return false;
}

function lineOfTokens(tokens: Iterable<string>): number | undefined {
  let [flow, block, line] = [0, 0, 1];
  for (const token of tokens) {
    switch (token) {
      case '[': case '{': flow++; break;
      case ']': case '}': flow--; break;
      case '-': case '?': case ':': block++; break;
      default:
        for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) [line, block] = [line + 1, 0];
    }
    if (flow > MAX_YAML_DEPTH || block > MAX_YAML_DEPTH) return line;
  }
  return undefined;
}
