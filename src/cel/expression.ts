/**
 * Expressions of the Common Expression Language as Kubernetes 1.36 has it: `compile` reads and checks one, with cel-go's messages; `evaluate` runs it within a budget.
 * Values are those of runtime/values.ts; `fromJson` makes them of JSON. Sources: the CEL language definition, cel-go, apiserver pkg/cel.
 */
import { check, type Checked } from './checker/checker.ts';
import type { Environment, FunctionDeclaration } from './checker/environment.ts';
import { DYN, isDynamic, runtimeTypeText, typeText, type CelType } from './checker/types.ts';
import { authorizerLibrary } from './library/authorizers.ts';
import { addressLibrary } from './library/addresses.ts';
import { longListLibrary } from './library/lists.ts';
import { comprehensionLibrary, listLibrary, optionalLibrary, setLibrary } from './library/collections.ts';
import { functionsOf, type Declaration } from './library/declare.ts';
import { formatLibrary } from './library/formats.ts';
import { quantityLibrary } from './library/quantities.ts';
import { regexLibrary } from './library/regex.ts';
import { semverLibrary } from './library/semvers.ts';
import { standardLibrary, STANDARD_TYPES } from './library/standard.ts';
import { stringLibrary } from './library/strings.ts';
import { urlLibrary } from './library/urls.ts';
import { aggregateIssues } from './library/validate-aggregates.ts';
import { formatIssues } from './library/validate-formats.ts';
import { badPattern, literalIssues } from './library/validate-literals.ts';
import { conversionProblem } from './runtime/constants.ts';
import { EvaluationError } from './runtime/errors.ts';
import { fromJson } from './runtime/json-values.ts';
import { Frame, type Evaluate, type Variables } from './runtime/frame.ts';
import { compileClosures, type MakeStruct } from './runtime/program.ts';
import type { Value } from './runtime/values.ts';
import type { Expr } from './syntax/ast.ts';
import { parse } from './syntax/parser.ts';
import { CompileError, type Issue } from './syntax/source.ts';

export { CompileError } from './syntax/source.ts';
export { CostLimitError, EvaluationError } from './runtime/errors.ts';
export { fromJson } from './runtime/json-values.ts';
export type { Value } from './runtime/values.ts';

/** What one evaluation may cost, as Kubernetes limits each expression of an admission policy, a match condition or a rule. Source: apiserver pkg/apis/cel/config.go. */
export const PER_CALL_LIMIT = 1_000_000;

let known: ReadonlyMap<string, FunctionDeclaration> | undefined;

/** All functions of Kubernetes' expressions. */
export function kubernetesFunctions(): ReadonlyMap<string, FunctionDeclaration> {
  known ??= functionsOf([
    standardLibrary, stringLibrary, listLibrary, longListLibrary, setLibrary, optionalLibrary, comprehensionLibrary, regexLibrary, urlLibrary, addressLibrary, quantityLibrary, semverLibrary, formatLibrary, authorizerLibrary,
  ]);
  return known;
}

export interface CompileOptions {
  /** The variables, with their types; a function where they depend on the name. */
  readonly variables: Readonly<Record<string, CelType>> | ((name: string) => CelType | undefined);
  /** The types that the result may have; any if not given. */
  readonly resultTypes?: readonly CelType[];
  readonly structType?: (name: string) => CelType | undefined;
  readonly makeStruct?: MakeStruct;
  /** Whether values may be named with `cel.bind`, as in expressions about devices. */
  readonly hasBindings?: boolean;
  /** Beside those of Kubernetes. */
  readonly functions?: readonly Declaration[];
}

export interface Program {
  readonly source: string;
  readonly type: CelType;
  readonly expr: Expr;
  readonly checked: Checked;
  /** Throws EvaluationError, and CostLimitError once it has cost more than `limit` (by default PER_CALL_LIMIT). */
  evaluate(variables: Variables | Readonly<Record<string, Value | undefined>>, limit?: number): { readonly value: Value; readonly cost: number };
  /** Runs as a part of another evaluation, on its account. */
  readonly within: Evaluate;
  /** Names of the variables that it refers to. */
  readonly references: ReadonlySet<string>;
}

