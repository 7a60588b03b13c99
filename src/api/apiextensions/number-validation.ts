/** Numbers against the bounds and the format of a schema. Source: k8s.io/kube-openapi pkg/validation/validate, values.go; formats count since Kubernetes 1.36. */
import { goFloat } from '../../apimachinery/go-float.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Schema } from './schema-parts.ts';

/** Some messages of Kubernetes name no field. */
const NO_FIELD = FieldPath.of('<nil>');
const INT64 = 2 ** 63;
const INT32 = 2 ** 31;
const MAX_FLOAT = 3.4028235677973366e38;

/** What fits a type and format, by `type format`. */
const FITS: Readonly<Record<string, (value: number | bigint) => boolean>> = {
  'integer int32': (value) => isWhole(value) && value >= -INT32 && value < INT32,
  'integer int64': (value) => isInt64(value),
  'number float': (value) => Math.abs(Number(value)) < MAX_FLOAT,
  'number double': () => true,
};

/** Whether a whole number, as Go reads JSON: what is larger is read as a fraction. */
export function isInt64(value: number | bigint): boolean {
  return isWhole(value) && value >= -INT64 && value < INT64;
}

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** The format, if it is one of numbers that the type knows. */
export function numberFormat({ type, format }: Schema): string | undefined {
  return Object.hasOwn(FITS, `${type ?? ''} ${format ?? ''}`) ? format : undefined;
}

interface Checked {
  readonly value: number | bigint;
  readonly path: string;
  readonly errors: FieldErrors;
}

interface Bound {
  readonly limit: number;
  readonly isExclusive: boolean;
  /** Whether the value and the bound are compared as whole numbers. */
  readonly asWhole: boolean;
}

function at(path: string): FieldPath {
  return path === '' ? NO_FIELD : FieldPath.of(path);
}

function checkBound(side: 'greater' | 'less', { limit, isExclusive, asWhole }: Bound, { value, path, errors }: Checked): void {
  const bound = asWhole ? Math.trunc(limit) : limit;
  const above = typeof value === 'bigint' && asWhole ? Number(value - BigInt(bound)) : Number(value) - bound;
  const distance = side === 'less' ? above : -above;
  if (isExclusive ? distance < 0 : distance <= 0) return;
  errors.invalid(at(path), value, `${path} in body should be ${side} than ${isExclusive ? '' : 'or equal to '}${asWhole ? String(BigInt(bound)) : goFloat(bound)}`);
}

function checkMultiple(factor: number, { value, path, errors }: Checked): void {
  // A whole value is divided by the whole part of the factor, which may be none.
  const divisor = isInt64(value) ? Math.trunc(factor) : factor;
  if (divisor <= 0) errors.invalid(at(path), divisor, `factor MultipleOf declared for ${path} must be positive: ${divisor}`);
  else if (!Number.isInteger(Number((Number(value) / divisor).toFixed(10)))) errors.invalid(at(path), value, `${path} in body should be a multiple of ${factor}`);
}

export function checkNumber(schema: Schema): ((value: unknown, path: string, errors: FieldErrors) => void) | undefined {
  const { type = '', minimum, exclusiveMinimum = false, maximum, exclusiveMaximum = false, multipleOf } = schema;
  const format = numberFormat(schema);
  if (minimum === undefined && maximum === undefined && multipleOf === undefined && format === undefined) return undefined;
  const fits = format === undefined ? undefined : FITS[`${type} ${format}`];
  return (value, path, errors) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return;
    const checked = { value, path, errors };
    const mustFit = (number: number | bigint, what: string): boolean => {
      if (!fits || fits(number)) return true;
      errors.invalid(NO_FIELD, '', `${what} value must be of type ${type} with format ${format ?? ''} in ${path}`);
      return false;
    };
    mustFit(value, 'Checked');
    if (multipleOf !== undefined) {
      mustFit(multipleOf, 'MultipleOf');
      checkMultiple(multipleOf, checked);
    }
    if (minimum !== undefined) checkBound('greater', { limit: minimum, isExclusive: exclusiveMinimum, asWhole: mustFit(minimum, 'Minimum boundary') && isInt64(value) }, checked);
    if (maximum !== undefined) checkBound('less', { limit: maximum, isExclusive: exclusiveMaximum, asWhole: mustFit(maximum, 'Maximum boundary') && isInt64(value) }, checked);
  };
}
