import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { JobSpec, SuccessPolicy } from '../generated/batch-v1.ts';
import { countIndexes } from './index-intervals.ts';

const MAX_RULES = 20;
const MAX_INDEXES_BYTES = 64 * 1024;

/** The form that messages show: Kubernetes' own inside. */
export function shownSuccessPolicy(policy: DeepReadonly<SuccessPolicy>): object {
  return { Rules: policy.rules.map((rule) => ({ SucceededIndexes: rule.succeededIndexes ?? null, SucceededCount: rule.succeededCount ?? null })) };
}

/** For indexed jobs. Source: pkg/apis/batch/validation, validateSuccessPolicy. */
export function validateSuccessPolicy(spec: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  const rules = spec.successPolicy?.rules ?? [];
  const completions = spec.completions ?? 0;
  if (rules.length === 0) errors.required(path.child('rules'), 'at least one rules must be specified when the successPolicy is specified');
  if (rules.length > MAX_RULES) errors.tooMany(path.child('rules'), rules.length, MAX_RULES);
  rules.forEach((rule, i) => {
    const rulePath = path.child('rules').index(i);
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) errors.required(rulePath, 'at least one of succeededCount or succeededIndexes must be specified');
    let indexes: number | undefined;
    if (rule.succeededIndexes !== undefined) {
      const indexesPath = rulePath.child('succeededIndexes');
      if (rule.succeededIndexes.length > MAX_INDEXES_BYTES) errors.tooLong(indexesPath, MAX_INDEXES_BYTES);
      const counted = countIndexes(rule.succeededIndexes, completions);
      if (typeof counted === 'string') errors.invalid(indexesPath, rule.succeededIndexes, `error parsing succeededIndexes: ${counted}`);
      indexes = typeof counted === 'string' ? 0 : counted;
    }
    if (rule.succeededCount === undefined) return;
    const countPath = rulePath.child('succeededCount');
    validateNonNegative(rule.succeededCount, countPath, errors);
    if (rule.succeededCount > completions) errors.invalid(countPath, rule.succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`);
    if (indexes !== undefined && rule.succeededCount > indexes) {
      errors.invalid(countPath, rule.succeededCount, `must be less than or equal to ${indexes} (the number of indexes in the specified succeededIndexes field)`);
    }
  });
}
