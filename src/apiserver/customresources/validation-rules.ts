/** `x-kubernetes-validations`: rules in CEL over an object and what it was before. Source: apiextensions-apiserver pkg/apiserver/schema/cel. */
import { CelError, compileExpression, Optional, type Expression } from '../../cel/expression.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps, ValidationRule } from '../../api/generated/apiextensions-v1.ts';
import { additionalOf, isObject, itemsOf, propertyOf } from './structural-schema.ts';

const REASON_TEXTS: Readonly<Record<string, string>> = {
  FieldValueInvalid: 'Invalid value', FieldValueForbidden: 'Forbidden', FieldValueRequired: 'Required value', FieldValueDuplicate: 'Duplicate value',
};

/** JSON as CEL has it, by the schema. */
function celValue(value: unknown, schema: JSONSchemaProps | undefined): unknown {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema);
    return value.map((item) => celValue(item, items));
  }
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, celValue(member, schema && propertyOf(schema, key))]));
  if (typeof value === 'number') return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (typeof value === 'string' && (schema?.format === 'date-time' || schema?.format === 'date')) return new Date(value);
  return value;
}

interface Rule {
  readonly stated: ValidationRule;
  /** The error of a rule that cannot be read is reported where it would have been evaluated. */
  readonly expression: Expression | CelError;
  readonly message: Expression | undefined;
  readonly needsOld: boolean;
}

function tryCompile(text: string): Expression | CelError {
  try {
    return compileExpression(text);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

function rulesOf(schema: JSONSchemaProps): Rule[] {
  return (schema['x-kubernetes-validations'] ?? []).map((stated) => {
    const message = stated.messageExpression ? tryCompile(stated.messageExpression) : undefined;
    return { stated, expression: tryCompile(stated.rule), message: message instanceof CelError ? undefined : message, needsOld: /\boldSelf\b/.test(stated.rule) };
  });
}

type Check = (place: { value: unknown; old: unknown; path: string }, errors: FieldErrors) => void;

function fieldOf(path: string, rule: ValidationRule): FieldPath {
  const whole = `${path}${rule.fieldPath ?? ''}`;
  return FieldPath.of(whole === '' ? '<nil>' : whole.replace(/^\./, ''));
}

function messageFor({ stated, message }: Rule, variables: Readonly<Record<string, unknown>>): string {
  if (message) {
    try {
      const text = message.evaluate(variables);
      if (typeof text === 'string' && text.trim() !== '') return text;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
    }
  }
  return stated.message?.trim() || `failed rule: ${stated.rule.trim()}`;
}

function report(rule: Rule, place: { value: unknown; path: string; variables: Readonly<Record<string, unknown>> }, errors: FieldErrors): void {
  const { stated } = rule;
  const reason = stated.reason ?? 'FieldValueInvalid';
  const text = messageFor(rule, place.variables);
  const head = REASON_TEXTS[reason] ?? 'Invalid value';
  // Objects and lists are not shown.
  const shown = reason === 'FieldValueInvalid' && typeof place.value !== 'object' ? `${JSON.stringify(place.value)}: ` : '';
  errors.add(fieldOf(place.path, stated), reason, `${head}: ${shown}${text}`);
}

function evaluate(rule: Rule, place: { value: unknown; old: unknown; path: string; schema: JSONSchemaProps }, errors: FieldErrors): void {
  const { stated, expression } = rule;
  const hasOld = place.old !== undefined;
  if (rule.needsOld && !hasOld && !stated.optionalOldSelf) return;
  const old = hasOld ? celValue(place.old, place.schema) : undefined;
  const oldSelf = stated.optionalOldSelf ? (hasOld ? Optional.of(old) : Optional.none()) : old;
  const variables = { self: celValue(place.value, place.schema), ...(oldSelf !== undefined && { oldSelf }) };
  const type = place.schema.type ?? typeof place.value;
  try {
    if (expression instanceof CelError) throw expression;
    if (expression.evaluate(variables) !== true) report(rule, { ...place, variables }, errors);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    errors.invalid(fieldOf(place.path, stated), type, `${error.message} evaluating rule: ${stated.message?.trim() || stated.rule}`);
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** The element of the old list that is the same one: by the keys of a map; other lists have none. */
function oldElement(schema: JSONSchemaProps, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
  if (keys.length === 0 || !Array.isArray(old) || !isObject(item)) return undefined;
  return old.find((one) => isObject(one) && keys.every((key) => one[key] === item[key]));
}

const compiled = new WeakMap<JSONSchemaProps, Check>();

function compile(schema: JSONSchemaProps): Check {
  const known = compiled.get(schema);
  if (known) return known;
  const rules = rulesOf(schema);
  const properties = Object.entries(schema.properties ?? {}).map(([key, property]) => [key, compile(property)] as const);
  const additional = additionalOf(schema);
  const others = isObject(additional) ? compile(additional as JSONSchemaProps) : undefined;
  const itemSchema = itemsOf(schema);
  const items = itemSchema && compile(itemSchema);
  const check: Check = ({ value, old, path }, errors) => {
    if (value === null || value === undefined) return;
    for (const rule of rules) evaluate(rule, { value, old, path, schema }, errors);
    if (Array.isArray(value)) {
      if (items) value.forEach((item, i) => items({ value: item, old: oldElement(schema, item, old), path: `${path}[${i}]` }, errors));
      return;
    }
    if (!isObject(value)) return;
    const oldMembers = isObject(old) ? old : {};
    for (const [key, inner] of properties) if (Object.hasOwn(value, key)) inner({ value: value[key], old: oldMembers[key], path: join(path, key) }, errors);
    if (others) for (const [key, member] of Object.entries(value)) others({ value: member, old: oldMembers[key], path: `${path}[${key}]` }, errors);
  };
  compiled.set(schema, check);
  return check;
}

function hasRules(schema: JSONSchemaProps): boolean {
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true;
  const additional = additionalOf(schema);
  const inner = [...Object.values(schema.properties ?? {}), itemsOf(schema), isObject(additional) ? (additional as JSONSchemaProps) : undefined];
  return inner.some((one) => one !== undefined && hasRules(one));
}

/** The rules of a schema, read on first use; undefined if it has none. `old` is undefined on create. */
export function rulesCheck(schema: JSONSchemaProps): ((value: unknown, old: unknown, errors: FieldErrors) => void) | undefined {
  if (!hasRules(schema)) return undefined;
  return (value, old, errors) => compile(schema)({ value, old, path: '' }, errors);
}
