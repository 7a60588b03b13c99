import { isObject } from '../../apimachinery/patch/json.ts';

/** A value as `-o kyaml` writes it: YAML in flow style, in which nothing depends on indentation. Source: KEP-5295. */
export function kyamlText(value: unknown): string {
  return `---\n${emit(value, '')}\n`;
}

function emit(value: unknown, indent: string): string {
  if (Array.isArray(value)) return emitList(value, indent);
  if (isObject(value)) return emitMap(value, indent);
  return typeof value === 'string' ? emitText(value, indent) : String(value as number | boolean | null);
}

function emitMap(map: Readonly<Record<string, unknown>>, indent: string): string {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  if (keys.length === 0) return '{}';
  return `{\n${keys.map((key) => `${indent}  ${keyText(key)}: ${emit(map[key], `${indent}  `)},\n`).join('')}${indent}}`;
}

/** Maps share lines with the brackets around them, and so do lists; what is plain, or mixed, has lines of its own. */
function emitList(list: readonly unknown[], indent: string): string {
  if (list.length === 0) return '[]';
  if (list.every(isObject) || list.every(Array.isArray)) return `[${list.map((one) => emit(one, indent)).join(', ')}]`;
  return `[\n${list.map((one) => `${indent}  ${emit(one, `${indent}  `)},\n`).join('')}${indent}]`;
}

/** Text of several lines is folded by hand: each ends in `\n\`, and one that begins with a space hides it from folding. */
function emitText(text: string, indent: string): string {
  if (!text.includes('\n')) return `"${escaped(text)}"`;
  const parts = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const lines = parts.map((part) => {
    const line = part.replace(/\n$/, '');
    return `${indent}  ${/^[ \t]/.test(line) ? '\\' : ' '}${escaped(line)}${part.endsWith('\n') ? '\\n' : ''}\\\n`;
  });
  return `"\\\n${lines.join('')}${indent}  "`;
}

const NAMED: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\v': '\\v', '\f': '\\f', '\r': '\\r', '\x1b': '\\e', '\x85': '\\N', '\xa0': '\\_', '\u2028': '\\L', '\u2029': '\\P' };

function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/["\\\0-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff]/g, (one) => NAMED[one] ?? (one > '\xff' ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}` : `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`));
}

/** What some YAML takes for a boolean, a null, a number or a time. */
const NOT_TEXT = /^(?:y|yes|n|no|on|off|t|true|f|false|null|~|[-+]?(?:nan|inf|infinity|0x[\da-f_]+|0b[01_]+|0o?[0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d+)?))$|^\d{4}-\d\d?-\d\d?/i;
const PLAIN_KEY = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_./-]*[\p{L}\p{N}_])?$/u;

function keyText(key: string): string {
  return PLAIN_KEY.test(key) && !NOT_TEXT.test(key) ? key : `"${escaped(key)}"`;
}
