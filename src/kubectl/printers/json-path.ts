import { isObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { goFormat } from './go-format.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** A step of a path. */
type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly start: number | undefined; readonly end: number | undefined; readonly step: number; readonly isIndex: boolean }
  | { readonly kind: 'union'; readonly options: readonly (readonly Step[])[] }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };

type Operand = { readonly literal: unknown } | { readonly unknown: string } | { readonly path: readonly Step[]; readonly isRoot: boolean };

type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** What fails once it is reached. */
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[]; readonly isCurrent: boolean }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly isCurrent: boolean; readonly body: readonly Part[] };

/** kubectl's JSONPath: text with paths in braces, `{range}` and `{end}`. Source: client-go util/jsonpath. */
export class JsonPath {
  readonly #parts: readonly Part[];
  readonly #allowsMissing: boolean;

  /** Throws CommandError for a template that cannot be read. */
  constructor(template: string, options: { allowsMissing: boolean }) {
    this.#allowsMissing = options.allowsMissing;
    this.#parts = parseTemplate(template);
  }

  render(root: unknown): string {
    return this.#render(this.#parts, root, root);
  }

  /** The values of all paths of the template. */
  find(root: unknown): unknown[] {
    return this.#parts.flatMap((part) => (part.kind === 'text' ? [] : part.kind === 'error' ? fail(part.message) : evaluate(part.steps, [root], root, this.#allowsMissing)));
  }

  #render(parts: readonly Part[], current: unknown, root: unknown): string {
    return parts.map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'error') return fail(part.message);
      const values = evaluate(part.steps, [part.isCurrent ? current : root], root, this.#allowsMissing);
      if (part.kind === 'path') return values.map(valueText).join(' ');
      return values.map((value) => this.#render(part.body, value, value)).join('');
    }).join('');
  }
}

function fail(message: string): never {
  throw new CommandError(message);
}

