/** Validates objects by the schema of their custom kind, compiled to closures on first use. Texts, order and counts: k8s.io/kube-openapi pkg/validation/validate; fields as apiextensions-apiserver reports them. */
import { compilePattern } from '../../apimachinery/pattern.ts';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../apimachinery/patch/json.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Check } from './check.ts';
import { isTypeMeta, type Correlation } from './correlation.ts';
import { junctorsCheck } from './junctors.ts';
import { checkNumber, isInt64, numberFormat } from './number-validation.ts';
import { additionalOf, itemsOf, type Schema } from './schema-parts.ts';
import { textFormat } from './text-formats.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** Of values of some types only; undefined: this schema has nothing to check. */
interface Part {
  readonly applies: (value: unknown) => boolean;
  readonly check: Check;
}

/** Some messages of Kubernetes name no field. */
const NO_FIELD = '<nil>';
const isText = (value: unknown): value is string => typeof value === 'string';
const isAny = (): boolean => true;

function at(path: string): FieldPath {
  return FieldPath.of(path === '' ? NO_FIELD : path);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return typeof value;
}

function inBody(path: string, text: string): string {
  return `${path} in body ${text}`;
}

function ofType(path: string, expected: string, seen: string, errors: FieldErrors): number {
  errors.typeInvalid(at(path), seen, inBody(path, `must be of type ${expected}: ${JSON.stringify(seen)}`));
  return 0;
}

const NUMBER_FORMATS: Readonly<Record<string, string>> = { integer: 'int64', number: 'float64' };

function typePart(schema: Schema): Part | undefined {
  const { type, nullable } = schema;
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : type ? [type] : [];
  if (types.length === 0) return undefined;
  const isNumeric = type === 'number' || type === 'integer';
  const format = numberFormat(schema) ?? (schema.format !== undefined && textFormat(schema.format) ? schema.format : undefined);
  const check: Check = (value, path, errors) => {
    const seen = typeName(value);
    if ((seen === 'null' && nullable) || types.includes(seen) || (type === 'number' && seen === 'integer')) return 1;
    if (format === undefined || seen === 'null') return ofType(path, types.join(','), seen, errors);
    // Of formats only numbers have one.
    if (seen !== 'string' && seen !== 'array') return ofType(path, format, NUMBER_FORMATS[seen] ?? '', errors);
    return isNumeric ? ofType(path, types.join(','), seen, errors) : 1;
  };
  return { applies: isAny, check };
}

/** The first of its faults only. */
function stringPart({ minLength, maxLength, pattern }: Schema): Part {
  const regex = pattern ? compilePattern(pattern) : undefined;
  const check: Check = (value, path, errors) => {
    if (!isText(value) || (minLength === undefined && maxLength === undefined && !regex)) return 0;
    const length = Array.from(value).length;
    if (maxLength !== undefined && length > maxLength) errors.tooLong(at(path), maxLength);
    else if (minLength !== undefined && length < minLength) errors.invalid(at(path), value, inBody(path, `should be at least ${minLength} chars long`));
    else if (regex && !regex.test(value)) errors.invalid(at(path), value, inBody(path, `should match '${pattern ?? ''}'`));
    return 0;
  };
  return { applies: isText, check };
}

function formatPart({ format }: Schema): Part | undefined {
  const isFormat = format === undefined ? undefined : textFormat(format);
  if (!isFormat) return undefined;
  const check: Check = (value, path, errors) => {
    if (isText(value) && !isFormat(value)) errors.typeInvalid(at(path), value, inBody(path, `must be of type ${format ?? ''}: ${JSON.stringify(value)}`));
    return 0;
  };
  return { applies: isText, check };
}

function numberPart(schema: Schema): Part {
  const checkOne = checkNumber(schema);
  const check: Check = (value, path, errors) => {
    checkOne?.(value, path, errors);
    return 1;
  };
  return { applies: (value) => typeof value === 'number' || typeof value === 'bigint', check };
}

