/** Literals that could never be right are found before anything runs. Source: cel-go cel/validator.go. */
import { parseDuration, parseTimestamp } from '../runtime/conversions.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { partsOf, type Expr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/source.ts';
import { regex } from './regex.ts';

function patternFault(text: string): string | undefined {
  try {
    regex(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return error.message;
  }
}

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseDuration(text) !== undefined, timestamp: (text) => parseTimestamp(text) !== undefined, matches: (text) => patternFault(text) === undefined,
};

export function literalIssues(expr: Expr, issues: Issue[]): void {
  if (expr.kind === 'call' && Object.hasOwn(CHECKS, expr.fn)) {
    const arg = expr.fn === 'matches' ? expr.args.at(-1) : expr.args[0];
    if (arg?.kind === 'const' && typeof arg.value === 'string' && !CHECKS[expr.fn]?.(arg.value)) issues.push({ offset: arg.offset, message: `invalid ${expr.fn} argument` });
  }
  for (const part of partsOf(expr)) literalIssues(part, issues);
}

/** What is wrong with the first pattern that `find` or `findAll` is given as a literal: they are made ready before anything runs. Source: apiserver pkg/cel/library/regex.go, FindRegexOptimization. */
export function badPattern(expr: Expr): string | undefined {
  for (const part of partsOf(expr)) {
    const fault = badPattern(part);
    if (fault !== undefined) return fault;
  }
  const [pattern] = expr.kind === 'call' && (expr.fn === 'find' || expr.fn === 'findAll') ? expr.args : [];
  return pattern?.kind === 'const' && typeof pattern.value === 'string' ? patternFault(pattern.value) : undefined;
}