function valueText(value: unknown): string {
  if (isObject(value) || Array.isArray(value)) return stringifyWhole(sorted(value));
  return value === null || value === undefined ? '' : goFormat(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

function evaluate(steps: readonly Step[], start: readonly unknown[], root: unknown, allowsMissing: boolean): unknown[] {
  let values = [...start];
  for (const step of steps) values = values.flatMap((value) => takeStep(step, value, root, allowsMissing));
  return values;
}

function takeStep(step: Step, value: unknown, root: unknown, allowsMissing: boolean): unknown[] {
  switch (step.kind) {
    case 'field': {
      if (isObject(value) && Object.hasOwn(value, step.name)) return [value[step.name]];
      if (value === null || value === undefined || allowsMissing) return [];
      throw new CommandError(`${step.name} is not found`);
    }
    case 'wildcard': return childrenOf(value);
    case 'recursive': return descend(value);
    case 'slice': return slice(step, value);
    case 'union': return step.options.flatMap((option) => evaluate(option, [value], root, allowsMissing));
    case 'filter': return filtered(step, value, root);
  }
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isObject(value) ? Object.keys(value).sort().map((key) => value[key]) : [];
}

function descend(value: unknown): unknown[] {
  if (!isObject(value) && !Array.isArray(value)) return [];
  return [value, ...childrenOf(value).flatMap(descend)];
}

/** What lies outside of an array is an error even where missing fields are allowed. Source: client-go util/jsonpath, evalArray. */
function slice(step: Extract<Step, { kind: 'slice' }>, value: unknown): unknown[] {
  if (!Array.isArray(value)) {
    if (value === null || value === undefined) return [];
    throw new CommandError(`${isObject(value) ? 'map' : typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : typeof value === 'boolean' ? 'bool' : typeof value} is not array or slice`);
  }
  const { length } = value;
  const resolve = (index: number): number => (index < 0 ? index + length : index);
  const start = resolve(step.start ?? 0);
  const end = step.isIndex ? start + 1 : resolve(step.end ?? length);
  if (start === end) return [];
  for (const [index, most] of [[start, length - 1], [end - 1, length - 1]] as const) if (index < 0 || index > most) throw new CommandError(`array index out of bounds: index ${index}, length ${length}`);
  if (start > end) throw new CommandError(`starting index ${start} is greater than ending index ${end}`);
  const found: unknown[] = [];
  for (let i = start; i < end; i += step.step) found.push(value[i]);
  return found;
}

function filtered(step: Extract<Step, { kind: 'filter' }>, value: unknown, root: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new CommandError(`${goFormat(value)} is not array or slice and cannot be filtered`);
  return (value as unknown[]).filter((child) => matches(step, child, root));
}

function matches(filter: Extract<Step, { kind: 'filter' }>, child: unknown, root: unknown): boolean {
  const valuesOf = (operand: Operand): unknown[] => ('literal' in operand ? [operand.literal] : 'unknown' in operand ? fail(`unrecognized identifier ${operand.unknown}`) : evaluate(operand.path, [operand.isRoot ? root : child], root, true));
  const left = valuesOf(filter.left);
  if (!filter.right) return left.length > 0;
  const right = valuesOf(filter.right);
  if (left.length === 0 || right.length === 0) return false;
  if (left.length > 1 || right.length > 1) throw new CommandError('can only compare one element at a time');
  const [a, b] = [left[0], right[0]];
  const [x, y] = typeof a === 'number' && typeof b === 'number' ? [a, b] : [goFormat(a), goFormat(b)];
  switch (filter.operator) {
    case '==': return x === y;
    case '!=': return x !== y;
    case '<': return x < y;
    case '<=': return x <= y;
    case '>': return x > y;
    default: return x >= y;
  }
}

interface OpenRange {
  readonly parts: Part[];
  readonly open?: { readonly steps: readonly Step[]; readonly isCurrent: boolean };
}

function closeRange(stack: OpenRange[]): void {
  const done = stack.pop();
  if (done?.open) stack.at(-1)?.parts.push({ kind: 'range', ...done.open, body: done.parts });
}

function hasOpenQuote(text: string): boolean {
  return (text.replaceAll(/\\./g, '').replaceAll(/"[^"]*"|'[^']*'/g, '').match(/["']/) ?? []).length > 0;
}

function parseTemplate(template: string): Part[] {
  const stack: OpenRange[] = [{ parts: [] }];
  let rest = template;
  while (rest !== '') {
    const brace = rest.indexOf('{');
    const text = brace < 0 ? rest : rest.slice(0, brace);
    const top = stack.at(-1);
    if (text !== '') top?.parts.push({ kind: 'text', text });
    if (brace < 0) break;
    const end = closingBrace(rest, brace);
    if (end < 0) throw new CommandError(`error parsing jsonpath ${template}, ${hasOpenQuote(rest.slice(brace)) ? 'unterminated quoted string' : 'unclosed action'}`);
    const action = rest.slice(brace + 1, end).trim();
    rest = rest.slice(end + 1);
    if (action === 'end') {
      if (stack.length > 1) closeRange(stack);
      else top?.parts.push({ kind: 'error', message: 'not in range, nothing to end' });
    } else if (/^range(?!\w)/.test(action)) stack.push({ parts: [], open: parsePath(action.slice(5).trim(), template) });
    else top?.parts.push(...parseAction(action, template));
  }
  while (stack.length > 1) closeRange(stack); // one that nothing ends goes on to the end
  return stack[0]?.parts ?? [];
}

function closingBrace(text: string, from: number): number {
  let quote = '';
  for (let i = from + 1; i < text.length; i++) {
    const one = text[i] ?? '';
    if (one === '\\') i++;
    else if (quote) quote = one === quote ? '' : quote;
    else if ((one === '"' || one === "'") && /[\s{[(,=<>!]/.test(text[i - 1] ?? '')) quote = one; // in a name it is a character like others
    else if (one === '}') return i;
  }
  return -1;
}

function parseAction(action: string, template: string): Part[] {
  const parts: Part[] = [];
  for (const token of action.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:\[[^\]]*(?:\([^)]*\))?[^\]]*\]|\\.|[^\s"'])(?:\[[^\]]*(?:\([^)]*\))?[^\]]*\]|\\.|\S)*/g) ?? []) {
    if (token.startsWith('"') || token.startsWith("'")) parts.push({ kind: 'text', text: unquote(token) });
    else if (/^(?:true|false|-?\d+(?:\.\d+)?)$/.test(token)) parts.push({ kind: 'text', text: token });
    else if (token === '.') parts.push({ kind: 'text', text: '' });
    else if (/^\w/.test(token)) parts.push({ kind: 'error', message: `unrecognized identifier ${token}` });
    else parts.push({ kind: 'path', ...parsePath(recognized(token, /^[^\w.$@[*\\-]/, template), template) });
  }
  return parts;
}

/** The text itself. Throws CommandError where it has a character that no action has. */
function recognized(text: string, unknown: RegExp, template: string): string {
  const [one] = unknown.exec(text) ?? [];
  if (one !== undefined) throw new CommandError(`error parsing jsonpath ${template}, unrecognized character in action: U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} '${one}'`);
  return text;
}

function unquote(token: string): string {
  return token.slice(1, -1).replace(/\\(u[\da-fA-F]{4}|.)/g, (_whole, one: string) => (one.length > 1 ? String.fromCharCode(Number.parseInt(one.slice(1), 16)) : ({ n: '\n', t: '\t', r: '\r' })[one] ?? one));
}

function parsePath(path: string, template: string): { steps: Step[]; isCurrent: boolean } {
  const isCurrent = !path.startsWith('$');
  const steps: Step[] = [];
  let rest = path.replace(/^[$@]/, '');
  while (rest !== '') {
    if (rest.startsWith('..')) {
      steps.push({ kind: 'recursive' });
      rest = rest.slice(rest[2] === '[' ? 2 : 1);
      continue;
    }
    if (rest.startsWith('[')) {
      const end = closingBracket(rest);
      if (end < 0) throw new CommandError(`error parsing jsonpath ${template}, unterminated array`);
      steps.push(parseBrackets(rest.slice(1, end), template));
      rest = rest.slice(end + 1);
      continue;
    }
    const match = /^\.?((?:\\.|[^.[\\])*)/.exec(rest);
    const name = (match?.[1] ?? '').replace(/\\(.)/g, '$1');
    if (name === '*') steps.push({ kind: 'wildcard' });
    else if (name !== '') steps.push({ kind: 'field', name });
    rest = rest.slice(Math.max(match?.[0].length ?? 0, 1));
  }
  return { steps, isCurrent };
}

function closingBracket(text: string): number {
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const one = text[i] ?? '';
    if (quote) quote = one === quote ? '' : quote;
    else if (one === '"' || one === "'") quote = one;
    else if (one === '[') depth++;
    else if (one === ']' && --depth === 0) return i;
  }
  return -1;
}

function parseBrackets(inside: string, template: string): Step {
  const text = inside.trim();
  if (text === '*') return { kind: 'wildcard' };
  if (text.startsWith('?(') && text.endsWith(')')) return parseFilter(text.slice(2, -1), template);
  const options = text.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  if (options.length > 1 && options.every((option) => !option.startsWith('"'))) return { kind: 'union', options: options.map((option) => [parseBrackets(option, template)]) };
  if (text.startsWith("'")) return { kind: 'field', name: unquote(text) };
  const match = /^(-?\d+)?(?:(:)(-?\d+)?(?::(\d+))?)?$/.exec(text);
  if (!match) throw new CommandError(`error parsing jsonpath ${template}, invalid array index ${text}`);
  const [, start, colon, end, step] = match;
  return { kind: 'slice', start: start === undefined ? undefined : Number(start), end: end === undefined ? undefined : Number(end), step: Number(step ?? '1'), isIndex: !colon };
}

function parseFilter(text: string, template: string): Step {
  recognized(text.replaceAll(/'[^']*'|"[^"]*"/g, ''), /[~&|]/, template);
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/.exec(text.trim());
  const operand = (one: string): Operand => {
    const trimmed = one.trim();
    if (/^['"]/.test(trimmed)) return { literal: unquote(trimmed) };
    if (/^[@$.]/.test(trimmed)) return { path: parsePath(trimmed, template).steps, isRoot: trimmed.startsWith('$') };
    if (trimmed === 'true' || trimmed === 'false') return { literal: trimmed === 'true' };
    return Number.isNaN(Number(trimmed)) ? { unknown: trimmed } : { literal: Number(trimmed) };
  };
  if (!match) return { kind: 'filter', left: operand(text), operator: 'exists', right: undefined };
  return { kind: 'filter', left: operand(match[1] ?? ''), operator: match[2] ?? '==', right: operand(match[3] ?? '') };
}

/** A path as users write it for columns and sorting: `.metadata.name`, `metadata.name`, `{.metadata.name}`. Throws for what is none. */
export function relaxedPath(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw new CommandError('path template cannot be empty');
  const [, inBraces, bare] = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/s.exec(trimmed) ?? [];
  const path = inBraces ?? bare;
  if (path === undefined) throw new CommandError("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'");
  return `{.${path}}`;
}

/** A path that stands outside of a template, of which less is told when it is none. No path at all finds nothing. */
export function pathOf(text: string): JsonPath {
  const path = text === '' ? '' : relaxedPath(text);
  try {
    return new JsonPath(path, { allowsMissing: true });
  } catch (error) {
    const prefix = `error parsing jsonpath ${path}, `;
    throw error instanceof CommandError && error.message.startsWith(prefix) ? new CommandError(error.message.slice(prefix.length), { cause: error }) : error;
  }
}
