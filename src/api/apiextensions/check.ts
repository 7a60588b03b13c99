import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Correlation } from './correlation.ts';

/**
 * Judges a value by a schema. `path`: empty at the root. `correlation`: what the value was before; what has not changed may stay as it is, though the
 * schema has become stricter (KEP-4008). Gives how much matched: of alternatives of which none is valid the nearest is told.
 */
export type Check = (value: unknown, path: string, errors: FieldErrors, correlation?: Correlation) => number;