function arrayPart(schema: Schema): Part {
  const { minItems, maxItems, uniqueItems } = schema;
  const itemSchema = itemsOf(schema);
  const items = itemSchema && compile(itemSchema);
  const check: Check = (value, path, errors, correlation) => {
    if (!Array.isArray(value)) return 0;
    let matches = 1;
    if (items) for (const [i, item] of value.entries()) matches += items(item, `${path}[${i}]`, errors, correlation?.index(i));
    if (minItems !== undefined && value.length < minItems) errors.invalid(at(path), value.length, inBody(path, `should have at least ${minItems} items`));
    if (maxItems !== undefined && value.length > maxItems) errors.tooMany(at(path), value.length, maxItems);
    if (uniqueItems && value.some((one, i) => value.slice(0, i).some((other) => isDeepStrictEqual(one, other)))) errors.invalid(at(path), '', inBody(path, "shouldn't contain duplicates"));
    return matches;
  };
  return { applies: Array.isArray, check };
}

function objectPart(schema: Schema): Part {
  const { required = [], minProperties, maxProperties } = schema;
  const properties = Object.entries(schema.properties ?? {}).map(([key, property]) => [key, compile(property)] as const);
  const named = new Set(properties.map(([key]) => key));
  const additional = additionalOf(schema);
  const others = additional && compile(additional);
  const check: Check = (value, path, errors, correlation) => {
    if (!isObject(value)) return 0;
    const size = minProperties === undefined && maxProperties === undefined ? 0 : Object.keys(value).length;
    if (minProperties !== undefined && size < minProperties) {
      errors.invalid(at(path), size, inBody(path, `should have at least ${minProperties} properties`));
      return 0;
    }
    if (maxProperties !== undefined && size > maxProperties) {
      errors.tooMany(at(path), size, maxProperties);
      return 0;
    }
    let matches = 0;
    const formerOf = (key: string): Correlation | undefined => (path === '' && isTypeMeta(key) ? undefined : correlation?.key(key));
    if (others) for (const [key, one] of Object.entries(value)) if (!named.has(key)) matches += others(one, join(path, key), errors, formerOf(key));
    for (const [key, validate] of properties) if (Object.hasOwn(value, key)) matches += validate(value[key], join(path, key), errors, formerOf(key));
    for (const key of required) if (!Object.hasOwn(value, key)) errors.required(at(join(path, key)));
    return matches;
  };
  return { applies: isObject, check };
}

/** A null is none of the values, not even where null is listed. */
function enumPart({ enum: values }: Schema): Part {
  const supported = (values ?? []).map((one) => (typeof one === 'string' ? one : stringifyWhole(one)));
  const check: Check = (value, path, errors) => {
    if (supported.length > 0 && (value === null || !values?.some((one) => isDeepStrictEqual(one, value)))) errors.notSupported(at(path), value, supported);
    return 0;
  };
  return { applies: isAny, check };
}

const compiled = new WeakMap<Schema, Check>();

function compile(schema: Schema): Check {
  const known = compiled.get(schema);
  if (known) return known;
  const [type, values] = [typePart(schema), enumPart(schema)];
  const junctors: Part = { applies: isAny, check: junctorsCheck(schema, compile) };
  const parts = [type, junctors, stringPart(schema), formatPart(schema), numberPart(schema), arrayPart(schema), values, objectPart(schema)].filter((one) => one !== undefined);
  const forNull = [type, values].filter((one) => one !== undefined);
  const validate: Check = (value, path, errors, correlation) => {
    const { length } = errors.causes;
    let matches = value === null ? 0 : 1;
    for (const { applies, check } of value === null ? forNull : parts) if (applies(value)) matches += check(value, path, errors, correlation) + (value === null ? 0 : 1);
    if (errors.causes.length > length && correlation?.isUnchanged) errors.causes.length = length;
    return matches;
  };
  compiled.set(schema, validate);
  return validate;
}

/** Judges a value by a schema. Only what was found wrong is compared with what was there before. */
export function validateValue(schema: Schema, value: unknown, path: string, errors: FieldErrors, correlation?: () => Correlation | undefined): void {
  const found = new FieldErrors();
  const validate = compile(schema);
  validate(value, path, found);
  const former = found.causes.length > 0 ? correlation?.() : undefined;
  if (!former) errors.causes.push(...found.causes);
  else validate(value, path, errors, former);
}
