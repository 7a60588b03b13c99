import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative, validatePositive } from '../../apimachinery/validation/numbers.ts';
import type { Lease } from '../generated/coordination-v1.ts';

const SPEC = FieldPath.of('spec');

/** Who gives a lease back names nobody, so the holder may be empty. Source: pkg/apis/coordination/validation, ValidateLeaseSpec. */
export function validateLease({ spec }: DeepReadonly<Lease>, errors: FieldErrors): void {
  validatePositive(spec.leaseDurationSeconds, SPEC.child('leaseDurationSeconds'), errors);
  validateNonNegative(spec.leaseTransitions, SPEC.child('leaseTransitions'), errors);
  if (spec.preferredHolder !== undefined && spec.preferredHolder !== '' && !spec.strategy) errors.forbidden(SPEC.child('preferredHolder'), 'may only be specified if `strategy` is defined');
}
