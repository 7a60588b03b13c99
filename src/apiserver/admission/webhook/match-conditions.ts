import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { MatchCondition } from '../../../api/generated/admissionregistration-v1.ts';
import { CelError, compileExpression, type Expression } from '../../../cel/expression.ts';

/** Whether all conditions hold; `error`: some could not be evaluated, and none is false. */
export type ConditionsResult = { readonly matches: boolean } | { readonly error: string };

interface Condition {
  readonly name: string;
  readonly expression: Expression | CelError;
}

/** The `matchConditions` of a webhook, compiled once. Source: apiserver pkg/admission/plugin/webhook/matchconditions. */
export class MatchConditions {
  readonly #conditions: readonly Condition[];

  constructor(conditions: DeepReadonly<MatchCondition[]>) {
    this.#conditions = conditions.map(({ name, expression }) => ({ name, expression: compiled(expression) }));
  }

  evaluate(variables: Readonly<Record<string, unknown>>): ConditionsResult {
    const errors: string[] = [];
    for (const { name, expression } of this.#conditions) {
      try {
        if (expression instanceof CelError) throw expression;
        if (expression.evaluate(variables) !== true) return { matches: false };
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        errors.push(`match condition ${JSON.stringify(name)} failed: ${error.message}`);
      }
    }
    if (errors.length === 0) return { matches: true };
    return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
  }
}

function compiled(text: string): Expression | CelError {
  try {
    return compileExpression(text);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** A value of JSON as expressions see it: whole numbers are of type int. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, celValue(one)]));
}
