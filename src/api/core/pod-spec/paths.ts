/** Rules for paths inside volumes and containers. */
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';

export function validateNoBacksteps(target: string, path: FieldPath, errors: FieldErrors): void {
  if (target.split('/').includes('..')) errors.invalid(path, target, "must not contain '..'");
}

/** Relative, and never upwards. */
export function validateDescendingPath(target: string, path: FieldPath, errors: FieldErrors): void {
  if (target.startsWith('/')) errors.invalid(path, target, 'must be a relative path');
  validateNoBacksteps(target, path, errors);
}

/** As above, and no name that the kubelet's atomic writer uses for itself. */
export function validateNonReservedPath(target: string, path: FieldPath, errors: FieldErrors): void {
  validateDescendingPath(target, path, errors);
  if (target.startsWith('..') && !target.startsWith('../') && target !== '..') errors.invalid(path, target, "must not start with '..'");
}

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateFileMode(mode: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.invalid(path, mode, MODE_TEXT);
}
