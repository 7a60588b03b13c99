/** Source: kubernetes pkg/api/job/warnings.go. */
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';
import type { JobSpec } from '../generated/batch-v1.ts';

const MANY_COMPLETIONS = 100_000;
const MANY_AT_ONCE = 10_000;

export function jobSpecWarnings(spec: DeepReadonly<JobSpec>, path: FieldPath, job: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject> | undefined): string[] {
  const isHard = spec.completionMode === 'Indexed' && (spec.completions ?? 0) > MANY_COMPLETIONS && (spec.parallelism ?? 0) > MANY_AT_ONCE;
  return [
    ...(isHard ? [`${path.toString()}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`] : []),
    ...podTemplateWarnings(spec.template, path.child('template'), job, old),
  ];
}
