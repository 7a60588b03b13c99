/** Validates objects by the schema of their custom kind, compiled to closures on first use. Texts: k8s.io/kube-openapi pkg/validation; order and fields as apiextensions-apiserver reports them. */
import { compilePattern } from '../../apimachinery/pattern.ts';
import { isDeepStrictEqual } from 'node:util';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { checkNumber, isInt64, numberFormat } from './number-validation.ts';
import { validateEmbedded } from './embedded-validation.ts';
import { additionalOf, isObject, itemsOf } from './pruning.ts';
import { textFormat } from './text-formats.ts';

/** What a value was before. */
export interface Former {
  readonly value: unknown;
}

/** `path`: empty at the root. What has not changed since `former` may stay as it is, though the schema has (KEP-4008). */
export type Validate = (value: unknown, path: string, errors: FieldErrors, former?: Former) => void;

/** Some messages of Kubernetes name no field. */
const NO_FIELD = '<nil>';

function at(path: string): FieldPath {
  return FieldPath.of(path === '' ? NO_FIELD : path);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return typeof value;
}

function inBody(path: string, text: string): string {
  return `${path} in body ${text}`;
}

function ofType(path: string, expected: string, seen: string, errors: FieldErrors): void {
  errors.typeInvalid(at(path), seen, inBody(path, `must be of type ${expected}: ${JSON.stringify(seen)}`));
}

function checkType(schema: JSONSchemaProps): Validate | undefined {
  const { type, nullable } = schema;
  const format = numberFormat(schema);
  if (schema['x-kubernetes-int-or-string']) {
    return (value, path, errors) => {
      const seen = typeName(value);
      if (seen !== 'integer' && seen !== 'string') ofType(path, 'integer,string', seen, errors);
    };
  }
  if (!type) return undefined;
  return (value, path, errors) => {
    const seen = typeName(value);
    if ((seen === 'null' && nullable) || seen === type || (type === 'number' && seen === 'integer')) return;
    // Of formats only numbers have one.
    if (format !== undefined && ['number', 'boolean', 'object'].includes(seen)) ofType(path, format, seen === 'number' ? 'float64' : '', errors);
    else ofType(path, type, seen, errors);
  };
}

function checkString({ minLength, maxLength, pattern, format }: JSONSchemaProps): Validate | undefined {
  const regex = pattern === undefined ? undefined : compilePattern(pattern);
  const isFormat = format === undefined ? undefined : textFormat(format);
  if (minLength === undefined && maxLength === undefined && !regex && !isFormat) return undefined;
  return (value, path, errors) => {
    if (typeof value !== 'string') return;
    const length = Array.from(value).length;
    if (maxLength !== undefined && length > maxLength) errors.tooLong(at(path), maxLength);
    if (minLength !== undefined && length < minLength) errors.invalid(at(path), value, inBody(path, `should be at least ${minLength} chars long`));
    if (regex && !regex.test(value)) errors.invalid(at(path), value, inBody(path, `should match '${pattern ?? ''}'`));
    if (isFormat && !isFormat(value)) errors.typeInvalid(at(path), value, inBody(path, `must be of type ${format ?? ''}: ${JSON.stringify(value)}`));
  };
}

function checkArray(schema: JSONSchemaProps): Validate | undefined {
  const { minItems, maxItems, uniqueItems } = schema;
  const itemSchema = itemsOf(schema);
  const items = itemSchema && compile(itemSchema);
  const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  const isSet = schema['x-kubernetes-list-type'] === 'set';
  const keyOf = (item: unknown): unknown => (isObject(item) ? Object.fromEntries((keys ?? []).map((key) => [key, item[key] ?? itemSchema?.properties?.[key]?.default])) : item);
  return (value, path, errors, former) => {
    if (!Array.isArray(value)) return;
    if (minItems !== undefined && value.length < minItems) errors.invalid(at(path), value.length, inBody(path, `should have at least ${minItems} items`));
    if (maxItems !== undefined && value.length > maxItems) errors.tooMany(at(path), value.length, maxItems);
    if (uniqueItems && value.some((one, i) => value.slice(0, i).some((other) => isDeepStrictEqual(one, other)))) errors.invalid(at(path), '', inBody(path, "shouldn't contain duplicates"));
    const before = Array.isArray(former?.value) ? former.value as unknown[] : [];
    if (items) value.forEach((item, i) => items(item, `${path}[${i}]`, errors, keys && formerItem(before, item, keyOf)));
    if ((!keys && !isSet) || hasDuplicates(before, keyOf)) return;
    const seen = new Map<string, number>();
    value.forEach((item, i) => {
      const text = JSON.stringify(keyOf(item));
      const times = seen.get(text) ?? 0;
      // The third and later of the same go untold.
      if (times === 1) errors.duplicate(at(`${path}[${i}]`), keyOf(item));
      seen.set(text, times + 1);
    });
  };
}

/** Items of a map are the same by their keys; those of other lists are not told apart. */
function formerItem(before: readonly unknown[], item: unknown, keyOf: (item: unknown) => unknown): Former | undefined {
  const key = keyOf(item);
  const found = before.findIndex((one) => isDeepStrictEqual(keyOf(one), key));
  return found < 0 ? undefined : { value: before[found] };
}