function asFunction(variables: Variables | Readonly<Record<string, Value | undefined>>): Variables {
  return typeof variables === 'function' ? variables : (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
}

function environmentOf({ variables, structType, functions }: CompileOptions, references: Set<string>): Environment {
  const declared = typeof variables === 'function' ? variables : (name: string): CelType | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  return {
    functions: functions ? functionsOf([[...kubernetesFunctions().values()].map((one): Declaration => [one.name, ...one.overloads]), functions]) : kubernetesFunctions(),
    variable(name) {
      const type = declared(name);
      if (type) references.add(name);
      return type ?? STANDARD_TYPES.get(name);
    },
    ...(structType && { structType }),
  };
}

const NO_STRUCTS: MakeStruct = (name) => {
  throw new EvaluationError(`unknown type: ${name}`);
};

function fits(type: CelType, wanted: readonly CelType[]): boolean {
  return isDynamic(type) || wanted.some((one) => typeText(one) === typeText(type));
}

/** The expression has a type, but not one that is asked for. `message`: as Kubernetes has it, `must evaluate to bool but got string`. */
export class ResultTypeError extends Error {
  override readonly name = 'ResultTypeError';
  /** The type that it has, as Kubernetes prints it. */
  readonly found: string;

  constructor(wanted: readonly CelType[], found: CelType) {
    const texts = wanted.map(runtimeTypeText);
    super(`must evaluate to ${texts.length === 1 ? texts[0] : `one of [${texts.join(' ')}]`} but got ${runtimeTypeText(found)}`);
    this.found = runtimeTypeText(found);
  }
}

/** Throws CompileError (its message begins `ERROR: <input>:1:1: ...`), and ResultTypeError. */
export function compile(source: string, options: CompileOptions): Program {
  const expr = parse(source, options.hasBindings);
  const issues: Issue[] = [];
  const references = new Set<string>();
  const checked = check(expr, environmentOf(options, references), issues);
  if (issues.length === 0) {
    aggregateIssues(expr, checked, issues);
    literalIssues(expr, issues);
    formatIssues(expr, checked, issues);
  }
  if (issues.length > 0) throw new CompileError(source, issues);
  if (options.resultTypes && !fits(checked.type, options.resultTypes)) throw new ResultTypeError(options.resultTypes, checked.type);
  let closures: Evaluate | undefined;
  // Many expressions are compiled to be judged only.
  const within: Evaluate = (frame) => (closures ??= compileClosures(expr, checked, options.makeStruct ?? NO_STRUCTS))(frame);
  return {
    source, type: checked.type, expr, checked, within, references,
    evaluate(variables, limit = PER_CALL_LIMIT) {
      const frame = new Frame(asFunction(variables), limit);
      try {
        return { value: within(frame), cost: frame.cost };
      } catch (error) {
        if (error instanceof EvaluationError) error.cost = frame.cost;
        throw error;
      }
    },
  };
}

/** Why no program can be made of an expression that compiles; undefined if one can. */
export function instantiationProblem({ expr, checked }: Program): string | undefined {
  return badPattern(expr) ?? conversionProblem(expr, checked);
}

/** What is wrong with an expression, as the API server says it of a field; undefined if it compiles. Source: apiserver pkg/admission/plugin/cel/compile.go. */
export function compileProblem(source: string, options: CompileOptions): string | undefined {
  try {
    compile(source, options);
    return undefined;
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    if (error instanceof ResultTypeError) return error.message;
    throw error;
  }
}

/** An expression over values of JSON. */
export interface Expression {
  /** Throws EvaluationError. */
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
}

/** An expression whose variables are of no known type. Throws CompileError. */
export function compileExpression(source: string): Expression {
  const program = compile(source, { variables: (name) => (name.includes('.') || STANDARD_TYPES.has(name) ? undefined : DYN) });
  return { evaluate: (variables) => program.evaluate((name) => (Object.hasOwn(variables, name) ? fromJson(variables[name]) : undefined)).value };
}
