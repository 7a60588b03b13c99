/** Regular expressions have RE2's meaning. Source of find and findAll: apiserver pkg/cel/library/regex.go. */
import { RE2JS, RE2JSException } from 're2js';
import { INT, listOf, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { sizeOf, type Value } from '../runtime/values.ts';
import { member, type Declaration } from './declare.ts';

const CACHE_SIZE = 256;
const compiled = new Map<string, RE2JS>();

/** Throws EvaluationError, in Go's words. */
export function regex(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  try {
    const made = RE2JS.compile(pattern);
    if (compiled.size >= CACHE_SIZE) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new EvaluationError(error.message, { cause: error });
  }
}

function cost([text, pattern]: readonly Value[]): number {
  return Math.ceil((1 + sizeOf(text)) * 0.1) * Math.ceil(sizeOf(pattern) * 0.25);
}

export const matches = { call: (text: string, pattern: string): boolean => regex(pattern).matcher(text).find(), cost };

/** Only `find` and `findAll` say what it is that is wrong. */
function searchPattern(pattern: string): RE2JS {
  try {
    return regex(pattern);
  } catch (error) {
    throw error instanceof EvaluationError ? new EvaluationError(`Illegal regex: ${error.message}`, { cause: error }) : error;
  }
}

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const matcher = searchPattern(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

export const regexLibrary: readonly Declaration[] = [
  ['find', member('string_find_string', [STRING, STRING], STRING, (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '', cost)],
  ['findAll',
    member('string_find_all_string', [STRING, STRING], listOf(STRING), (text: string, pattern: string) => findAll(text, pattern), cost),
    member('string_find_all_string_int', [STRING, STRING, INT], listOf(STRING), (text: string, pattern: string, limit: bigint) => findAll(text, pattern, limit), cost)],
];
