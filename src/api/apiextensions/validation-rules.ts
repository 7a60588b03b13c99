/** `x-kubernetes-validations`: rules in CEL over an object and what it was before. Source: apiextensions-apiserver pkg/apiserver/schema/cel. */
import { schemaType } from './cel-schema.ts';
import { DYN, optionalOf } from '../../cel/checker/types.ts';
import { compile as compileExpression, CompileError, CostLimitError, EvaluationError, PER_CALL_LIMIT, type Program, type Value } from '../../cel/expression.ts';
import { Optional } from '../../cel/runtime/values.ts';
import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { ValidationRule } from '../generated/apiextensions-v1.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { Correlation, isTypeMeta } from './correlation.ts';
import { findField } from './field-path.ts';
import { additionalOf, itemsOf, type Schema } from './schema-parts.ts';

interface Rule {
  readonly stated: DeepReadonly<ValidationRule>;
  /** The error of a rule that does not compile is reported where it would have been evaluated. */
  readonly expression: Program | CompileError;
  readonly message: Program | undefined;
  readonly needsOld: boolean;
  /** The field that breaking it is told of, from the value that it is for; empty: that value. */
  readonly field: string;
}

function tryCompile(text: string, schema: Schema, rule: DeepReadonly<ValidationRule>, isRoot: boolean): Program | CompileError {
  const self = schemaType(schema, isRoot)?.type ?? DYN;
  try {
    return compileExpression(text, { variables: { self, oldSelf: rule.optionalOldSelf ? optionalOf(self) : self } });
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

function rulesOf(schema: Schema, isRoot: boolean): Rule[] {
  return (schema['x-kubernetes-validations'] ?? []).map((stated) => {
    const message = stated.messageExpression ? tryCompile(stated.messageExpression, schema, stated, isRoot) : undefined;
    const expression = tryCompile(stated.rule, schema, stated, isRoot);
    const found = stated.fieldPath ? findField(stated.fieldPath, schema, { allowBrackets: true }) : '';
    return {
      stated, expression, message: message instanceof CompileError ? undefined : message, needsOld: !(expression instanceof CompileError) && expression.references.has('oldSelf'),
      field: typeof found === 'string' ? '' : found.path,
    };
  });
}

interface Place {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  /** Of the value, or else of the nearest value around it that was there before; undefined on create, and as long as no rule is broken. */
  readonly former: Correlation | undefined;
  /** Whether `former` is of a value around this one. */
  readonly isAround?: boolean;
}

type Check = (place: Place, budget: Budget, errors: FieldErrors) => void;

function fieldOf(path: string, within = ''): FieldPath {
  return FieldPath.of([path, within].filter((one) => one !== '').join('.') || '<nil>');
}

type Given = Readonly<Record<string, Value | undefined>>;

const MAX_MESSAGE = 5 * 1024;
const NO_MORE = 'no further validation rules will be run';
const OUT_OF_BUDGET = `failed due to running out of cost budget, ${NO_MORE}`;

/** What the rules of one object may cost together. Source: apiserver pkg/apis/cel/config.go. */
class Budget {
  static readonly #PER_OBJECT = 10_000_000;
  #left = Budget.#PER_OBJECT;

  /** False, and no more rules are looked at, if that is more than is left. */
  spend(cost: number): boolean {
    if (cost > this.#left) this.end();
    else this.#left -= cost;
    return !this.hasEnded;
  }

  end(): void {
    this.#left = -1;
  }

  get isEmpty(): boolean {
    return this.#left === 0;
  }

  get hasEnded(): boolean {
    return this.#left < 0;
  }
}

/** The value, or the error that finding it made. */
function run(program: Program, variables: Given): { readonly value: Value | EvaluationError; readonly cost: number } {
  try {
    return program.evaluate(variables, PER_CALL_LIMIT);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return { value: error, cost: error.cost };
  }
}

/** Of a message that is not one line of text, or too long a one, the stated one is shown. */
function messageFor({ stated, message }: Rule, variables: Given, budget: Budget): { readonly text: string } | { readonly fault: string } {
  if (message) {
    const { value, cost } = run(message, variables);
    if (!budget.spend(cost)) return { fault: `messageExpression evaluation ${OUT_OF_BUDGET}` };
    if (value instanceof CostLimitError) return { fault: `${NO_MORE} due to call cost exceeds limit for messageExpression: ${goQuote(stated.messageExpression ?? '')}` };
    const text = typeof value === 'string' ? value.trim() : '';
    if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE) return { text };
  }
  return { text: stated.message?.trim() || `failed rule: ${stated.rule.trim()}` };
}

interface Evaluation extends Place {
  readonly schema: Schema;
  readonly self: Value;
  readonly isRoot: boolean;
  /** The value before, if any rule beside it asks for it. */
  readonly oldSelf: Value | undefined;
}

/** A rule that is broken, under the error that it names. Objects and lists are not shown. */
function problem(reason: string, text: string, { value, schema: { type } }: Evaluation, field: FieldPath, errors: FieldErrors): void {
  const isShown = type !== 'object' && type !== 'array';
  if (reason === 'FieldValueForbidden') errors.forbidden(field, text);
  else if (reason === 'FieldValueRequired') errors.required(field, text);
  // Of a double only the value is told, not the message.
  else if (reason === 'FieldValueDuplicate' && isShown) errors.duplicate(field, value);
  else if (reason === 'FieldValueDuplicate') errors.add(field, reason, 'Duplicate value');
  else if (isShown) errors.invalid(field, value, text);
  else errors.add(field, 'FieldValueInvalid', `Invalid value: ${text}`);
}

function report(rule: Rule, place: Evaluation, budget: Budget, errors: FieldErrors): void {
  const { stated } = rule;
  const field = fieldOf(place.path, rule.field);
  // What has not changed may stay as it is, though a rule was added after it (KEP-4008); rules that look at the old value are about changes.
  const isRatcheted = !rule.needsOld && (place.former?.isUnchanged ?? false);
  const told = isRatcheted ? new FieldErrors() : errors;
  // Expressions of messages are given the old value itself, also where rules are given an optional one.
  const message = messageFor(rule, { self: place.self, oldSelf: place.oldSelf }, budget);
  if ('text' in message) problem(stated.reason ?? 'FieldValueInvalid', message.text, place, field, told);
  else {
    budget.end();
    told.invalid(field, place.schema.type ?? '', message.fault);
  }
  if (isRatcheted) errors.warnings.push(...told.causes.map(({ message: text }) => `${field.toString()}: ${text}`));
}

/** Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go. */
function failure(rule: Rule, error: EvaluationError): string {
  const what = rule.stated.message?.trim() || rule.stated.rule.trim();
  if (error instanceof CostLimitError) return `'${error.message}': ${NO_MORE} due to call cost exceeds limit for rule: ${what}`;
  if (error.message.startsWith('no such overload')) return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${what}`;
  return `${error.message} evaluating rule: ${what}`;
}

/** What keeps a rule from being evaluated is told of the value, wherever the rule points to. */
function evaluate(rule: Rule, place: Evaluation, budget: Budget, errors: FieldErrors): void {
  const { stated, expression } = rule;
  const { oldSelf } = place;
  if (budget.hasEnded || (rule.needsOld && oldSelf === undefined && !stated.optionalOldSelf)) return;
  const fail = (text: string): void => errors.invalid(fieldOf(place.path), place.schema.type ?? '', text);
  if (expression instanceof CompileError) {
    fail(`rule compile error: compilation failed: ${expression.message}`);
    return;
  }
  const { value, cost } = run(expression, { self: place.self, oldSelf: stated.optionalOldSelf ? new Optional(oldSelf) : oldSelf });
  if (!budget.spend(cost)) fail(`validation ${OUT_OF_BUDGET}`);
  else if (value instanceof EvaluationError) {
    fail(failure(rule, value));
    if (value instanceof CostLimitError) budget.end();
  } else if (value !== true) report(rule, place, budget, errors);
}

function evaluateAll(rules: readonly Rule[], place: Place, { schema, isRoot }: { readonly schema: Schema; readonly isRoot: boolean }, budget: Budget, errors: FieldErrors): void {
  if (budget.hasEnded) return;
  if (budget.isEmpty) {
    errors.invalid(fieldOf(place.path), schema.type ?? '', `validation ${OUT_OF_BUDGET}`);
    budget.end();
    return;
  }
  const shape = schemaType(schema, isRoot)?.shape;
  const asksForOld = rules.some(({ needsOld }) => needsOld) && place.old !== undefined && place.old !== null;
  const evaluation: Evaluation = { ...place, schema, isRoot, self: shape?.read(place.value) ?? null, oldSelf: asksForOld ? shape?.read(place.old) : undefined };
  for (const rule of rules) evaluate(rule, evaluation, budget, errors);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** The element of the old list that is the same one: by the keys of a map; other lists have none. */
function oldElement(schema: Schema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
  if (keys.length === 0 || !Array.isArray(old) || !isObject(item)) return undefined;
  return old.find((one) => isObject(one) && keys.every((key) => one[key] === item[key]));
}

/** What was before of a part of a value: the part itself, or what the whole was. */
function formerOf({ former, isAround }: Place, step: (former: Correlation) => Correlation | undefined): Pick<Place, 'former' | 'isAround'> {
  const part = former && !isAround ? step(former) : undefined;
  return part ? { former: part } : { former, isAround: true };
}

const compiled = new WeakMap<Schema, Check>();

function compile(schema: Schema, isRoot = false): Check {
  const known = compiled.get(schema);
  if (known) return known;
  const rules = rulesOf(schema, isRoot);
  const properties = Object.entries(schema.properties ?? {}).map(([key, property]) => [key, compile(property)] as const);
  const additional = additionalOf(schema);
  const others = additional && compile(additional);
  const itemSchema = itemsOf(schema);
  const items = itemSchema && compile(itemSchema);
  const check: Check = (place, budget, errors) => {
    const { value, old, path } = place;
    if (value === null || value === undefined) return;
    if (rules.length > 0) evaluateAll(rules, place, { schema, isRoot }, budget, errors);
    if (Array.isArray(value)) {
      if (items) value.forEach((item, i) => items({ value: item, old: oldElement(schema, item, old), path: `${path}[${i}]`, ...formerOf(place, (former) => former.index(i)) }, budget, errors));
      return;
    }
    if (!isObject(value)) return;
    const oldMembers = isObject(old) ? old : {};
    const memberOf = (key: string, at: string): Place => ({
      value: value[key], old: oldMembers[key], path: at,
      ...(isRoot && isTypeMeta(key) ? { former: undefined } : formerOf(place, (former) => former.key(key))),
    });
    for (const [key, inner] of properties) if (Object.hasOwn(value, key)) inner(memberOf(key, join(path, key)), budget, errors);
    if (others) for (const key of Object.keys(value)) others(memberOf(key, `${path}[${key}]`), budget, errors);
  };
  compiled.set(schema, check);
  return check;
}

function hasRules(schema: Schema): boolean {
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true;
  const additional = additionalOf(schema);
  const inner = [...Object.values(schema.properties ?? {}), itemsOf(schema), additional];
  return inner.some((one) => one !== undefined && hasRules(one));
}

/** Looks which values have not changed only once a rule is broken. `former`: what the object was. */
type RulesCheck = (value: unknown, old: unknown, errors: FieldErrors, former?: () => Correlation) => void;

/** The rules of a schema, read on first use; undefined if it has none. `old` is undefined on create. */
export function rulesCheck(schema: Schema): RulesCheck | undefined {
  if (!hasRules(schema)) return undefined;
  return (value, old, errors, former = () => new Correlation(schema, value, old)) => {
    const found = new FieldErrors();
    const check = compile(schema, true);
    check({ value, old, path: '', former: undefined }, new Budget(), found);
    if (found.causes.length === 0 || old === undefined) errors.causes.push(...found.causes);
    else check({ value, old, path: '', former: former() }, new Budget(), errors);
  };
}

/** The rules of a default, as it is when it comes, and as it is when it stays. */
export function checkDefault(schema: Schema, value: unknown, errors: FieldErrors): void {
  if (!hasRules(schema)) return;
  for (const old of [value, undefined]) if (errors.causes.length === 0) compile(schema)({ value, old, path: '', former: undefined }, new Budget(), errors);
}
