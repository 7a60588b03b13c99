import { CommandError } from '../errors.ts';

export type Argument =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'field'; readonly fields: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly fields: readonly string[] };

export interface Pipeline {
  /** `$x`, or `$key` and `$value` of a range. */
  readonly variables: readonly string[];
  /** `:=` and not `=`. */
  readonly declares: boolean;
  readonly commands: readonly (readonly Argument[])[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | Block;

export interface Block {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: Node[];
  readonly otherwise: Node[];
}

/** Throws CommandError for what is no template. */
export function parseGoTemplate(template: string): Node[] {
  try {
    return parsed(template);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`error parsing template ${template}, template: output:1: ${error.message}`, { cause: error });
  }
}

function parsed(template: string): Node[] {
  const root: Node[] = [];
  const open: { block: Block; into: Node[]; chained: number }[] = [];
  let into = root;
  let trimsNext = false;
  let rest = template;
  while (rest !== '') {
    const start = rest.indexOf('{{');
    let text = start < 0 ? rest : rest.slice(0, start);
    if (trimsNext) text = text.trimStart();
    if (start < 0) {
      into.push({ kind: 'text', text });
      break;
    }
    const end = closingBraces(rest, start + 2);
    if (end < 0) throw new CommandError('unclosed action');
    let action = rest.slice(start + 2, end);
    rest = rest.slice(end + 2);
    if (/^-\s/.test(action)) {
      text = text.trimEnd();
      action = action.slice(1);
    }
    trimsNext = /\s-$/.test(action);
    if (trimsNext) action = action.slice(0, -1);
    if (text !== '') into.push({ kind: 'text', text });
    into = parseAction(action.trim(), into, open);
  }
  if (open.length > 0) throw new CommandError('unexpected EOF');
  return root;
}

function closingBraces(text: string, from: number): number {
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const one = text[i] ?? '';
    if (quote) {
      if (one === '\\' && quote !== '`') i++;
      else if (one === quote) quote = '';
    } else if (one === '"' || one === '`') quote = one;
    else if (one === '}' && text[i + 1] === '}') return i;
  }
  return -1;
}

function parseAction(action: string, into: Node[], open: { block: Block; into: Node[]; chained: number }[]): Node[] {
  if (action === '' || action.startsWith('/*')) return into;
  const [, word = '', tail = ''] = /^(\w+)\b\s*([^]*)$/.exec(action) ?? [];
  if (word === 'if' || word === 'with' || word === 'range') {
    if (tail.trim() === '') throw new CommandError(`missing value for ${word}`);
    const block: Block = { kind: word, pipeline: parsePipeline(tail), body: [], otherwise: [] };
    into.push(block);
    open.push({ block, into, chained: 0 });
    return block.body;
  }
  const top = open.at(-1);
  if (word === 'else') {
    if (!top) throw new CommandError('unexpected {{else}}');
    const [, chained = '', condition = ''] = /^(if|with)\b\s*([^]*)$/.exec(tail) ?? [];
    if (into === top.block.otherwise) throw new CommandError('expected end; found {{else}}');
    if (!chained) return top.block.otherwise;
    const block: Block = { kind: chained as 'if' | 'with', pipeline: parsePipeline(condition), body: [], otherwise: [] };
    top.block.otherwise.push(block);
    open[open.length - 1] = { block, into: top.into, chained: top.chained + 1 };
    return block.body;
  }
  if (word === 'end') {
    if (!top) throw new CommandError('unexpected {{end}}');
    open.pop();
    return top.into;
  }
  if (action === 'break' || action === 'continue') into.push({ kind: action });
  else into.push({ kind: 'action', pipeline: parsePipeline(action) });
  return into;
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(`[^`]*`)|('(?:[^'\\]|\\.)+')|(:=|=|\||\(|\)|,)|(-?\d[\w.]*)|((?:\$\w*|\.?\w+|\.)(?:\.\w+)*))/y;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new CommandError(`unexpected ${JSON.stringify(text[at])} in operand`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

function parsePipeline(text: string): Pipeline {
  const tokens = tokenize(text);
  const sign = tokens.findIndex((token) => token === ':=' || token === '=');
  const isAssignment = sign > 0 && tokens.slice(0, sign).every((token) => token === ',' || token.startsWith('$'));
  const variables = isAssignment ? tokens.slice(0, sign).filter((token) => token !== ',') : [];
  const rest = isAssignment ? tokens.slice(sign + 1) : tokens;
  const position = { at: 0 };
  const commands = parseCommands(rest, position);
  return { variables, declares: tokens[sign] === ':=', commands };
}

function parseCommands(tokens: readonly string[], position: { at: number }): Argument[][] {
  const commands: Argument[][] = [[]];
  for (; position.at < tokens.length; position.at++) {
    const token = tokens[position.at] ?? '';
    if (token === ')') return commands;
    if (token === '|') commands.push([]);
    else commands.at(-1)?.push(parseArgument(tokens, position));
  }
  return commands;
}

function parseArgument(tokens: readonly string[], position: { at: number }): Argument {
  const token = tokens[position.at] ?? '';
  if (token === '(') {
    position.at++;
    const pipeline: Pipeline = { variables: [], declares: false, commands: parseCommands(tokens, position) };
    const next = tokens[position.at + 1] ?? '';
    if (!/^\.\w/.test(next)) return { kind: 'pipeline', pipeline, fields: [] };
    position.at++;
    return { kind: 'pipeline', pipeline, fields: next.slice(1).split('.') };
  }
  if (token.startsWith('"')) return { kind: 'literal', value: JSON.parse(token) as string };
  if (token.startsWith('`')) return { kind: 'literal', value: token.slice(1, -1) };
  if (/^-?\d/.test(token)) return { kind: 'literal', value: Number(token) };
  if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
  if (token === 'nil') return { kind: 'literal', value: null };
  if (token.startsWith('$')) {
    const [name = '', ...fields] = token.split('.');
    return { kind: 'variable', name, fields };
  }
  if (token.startsWith('.')) return { kind: 'field', fields: token.split('.').filter((field) => field !== '') };
  return { kind: 'function', name: token };
}
