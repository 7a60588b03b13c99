import type { FieldErrors, FieldPath } from '../apimachinery/validation/field-errors.ts';
import { pathSegmentName } from '../apimachinery/validation/names.ts';

/** A name or kind that must be given and fit into one segment of a path. */
export function validateRequiredSegment(value: string | undefined, path: FieldPath, errors: FieldErrors, detail = ''): void {
  if (!value) errors.required(path, detail);
  else for (const text of pathSegmentName(value, false)) errors.invalid(path, value, text);
}

/** Adds each of the messages about one value. */
export function addInvalid(messages: readonly string[], value: unknown, path: FieldPath, errors: FieldErrors): void {
  for (const text of messages) errors.invalid(path, value, text);
}
