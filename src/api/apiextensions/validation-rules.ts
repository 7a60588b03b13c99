/** `x-kubernetes-validations`: rules in CEL over an object and what it was before. Source: apiextensions-apiserver pkg/apiserver/schema/cel. */
import { schemaType } from './cel-schema.ts';
import { DYN, optionalOf } from '../../cel/checker/types.ts';
import { compile as compileExpression, CompileError, CostLimitError, EvaluationError, PER_CALL_LIMIT, type Program, type Value } from '../../cel/expression.ts';
import { Optional } from '../../cel/runtime/values.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { ValidationRule } from '../generated/apiextensions-v1.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { Correlation } from './correlation.ts';
import { additionalOf, itemsOf, type Schema } from './schema-parts.ts';

interface Rule {
  readonly stated: DeepReadonly<ValidationRule>;
  /** The error of a rule that does not compile is reported where it would have been evaluated. */
  readonly expression: Program | CompileError;
  readonly message: Program | undefined;
  readonly needsOld: boolean;
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
    return { stated, expression, message: message instanceof CompileError ? undefined : message, needsOld: !(expression instanceof CompileError) && expression.references.has('oldSelf') };
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
  const whole = path + within;
  return FieldPath.of(whole === '' ? '<nil>' : whole.replace(/^\./, ''));
}

type Given = Readonly<Record<string, Value | undefined>>;

const MAX_MESSAGE = 5 * 1024;
const NO_MORE = 'no further validation rules will be run';

/** Of a message that is not one line of text, or too long a one, the stated one is shown. */
function messageFor({ stated, message }: Rule, variables: Given, budget: Budget): string {
  if (message) {
    try {
      const { value, cost } = message.evaluate(variables, budget.perCall());
      budget.spend(cost);
      const text = typeof value === 'string' ? value.trim() : '';
      if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAX_MESSAGE) return text;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
  }
  return stated.message?.trim() || `failed rule: ${stated.rule.trim()}`;
}

/** What the rules of one object may cost together. Source: apiserver pkg/apis/cel/config.go. */
class Budget {
  static readonly #PER_OBJECT = 10_000_000;
  #left = Budget.#PER_OBJECT;

  perCall(): number {
    return PER_CALL_LIMIT;
  }

  spend(cost: number): void {
    this.#left -= cost;
  }

  /** No more rules are looked at. */
  end(): void {
    this.#left = -1;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }
}

interface Evaluation extends Place {
  readonly schema: Schema;
  readonly self: Value;
  readonly isRoot: boolean;
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

function report(rule: Rule, place: Evaluation, message: string, errors: FieldErrors): void {
  const { stated } = rule;
  const field = fieldOf(place.path, stated.fieldPath);
  // What has not changed may stay as it is, though a rule was added after it (KEP-4008); rules that look at the old value are about changes.
  const isRatcheted = !rule.needsOld && (place.former?.isUnchanged ?? false);
  const told = isRatcheted ? new FieldErrors() : errors;
  problem(stated.reason ?? 'FieldValueInvalid', message, place, field, told);
  if (isRatcheted) errors.warnings.push(...told.causes.map(({ message: text }) => `${field.toString()}: ${text}`));
}

/** Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go. */
function failure(rule: Rule, error: EvaluationError): string {
  const what = rule.stated.message?.trim() || rule.stated.rule.trim();
  if (error instanceof CostLimitError) return `'operation cancelled: actual cost limit exceeded': ${NO_MORE} due to call cost exceeds limit for rule: ${what}`;
  if (error.message.startsWith('no such overload')) return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${what}`;
  return `${error.message} evaluating rule: ${what}`;
}

/** What keeps a rule from being evaluated is told of the value, wherever the rule points to. */
function evaluate(rule: Rule, place: Evaluation, budget: Budget, errors: FieldErrors): void {
  const { stated, expression } = rule;
  const hasOld = place.old !== undefined && place.old !== null;
  if (budget.isSpent || (rule.needsOld && !hasOld && !stated.optionalOldSelf)) return;
  const fail = (text: string): void => errors.invalid(fieldOf(place.path), place.schema.type ?? '', text);
  if (expression instanceof CompileError) {
    fail(`rule compile error: compilation failed: ${expression.message}`);
    return;
  }
  const old = hasOld ? schemaType(place.schema, place.isRoot)?.shape.read(place.old) : undefined;
  const variables: Given = { self: place.self, oldSelf: stated.optionalOldSelf ? new Optional(old) : old };
  try {
    const { value, cost } = expression.evaluate(variables, budget.perCall());
    budget.spend(cost);
    if (budget.isSpent) fail(`validation failed due to running out of cost budget, ${NO_MORE}`);
    else if (value !== true) report(rule, place, messageFor(rule, variables, budget), errors);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    fail(failure(rule, error));
    if (error instanceof CostLimitError) budget.end();
  }
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
    if (rules.length > 0) {
      const self = schemaType(schema, isRoot)?.shape.read(value) ?? null;
      for (const rule of rules) evaluate(rule, { ...place, schema, self, isRoot }, budget, errors);
    }
    if (Array.isArray(value)) {
      if (items) value.forEach((item, i) => items({ value: item, old: oldElement(schema, item, old), path: `${path}[${i}]`, ...formerOf(place, (former) => former.index(i)) }, budget, errors));
      return;
    }
    if (!isObject(value)) return;
    const oldMembers = isObject(old) ? old : {};
    const memberOf = (key: string, at: string): Place => ({ value: value[key], old: oldMembers[key], path: at, ...formerOf(place, (former) => former.key(key)) });
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
