import { parseQuantity, QuantityError, type Quantity } from '../quantity.ts';
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { NOT_NEGATIVE } from './numbers.ts';

/** Undefined for an absent or unreadable quantity: decoding refuses the latter. */
export function quantityIn(value: string | number | undefined): Quantity | undefined {
  if (value === undefined) return undefined;
  try {
    return parseQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

export function validateNonNegativeQuantity(value: string | number | undefined, path: FieldPath, errors: FieldErrors): void {
  const quantity = quantityIn(value);
  if (quantity && quantity.nanos < 0n) errors.invalid(path, String(value), NOT_NEGATIVE);
}
