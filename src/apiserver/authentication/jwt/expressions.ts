/** Expressions over the claims of a token, and over the user that they make. Source: apiserver pkg/authentication/cel. */
import { DYN, listOf, mapOf, STRING } from '../../../cel/checker/types.ts';
import { compileStrictly, structure, valueOf } from '../../../cel/strict-result.ts';
import type { Expression, Program } from '../../../cel/expression.ts';
import type { Expr } from '../../../cel/syntax/ast.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';

const CLAIMS = { claims: mapOf(STRING, DYN) };
const USER = { user: structure('kubernetes.UserInfo', { username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)) }) };

export interface CompiledExpression extends Expression {
  readonly source: string;
  readonly program: Program;
}

/** Undefined: it does not compile, which `errors` tell. */
export function claimsExpression(source: string, isBool: boolean, path: FieldPath, errors: FieldErrors): CompiledExpression | undefined {
  return expressionOver(CLAIMS, source, isBool, { path, errors });
}

/** As `claimsExpression`; must give a bool. */
export function userExpression(source: string, path: FieldPath, errors: FieldErrors): CompiledExpression | undefined {
  return expressionOver(USER, source, true, { path, errors });
}

function expressionOver(variables: typeof CLAIMS | typeof USER, source: string, isBool: boolean, { path, errors }: { readonly path: FieldPath; readonly errors: FieldErrors }): CompiledExpression | undefined {
  const compiled = compileStrictly(source, variables, isBool);
  if ('problem' in compiled) {
    errors.invalid(path, source, compiled.problem);
    return undefined;
  }
  const { program } = compiled;
  return { source, program, evaluate: (given) => evaluated(source, () => valueOf(program, given)) };
}

function evaluated(source: string, evaluate: () => unknown): unknown {
  try {
    return evaluate();
  } catch (error) {
    throw new Error(`expression '${source}' resulted in error: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Whether an expression looks at `claims.name`. */
export function usesClaim({ expr }: Program, name: string): boolean {
  return uses(expr, name);
}

function uses(expr: Expr | undefined, name: string): boolean {
  if (!expr) return false;
  switch (expr.kind) {
    case 'const': case 'ident': return false;
    case 'select': return (isClaims(expr.operand) && expr.field === name) || uses(expr.operand, name);
    case 'call': {
      const [first, second] = expr.args;
      if (expr.fn === '_?._' && isClaims(first) && second?.kind === 'const' && second.value === name) return true;
      return expr.args.some((one) => uses(one, name)) || uses(expr.target, name);
    }
    case 'list': return expr.elements.some((one) => uses(one, name));
    case 'map': return expr.entries.some(({ key, value }) => uses(key, name) || uses(value, name));
    case 'struct': return expr.entries.some(({ value }) => uses(value, name));
    case 'fold': return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result].some((one) => uses(one, name));
  }
}

function isClaims(expr: Expr | undefined): boolean {
  return expr?.kind === 'ident' && expr.name === 'claims';
}
