/** The expressions of `x-kubernetes-validations`. Source: apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go and pkg/apis/apiextensions/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { BOOL, optionalOf, STRING, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError, instantiationProblem, ResultTypeError, type Program } from '../../cel/expression.ts';
import { estimateCost, UNBOUNDED } from '../../cel/cost/estimate.ts';
import type { JSONSchemaProps, ValidationRule } from '../generated/apiextensions-v1.ts';
import { EMBEDDED, escapeProperty, schemaType } from './cel-schema.ts';
import { itemsOf, maxCardinality, maxSize, valuesOf } from './schema-sizes.ts';

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

/** Where a rule stands. */
export interface RulePlace {
  readonly isRoot: boolean;
  /** How often its schema may occur in an object; undefined: nothing bounds it. */
  readonly cardinality: number | undefined;
  /** The list whose elements cannot be told apart, if the rule is within one. */
  readonly uncorrelatable: FieldPath | undefined;
  /** Adds up. */
  readonly total: CostTotal;
}

export interface CostTotal {
  cost: number;
  readonly rules: { readonly path: FieldPath; readonly cost: number }[];
}

/** Source: apiserver pkg/apis/cel/config.go and apiextensions validation. */
const MAX_RULE_COST = 10_000_000;
const MAX_TOTAL_COST = 100_000_000;

function costText(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${text} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function schemaAt(root: DeepReadonly<JSONSchemaProps>, path: readonly string[], isRoot: boolean): DeepReadonly<JSONSchemaProps> | undefined {
  let schema: DeepReadonly<JSONSchemaProps> | undefined = root;
  let isResource = isRoot;
  for (const step of path) {
    if (!schema) return undefined;
    isResource ||= schema['x-kubernetes-embedded-resource'] === true;
    if (step === '@items' || step === '@values') schema = itemsOf(schema) ?? valuesOf(schema);
    // How long a key may be is nowhere said.
    else if (step === '@keys') schema = valuesOf(schema) && { type: 'boolean' };
    else schema = Object.entries({ ...schema.properties, ...(isResource && EMBEDDED) }).find(([name]) => escapeProperty(name) === step)?.[1];
    isResource = false;
  }
  return schema;
}

/** Of one run. */
function costOf({ expr, checked }: Program, schema: DeepReadonly<JSONSchemaProps>, isRoot: boolean): number {
  return estimateCost(expr, checked, ([, ...path]) => {
    const found = schemaAt(schema, path, isRoot);
    return found && maxSize(found);
  });
}

/** What a rule that compiles may cost each time that it is run. */
export function ruleCost(rule: string, schema: JSONSchemaProps, isRoot: boolean): number {
  const self = schemaType(schema, isRoot)?.type;
  return self ? costOf(compileRule(rule, self, { rule }, BOOL), schema, isRoot) : 0;
}

interface Wanted {
  readonly type: CelType;
  readonly mismatch: string;
  /** Before what is wrong. */
  readonly compilation: string;
  readonly instantiation: string;
}

const RULE: Wanted = { type: BOOL, mismatch: 'cel expression must evaluate to a bool', compilation: 'compilation failed', instantiation: 'program instantiation failed' };
const MESSAGE: Wanted = {
  type: STRING, mismatch: 'messageExpression must evaluate to a string', compilation: 'messageExpression compilation failed', instantiation: 'messageExpression instantiation failed',
};

/** The program, or what is wrong. */
function compiled(text: string, self: CelType, rule: DeepReadonly<ValidationRule>, wanted: Wanted): Program | string {
  try {
    const program = compileRule(text, self, rule, wanted.type);
    const problem = instantiationProblem(program);
    return problem === undefined ? program : `${wanted.instantiation}: ${problem}`;
  } catch (error) {
    if (error instanceof CompileError) return `${wanted.compilation}: ${error.message}`;
    if (error instanceof ResultTypeError) return wanted.mismatch;
    throw error;
  }
}

function checkCost(program: Program, schema: DeepReadonly<JSONSchemaProps>, place: RulePlace, { path, what }: { readonly path: FieldPath; readonly what: string }, errors: FieldErrors): void {
  const cost = Math.min(UNBOUNDED, costOf(program, schema, place.isRoot) * (place.cardinality ?? maxCardinality(schema)));
  if (cost > MAX_RULE_COST) errors.forbidden(path, costText(what, cost, MAX_RULE_COST));
  place.total.cost = Math.min(UNBOUNDED, place.total.cost + cost);
  place.total.rules.push({ path, cost });
}

/** What all rules of a schema may cost together. The four most expensive ones are named. */
export function validateTotalCost(total: CostTotal, path: FieldPath, errors: FieldErrors): void {
  if (total.cost <= MAX_TOTAL_COST) return;
  const expensive = total.rules.filter(({ cost }) => cost > MAX_TOTAL_COST / 100).sort((a, b) => b.cost - a.cost).slice(0, 4);
  for (const rule of expensive) errors.forbidden(rule.path, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema');
  errors.forbidden(path, costText('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total.cost, MAX_TOTAL_COST));
}

/** Adds what is wrong with the expressions of a rule. */
export function validateExpressions(schema: DeepReadonly<JSONSchemaProps>, rule: DeepReadonly<ValidationRule>, at: FieldPath, place: RulePlace, errors: FieldErrors): void {
  if (rule.rule.trim() === '') return;
  const self = schemaType(schema as JSONSchemaProps, place.isRoot)?.type;
  // What has no type is told as a mistake of the schema.
  if (!self) return;
  const program = compiled(rule.rule, self, rule, RULE);
  if (typeof program === 'string') {
    errors.invalid(at.child('rule'), shownRule(rule), program);
    return;
  }
  if (program.references.has('oldSelf') && place.uncorrelatable) {
    errors.invalid(at.child('rule'), rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable.toString()}`);
  } else if (!program.references.has('oldSelf') && rule.optionalOldSelf !== undefined) errors.invalid(at.child('optionalOldSelf'), rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
  checkCost(program, schema, place, { path: at.child('rule'), what: 'estimated rule cost' }, errors);
  if (!rule.messageExpression) return;
  const path = at.child('messageExpression');
  const message = compiled(rule.messageExpression, self, rule, MESSAGE);
  if (typeof message === 'string') errors.invalid(path, shownRule(rule), message);
  else checkCost(message, schema, place, { path, what: 'estimated messageExpression cost' }, errors);
}
