/** The expressions of `x-kubernetes-validations`. Source: apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go and pkg/apis/apiextensions/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { BOOL, optionalOf, STRING, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError, ResultTypeError, type Program } from '../../cel/expression.ts';
import type { JSONSchemaProps, ValidationRule } from '../generated/apiextensions-v1.ts';
import { schemaType } from './cel-schema.ts';

/** A rule as messages show it: its form inside of Kubernetes. */
function shownRule(rule: DeepReadonly<ValidationRule>): object {
  return {
    Rule: rule.rule, Message: rule.message ?? '', MessageExpression: rule.messageExpression ?? '', Reason: rule.reason ?? null, FieldPath: rule.fieldPath ?? '', OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

/** Throws CompileError and ResultTypeError. */
function compileRule(text: string, self: CelType, { optionalOldSelf }: DeepReadonly<ValidationRule>, resultType: CelType): Program {
  return compile(text, { variables: { self, oldSelf: optionalOldSelf ? optionalOf(self) : self }, resultTypes: [resultType] });
}

function problemOf(text: string, self: CelType, rule: DeepReadonly<ValidationRule>, result: { readonly type: CelType; readonly mismatch: string }): string | undefined {
  try {
    compileRule(text, self, rule, result.type);
    return undefined;
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    if (error instanceof ResultTypeError) return result.mismatch;
    throw error;
  }
}

/** Adds what is wrong with the expressions of a rule. */
export function validateExpressions(schema: DeepReadonly<JSONSchemaProps>, rule: DeepReadonly<ValidationRule>, { at, isRoot }: { readonly at: FieldPath; readonly isRoot: boolean }, errors: FieldErrors): void {
  if (rule.rule.trim() === '') return;
  const self = schemaType(schema as JSONSchemaProps, isRoot)?.type;
  // What has no type is told as a mistake of the schema.
  if (!self) return;
  const problem = problemOf(rule.rule, self, rule, { type: BOOL, mismatch: 'cel expression must evaluate to a bool' });
  if (problem !== undefined) {
    errors.invalid(at.child('rule'), shownRule(rule), problem);
    return;
  }
  if (!rule.messageExpression) return;
  if (rule.messageExpression.trim() === '') {
    errors.required(at.child('messageExpression'), 'must be non-empty if specified');
    return;
  }
  const messageProblem = problemOf(rule.messageExpression, self, rule, { type: STRING, mismatch: 'messageExpression must evaluate to a string' });
  if (messageProblem !== undefined) errors.invalid(at.child('messageExpression'), shownRule(rule), messageProblem.replace(/^compilation failed/, 'messageExpression compilation failed'));
}
