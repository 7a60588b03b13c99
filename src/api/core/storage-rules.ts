/** What volumes and claims have in common. */
import { wholeValue, type Quantity } from '../../apimachinery/quantity.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';

/** The class was an annotation before it was a field, and the annotation still wins. */
export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** Whether there is at least nothing. Source: kubernetes pkg/apis/core/validation, validateBasicResource. */
export function validateBasicResource(quantity: Quantity, path: FieldPath, errors: FieldErrors): boolean {
  const value = wholeValue(quantity);
  if (value < 0) errors.invalid(path, value, 'must be a valid resource quantity');
  return value >= 0;
}
