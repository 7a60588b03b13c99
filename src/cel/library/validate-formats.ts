/** Formats with a list of arguments beside them are held against it before anything runs. Source: cel-go ext/formatting.go, stringFormatValidator. */
import type { Checked } from '../checker/checker.ts';
import { isDynamic, runtimeTypeText, type CelType } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { partsOf, type Call, type Expr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/source.ts';
import { readFormat, refused, VERBS } from './format-text.ts';

function kindName(type: CelType): string {
  if (type.kind === 'opaque' || type.kind === 'object') return type.name;
  return type.kind === 'list' || type.kind === 'map' || type.kind === 'type' ? type.kind : runtimeTypeText(type);
}

/** The first part of an argument that the verb does not take. */
function misfit(verb: string, arg: Expr, checked: Checked): Expr | undefined {
  const type = checked.typeOf(arg);
  if (!isDynamic(type) && !VERBS[verb]?.types.includes(kindName(type))) return arg;
  if (verb !== 's') return undefined;
  const parts = arg.kind === 'list' ? arg.elements : arg.kind === 'map' ? arg.entries.flatMap(({ key, value }) => [key, value]) : [];
  for (const part of parts) {
    const found = misfit(verb, part, checked);
    if (found) return found;
  }
  return undefined;
}

/** The first thing that is wrong with a format. */
function problemOf(call: Call, format: string, args: readonly Expr[], checked: Checked): Issue | undefined {
  let used = 0;
  try {
    for (const { verb } of readFormat(format, args.length)) {
      const wrong = misfit(verb, args[used++] as Expr, checked);
      if (wrong) return { offset: wrong.offset, message: refused(verb, kindName(checked.typeOf(wrong))) };
    }
  } catch (error) {
    if (error instanceof EvaluationError) return { offset: call.offset, message: error.message };
    throw error;
  }
  return args.length > used ? { offset: call.offset, message: `too many arguments supplied to string.format (expected ${used}, got ${args.length})` } : undefined;
}

export function formatIssues(expr: Expr, checked: Checked, issues: Issue[]): void {
  if (expr.kind === 'call' && expr.fn === 'format' && expr.target?.kind === 'const' && typeof expr.target.value === 'string') {
    const [list, ...others] = expr.args;
    const problem = list?.kind === 'list' && others.length === 0 ? problemOf(expr, expr.target.value, list.elements, checked) : undefined;
    if (problem) issues.push(problem);
  }
  for (const part of partsOf(expr)) formatIssues(part, checked, issues);
}
