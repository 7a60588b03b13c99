/** Elements of a literal are of one type, but not among the arguments of a format. Source: cel-go cel/validator.go, ValidateHomogeneousAggregateLiterals. */
import type { Checked } from '../checker/checker.ts';
import { sameType, typeText, type CelType } from '../checker/types.ts';
import { partsOf, type Expr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/source.ts';

const EXEMPT = 'format';

function typeOf(expr: Expr, optional: boolean, checked: Checked): CelType {
  const type = checked.typeOf(expr);
  return optional && type.kind === 'opaque' ? (type.params[0] ?? type) : type;
}

/** Of a list only the first that differs is told. */
function differing(parts: readonly { readonly expr: Expr; readonly optional: boolean }[], checked: Checked): Issue[] {
  const [first] = parts;
  const wanted = first && typeOf(first.expr, first.optional, checked);
  return parts.flatMap(({ expr, optional }) => {
    const found = typeOf(expr, optional, checked);
    return !wanted || sameType(wanted, found) ? [] : [{ offset: expr.offset, message: `expected type '${typeText(wanted)}' but found '${typeText(found)}'` }];
  });
}

export function aggregateIssues(expr: Expr, checked: Checked, issues: Issue[]): void {
  if (expr.kind === 'call' && expr.fn === EXEMPT) return;
  for (const part of partsOf(expr)) aggregateIssues(part, checked, issues);
  if (expr.kind === 'list') issues.push(...differing(expr.elements.map((one, i) => ({ expr: one, optional: expr.optional.has(i) })), checked).slice(0, 1));
  if (expr.kind !== 'map') return;
  issues.push(...differing(expr.entries.map(({ key }) => ({ expr: key, optional: false })), checked));
  issues.push(...differing(expr.entries.map(({ value, optional }) => ({ expr: value, optional })), checked));
}
