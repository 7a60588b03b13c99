import { isDeepStrictEqual } from 'node:util';
import type { FieldErrors, FieldPath } from './field-errors.ts';

export const IMMUTABLE = 'field is immutable';

/** Absent, empty and null are the same to Go's semantic comparison. */
function normal(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(normal);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, one]) => [key, normal(one)] as const).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries);
}

export function semanticallyEqual(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(normal(a), normal(b));
}

/** `shown` stands for the value in the message, where Kubernetes prints its internal form. */
export function validateImmutable(value: unknown, old: unknown, path: FieldPath, errors: FieldErrors, shown: unknown = value): void {
  if (!semanticallyEqual(value, old)) errors.invalid(path, shown, IMMUTABLE);
}
