/** Source: cel-go ext/strings.go, version 2. */
import { INT, listOf, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { sizeOf, type Value } from '../runtime/values.ts';
import { member, overload, through, traversal, type Declaration } from './declare.ts';
import { DYN } from '../checker/types.ts';
import { formatText } from './format-text.ts';

function chars(text: string): string[] {
  return Array.from(text);
}

function outOfRange(index: bigint): EvaluationError {
  return new EvaluationError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): string {
  const all = chars(text);
  if (index < 0n || index > BigInt(all.length)) throw outOfRange(index);
  return all[Number(index)] ?? '';
}

/** Places are counted in characters. */
function indexOf(text: string, part: string, from = 0n): bigint {
  const [all, wanted] = [chars(text), chars(part)];
  if (part === '') return from;
  if (from < 0n || from > BigInt(all.length)) throw outOfRange(from);
  for (let i = Number(from); i <= all.length - wanted.length; i++) if (wanted.every((char, j) => all[i + j] === char)) return BigInt(i);
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const [all, wanted] = [chars(text), chars(part)];
  if (part === '') return from ?? BigInt(all.length);
  if (from !== undefined && (from < 0n || from >= BigInt(all.length))) throw outOfRange(from);
  if (all.length < wanted.length) return -1n;
  for (let i = Math.min(Number(from ?? all.length), all.length - wanted.length); i >= 0; i--) if (wanted.every((char, j) => all[i + j] === char)) return BigInt(i);
  return -1n;
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = chars(text);
  const length = BigInt(all.length);
  if (end === undefined) {
    if (start < 0n || start > length) throw outOfRange(start);
    return all.slice(Number(start)).join('');
  }
  if (start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > length) throw outOfRange(start);
  if (end < 0n || end > length) throw outOfRange(end);
  return all.slice(Number(start), Number(end)).join('');
}

function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? chars(text) : text.split(separator);
  const most = Number(limit);
  if (limit < 0n || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function replace(text: string, from: string, to: string, limit = -1n): string {
  if (limit === 0n) return text;
  const parts = from === '' ? ['', ...chars(text), ''] : text.split(from);
  const times = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  return parts.reduce((done, part, i) => (i === 0 ? part : done + (i <= times ? to : from) + part), '');
}

function mapAscii(text: string, pattern: RegExp, shift: number): string {
  return text.replace(pattern, (char) => String.fromCharCode(char.charCodeAt(0) + shift));
}

const WHITE_SPACE = /^[\s\u0085]+|[\s\u0085]+$/gu;
const QUOTED: Readonly<Record<string, string>> = { '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\', '"': '\\"' };

const twice = traversal(2);
const built = (_: readonly Value[], result: Value): number => Math.ceil(sizeOf(result) * 0.2);
const SS = [STRING, STRING] as const;

export const stringLibrary: readonly Declaration[] = [
  ['charAt', member('string_char_at_int', [STRING, INT], STRING, charAt)],
  ['indexOf', member('string_index_of_string', SS, INT, indexOf, through), member('string_index_of_string_int', [...SS, INT], INT, indexOf, through)],
  ['lastIndexOf', member('string_last_index_of_string', SS, INT, lastIndexOf, through), member('string_last_index_of_string_int', [...SS, INT], INT, lastIndexOf, through)],
  ['lowerAscii', member('string_lower_ascii', [STRING], STRING, (text: string) => mapAscii(text, /[A-Z]/g, 32), traversal())],
  ['upperAscii', member('string_upper_ascii', [STRING], STRING, (text: string) => mapAscii(text, /[a-z]/g, -32), traversal())],
  ['replace', member('string_replace_string_string', [...SS, STRING], STRING, replace, twice), member('string_replace_string_string_int', [...SS, STRING, INT], STRING, replace, twice)],
  ['split', member('string_split_string', SS, listOf(STRING), split, twice), member('string_split_string_int', [...SS, INT], listOf(STRING), split, twice)],
  ['substring', member('string_substring_int', [STRING, INT], STRING, substring, traversal()), member('string_substring_int_int', [STRING, INT, INT], STRING, substring, traversal())],
  ['trim', member('string_trim', [STRING], STRING, (text: string) => text.replace(WHITE_SPACE, ''), traversal())],
  ['join', member('list_join', [listOf(STRING)], STRING, (list: string[]) => list.join(''), built), member('list_join_string', [listOf(STRING), STRING], STRING, (list: string[], by: string) => list.join(by), built)],
  ['format', member('string_format', [STRING, listOf(DYN)], STRING, formatText, traversal())],
  ['strings.quote', overload('strings_quote', [STRING], STRING, (text: string) => `"${Array.from(text, (char) => QUOTED[char] ?? char).join('')}"`, traversal())],
];
