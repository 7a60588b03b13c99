/**
 * Expressions of the Common Expression Language, with the functions that Kubernetes adds. Values are those of JSON, but whole numbers of type int are
 * `bigint` and timestamps are `Date`. Source of the functions: apiserver pkg/cel/library.
 */
import { Environment, EvaluationError, Optional, ParseError } from '@marcbachmann/cel-js';

/** Cannot be read, or cannot be evaluated. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

export { Optional };

type Ordered = bigint | number | string;

function compare(a: Ordered, b: Ordered): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function best(list: readonly Ordered[], sign: 1 | -1): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new CelError(`${sign < 0 ? 'min' : 'max'} called on empty list`);
  return rest.reduce((found, one) => (compare(one, found) * sign > 0 ? one : found), first);
}

function sum(list: readonly (bigint | number)[]): bigint | number {
  if (list.length === 0) return 0n;
  return list.reduce((total, one) => (typeof total === 'bigint' && typeof one === 'bigint' ? total + one : Number(total) + Number(one)));
}

function isURL(text: string): boolean {
  return URL.canParse(text) || text.startsWith('/');
}

function makeEnvironment(): Environment {
  return new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true })
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, to))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '')
    .registerFunction('string.findAll(string): list', (text: string, pattern: string) => [...text.matchAll(new RegExp(pattern, 'gu'))].map((match) => match[0]))
    .registerFunction('list.isSorted(): bool', (list: Ordered[]) => list.every((one, i) => i === 0 || compare(list[i - 1] ?? one, one) <= 0))
    .registerFunction('list.sum(): dyn', sum)
    .registerFunction('list.min(): dyn', (list: Ordered[]) => best(list, -1))
    .registerFunction('list.max(): dyn', (list: Ordered[]) => best(list, 1))
    .registerFunction('isURL(string): bool', isURL);
}

let environment: Environment | undefined;

/** An expression, read once. `evaluate` throws CelError. */
export interface Expression {
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
}

function messageOf(error: Error): string {
  const [first = ''] = error.message.split('\n');
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** Throws CelError for a text that is no expression. */
export function compileExpression(text: string): Expression {
  environment ??= makeEnvironment();
  try {
    const parsed = environment.parse(text);
    return {
      evaluate(variables) {
        try {
          return parsed(variables) as unknown;
        } catch (error) {
          if (error instanceof EvaluationError || error instanceof TypeError) throw new CelError(messageOf(error), { cause: error });
          throw error;
        }
      },
    };
  } catch (error) {
    if (error instanceof ParseError) throw new CelError(messageOf(error), { cause: error });
    throw error;
  }
}
