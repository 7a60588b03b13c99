import { canonicalQuantity, QuantityError } from '../apimachinery/quantity.ts';
import { CommandError } from './errors.ts';

/** A quantity of an argument, as the API writes it. Throws CommandError for what is none. */
export function givenQuantity(text: string): string {
  try {
    return canonicalQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new CommandError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'", { cause: error });
    throw error;
  }
}