function hasDuplicates(list: readonly unknown[], keyOf: (item: unknown) => unknown): boolean {
  return list.length > 1 && new Set(list.map((item) => JSON.stringify(keyOf(item)))).size < list.length;
}

function checkObject(schema: JSONSchemaProps): Validate | undefined {
  const { required = [], minProperties, maxProperties } = schema;
  const properties = Object.entries(schema.properties ?? {}).map(([key, property]) => [key, compile(property)] as const);
  const named = new Set(properties.map(([key]) => key));
  const additional = additionalOf(schema);
  const others = isObject(additional) ? compile(additional as JSONSchemaProps) : undefined;
  return (value, path, errors, former) => {
    if (!isObject(value)) return;
    const before = isObject(former?.value) ? former.value : undefined;
    const formerOf = (key: string): Former | undefined => (before && Object.hasOwn(before, key) ? { value: before[key] } : undefined);
    if (minProperties !== undefined && Object.keys(value).length < minProperties) errors.invalid(at(path), Object.keys(value).length, inBody(path, `should have at least ${minProperties} properties`));
    if (maxProperties !== undefined && Object.keys(value).length > maxProperties) errors.tooMany(at(path), Object.keys(value).length, maxProperties);
    for (const key of required) if (!Object.hasOwn(value, key)) errors.required(at(join(path, key)));
    for (const [key, validate] of properties) if (Object.hasOwn(value, key)) validate(value[key], join(path, key), errors, formerOf(key));
    if (others) for (const [key, one] of Object.entries(value)) if (!named.has(key)) others(one, join(path, key), errors, formerOf(key));
    if (schema['x-kubernetes-embedded-resource']) validateEmbedded(value, at(path), errors);
  };
}

function checkEnum({ enum: values }: JSONSchemaProps): Validate | undefined {
  if (!values) return undefined;
  const supported = values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  return (value, path, errors) => {
    if (!values.some((one) => isDeepStrictEqual(one, value))) errors.notSupported(at(path), value, supported);
  };
}

function failures(validate: Validate, value: unknown, path: string): FieldErrors {
  const errors = new FieldErrors();
  validate(value, path, errors);
  return errors;
}

function checkJunctors({ allOf, anyOf, oneOf, not }: JSONSchemaProps): Validate | undefined {
  if (!allOf && !anyOf && !oneOf && !not) return undefined;
  const all = (allOf ?? []).map(compile);
  const any = (anyOf ?? []).map(compile);
  const one = (oneOf ?? []).map(compile);
  const none = not && compile(not);
  const say = (path: string, text: string, errors: FieldErrors): void => errors.invalid(FieldPath.of(NO_FIELD), '', `${JSON.stringify(path)} ${text}`);
  return (value, path, errors) => {
    const results = (list: readonly Validate[]): FieldErrors[] => list.map((validate) => failures(validate, value, path));
    if (any.length > 0) {
      const tried = results(any);
      if (tried.every((result) => result.causes.length > 0)) {
        say(path, 'must validate at least one schema (anyOf)', errors);
        errors.causes.push(...(tried[0]?.causes ?? []));
      }
    }
    if (one.length > 0) {
      const tried = results(one);
      const valid = tried.filter((result) => result.causes.length === 0).length;
      if (valid === 0) {
        say(path, 'must validate one and only one schema (oneOf). Found none valid', errors);
        errors.causes.push(...(tried[0]?.causes ?? []));
      } else if (valid > 1) say(path, `must validate one and only one schema (oneOf). Found ${valid} valid alternatives`, errors);
    }
    if (all.length > 0) {
      const failed = results(all).filter((result) => result.causes.length > 0);
      for (const result of failed) errors.causes.push(...result.causes);
      if (failed.length > 0) say(path, `must validate all the schemas (allOf)${failed.length === all.length ? '. None validated' : ''}`, errors);
    }
    if (none && failures(none, value, path).causes.length === 0) say(path, 'must not validate the schema (not)', errors);
  };
}

const compiled = new WeakMap<JSONSchemaProps, Validate>();

function compile(schema: JSONSchemaProps): Validate {
  const known = compiled.get(schema);
  if (known) return known;
  const checks = [checkType(schema), checkString(schema), checkNumber(schema), checkArray(schema), checkObject(schema), checkEnum(schema), checkJunctors(schema)].filter((one) => one !== undefined);
  const validate: Validate = (value, path, errors, former) => {
    if (value === null && schema.nullable) return;
    const { length } = errors.causes;
    for (const check of checks) check(value, path, errors, former);
    if (former && errors.causes.length > length && isDeepStrictEqual(value, former.value)) errors.causes.length = length;
  };
  compiled.set(schema, validate);
  return validate;
}

/** The validator of a schema, made on first use. */
export function validatorOf(schema: JSONSchemaProps): Validate {
  return (value, path, errors, former) => compile(schema)(value, path, errors, former);
}
