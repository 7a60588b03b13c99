/** The names of those who manage fields. Source: apimachinery pkg/apis/meta/v1/validation, ValidateFieldManager; Go's unicode.IsPrint. */
import type { FieldErrors, FieldPath } from './field-errors.ts';

export const MAX_MANAGER_BYTES = 128;

/** Of all white space only the blank is printable. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

export function validateManagerName(name: string, path: FieldPath, errors: FieldErrors): void {
  if (Buffer.byteLength(name) > MAX_MANAGER_BYTES) errors.tooLong(path, MAX_MANAGER_BYTES);
  let position = 0;
  for (const character of name) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    if (!isPrintable(character)) errors.invalid(path, name, `invalid character U+${code} (at position ${position})`);
    position += Buffer.byteLength(character);
  }
}
