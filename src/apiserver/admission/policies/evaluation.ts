/** Evaluates the expressions of one policy for one request. Source: apiserver pkg/admission/plugin/cel/condition.go and composition.go. */
import { policyOptions, PolicyVariables, type PolicyScope } from '../../../api/admissionregistration/expressions.ts';
import type { MatchCondition, Variable } from '../../../api/generated/admissionregistration-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { BOOL, DYN, type CelType } from '../../../cel/checker/types.ts';
import { compile, CompileError, CostLimitError, EvaluationError, fromJson, PER_CALL_LIMIT, ResultTypeError, type Program, type Value } from '../../../cel/expression.ts';
import type { CompileOptions } from '../../../cel/expression.ts';
import { Frame } from '../../../cel/runtime/frame.ts';
import { CelMap } from '../../../cel/runtime/values.ts';
import type { AuthorizerChecks } from './authorizer-checks.ts';

/** What all expressions of a policy may cost together, for one request. Source: apiserver pkg/apis/cel/config.go. */
const BUDGET = 10_000_000;

/** An expression that may not compile: policies stored by another version may have such. */
export interface PolicyExpression {
  readonly source: string;
  readonly program: Program | CompileError | ResultTypeError;
}

export function compileIn(source: string, options: CompileOptions): PolicyExpression {
  try {
    return { source, program: compile(source, options) };
  } catch (error) {
    if (error instanceof CompileError || error instanceof ResultTypeError) return { source, program: error };
    throw error;
  }
}

export interface CompiledBasics {
  readonly conditions: readonly PolicyExpression[];
  readonly variables: ReadonlyMap<string, PolicyExpression>;
  readonly scope: PolicyScope;
}

/** Match conditions know no variables; each variable knows those before it. */
export function compileBasics(spec: { readonly paramKind?: unknown; readonly matchConditions?: DeepReadonly<MatchCondition[]>; readonly variables?: DeepReadonly<Variable[]> }): CompiledBasics {
  const known = new PolicyVariables();
  const scope: PolicyScope = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true, variables: known };
  const conditions = (spec.matchConditions ?? []).map(({ expression }) => compileIn(expression, { ...policyOptions({ ...scope, variables: undefined }), resultTypes: [BOOL] }));
  const variables = new Map<string, PolicyExpression>();
  for (const { name, expression } of spec.variables ?? []) {
    const compiled = compileIn(expression, policyOptions(scope));
    variables.set(name, compiled);
    const type: CelType = compiled.program instanceof Error ? DYN : compiled.program.type;
    known.add(name, type);
  }
  return { conditions, variables, scope };
}

/** What the expressions of a request are given. */
export interface Given {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly namespaceObject: unknown;
  readonly params: unknown;
  readonly checks: AuthorizerChecks;
}

/** `variables`: each is evaluated when it is first asked for. */
class LazyVariables extends CelMap {
  readonly #variables: ReadonlyMap<string, PolicyExpression>;
  readonly #values = new Map<string, Value | EvaluationError>();
  readonly frameOf: { current: Frame | undefined } = { current: undefined };

  constructor(variables: ReadonlyMap<string, PolicyExpression>) {
    super();
    this.#variables = variables;
  }

  get size(): number {
    return this.#variables.size;
  }

  override has(key: Value): boolean {
    return typeof key === 'string' && this.#variables.has(key);
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#values.get(key) ?? this.#evaluate(key);
    if (known === undefined) return undefined;
    this.#values.set(key, known);
    if (known instanceof EvaluationError) throw known;
    return known;
  }

  keys(): Iterable<Value> {
    return this.#variables.keys();
  }

  #evaluate(name: string): Value | EvaluationError | undefined {
    const expression = this.#variables.get(name);
    const frame = this.frameOf.current;
    if (!expression || !frame) return undefined;
    if (expression.program instanceof Error) return new EvaluationError(`composited variable ${JSON.stringify(name)} fails to compile: ${expression.program.message}`);
    const inner = new Frame(frame.variables, frame.limit - frame.cost);
    try {
      return expression.program.within(inner);
    } catch (error) {
      if (!(error instanceof EvaluationError) || error instanceof CostLimitError) throw error;
      return new EvaluationError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`);
    } finally {
      frame.charge(inner.cost);
    }
  }
}

/** A part of a policy gave no value; the message is what the client is told. */
export class PolicyEvaluationError extends Error {
  override readonly name = 'PolicyEvaluationError';
}

export class Evaluation {
  readonly #basics: CompiledBasics;
  readonly #checks: AuthorizerChecks;
  readonly #values: ReadonlyMap<string, Value>;
  readonly #variables: LazyVariables;
  #left = BUDGET;

  constructor(basics: CompiledBasics, given: Given) {
    this.#basics = basics;
    this.#checks = given.checks;
    this.#variables = new LazyVariables(basics.variables);
    const { checks, object, oldObject, request, namespaceObject, params } = given;
    this.#values = new Map<string, Value>([
      ['object', fromJson(object)], ['oldObject', fromJson(oldObject)], ['request', fromJson(request)], ['namespaceObject', fromJson(namespaceObject)], ['params', fromJson(params)],
      ['authorizer', checks.value], ['authorizer.requestResource', checks.requestResource], ['variables', this.#variables],
    ]);
  }

  /** Throws PolicyEvaluationError. */
  async evaluate(expression: PolicyExpression): Promise<Value> {
    const { program, source } = expression;
    if (program instanceof CompileError) throw new PolicyEvaluationError(`compilation error: compilation failed: ${program.message}`);
    if (program instanceof ResultTypeError) throw new PolicyEvaluationError(`compilation error: ${program.message}`);
    try {
      const { value, cost } = await this.#checks.run(() => {
        const frame = new Frame((name) => this.#values.get(name), PER_CALL_LIMIT);
        this.#variables.frameOf.current = frame;
        return { value: program.within(frame), cost: frame.cost };
      });
      this.#left -= cost;
      if (this.#left < 0) throw new PolicyEvaluationError('validation failed due to running out of cost budget, no further validation rules will be run');
      return value;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new PolicyEvaluationError(`expression '${source.trim()}' resulted in error: ${error.message}`, { cause: error });
    }
  }

  /** Whether all match conditions hold: one that is false settles it. Throws PolicyEvaluationError, if none is false. */
  async conditionsHold(): Promise<boolean> {
    const errors: string[] = [];
    for (const condition of this.#basics.conditions) {
      try {
        if ((await this.evaluate(condition)) !== true) return false;
      } catch (error) {
        if (!(error instanceof PolicyEvaluationError)) throw error;
        errors.push(error.message);
      }
    }
    if (errors.length > 0) throw new PolicyEvaluationError(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`);
    return true;
  }
}
