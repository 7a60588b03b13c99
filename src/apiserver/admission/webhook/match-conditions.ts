import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { MatchCondition } from '../../../api/generated/admissionregistration-v1.ts';
import { BOOL } from '../../../cel/checker/types.ts';
import { compile, CompileError, EvaluationError, ResultTypeError, type Program, type Value } from '../../../cel/expression.ts';
import { ADMISSION_VARIABLES } from '../../../api/admissionregistration/expressions.ts';

/** Whether all conditions hold; `error`: some could not be evaluated, and none is false. */
export type ConditionsResult = { readonly matches: boolean } | { readonly error: string };

interface Condition {
  readonly name: string;
  readonly expression: Program | Error;
}

/** The `matchConditions` of a webhook, compiled once. Source: apiserver pkg/admission/plugin/webhook/matchconditions. */
export class MatchConditions {
  readonly #conditions: readonly Condition[];

  constructor(conditions: DeepReadonly<MatchCondition[]>) {
    this.#conditions = conditions.map(({ name, expression }) => ({ name, expression: compiled(expression) }));
  }

  evaluate(variables: Readonly<Record<string, Value | undefined>>): ConditionsResult {
    const errors: string[] = [];
    for (const { name, expression } of this.#conditions) {
      try {
        if (expression instanceof Error) throw expression;
        if (expression.evaluate(variables).value !== true) return { matches: false };
      } catch (error) {
        if (!(error instanceof EvaluationError || error instanceof CompileError || error instanceof ResultTypeError)) throw error;
        errors.push(`match condition ${JSON.stringify(name)} failed: ${error.message}`);
      }
    }
    if (errors.length === 0) return { matches: true };
    return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
  }
}

function compiled(text: string): Program | Error {
  try {
    return compile(text, { variables: ADMISSION_VARIABLES, resultTypes: [BOOL] });
  } catch (error) {
    if (error instanceof CompileError || error instanceof ResultTypeError) return error;
    throw error;
  }
}
