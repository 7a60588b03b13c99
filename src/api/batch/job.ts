import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { humanDuration } from '../../apimachinery/human-duration.ts';
import { ageColumn, containersText, imagesText, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Job } from '../generated/batch-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { keepStatus } from '../status-fields.ts';
import { defaultJobSpec } from './job-defaults.ts';
import { generateSelector } from './job-selector.ts';
import { validateJobStatus } from './job-status-validation.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { nameWarnings } from '../core/pod-warnings.ts';
import { jobSpecWarnings } from './job-warnings.ts';
import { anewThenChanges } from '../update-orders.ts';

function hasCondition(job: DeepReadonly<Job>, type: string): boolean {
  return job.status.conditions?.find((condition) => condition.type === type)?.status === 'True';
}

function stateText(job: DeepReadonly<Job>): string {
  if (hasCondition(job, 'Complete')) return 'Complete';
  if (hasCondition(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => hasCondition(job, type)) ?? 'Running';
}

function completionsText({ spec, status }: DeepReadonly<Job>): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: DeepReadonly<Job>, nowMs: number): string {
  if (!status.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(end - Date.parse(status.startTime));
}

const columns: readonly Column<Job>[] = [
  nameColumn,
  textColumn('Status', 'Status of the job.', stateText),
  textColumn('Completions', 'The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.', completionsText),
  textColumn('Duration', 'Time required to complete the job.', durationText),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.template.spec?.containers)),
  wideColumn('Selector', 'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors', ({ spec }) => labelSelectorText(spec.selector)),
];

/** A job without labels has those of its pods; the generated ones too, which a new job's defaults know nothing of, when it is read. Source: SetDefaults_Job. */
function labelledFromTemplate(object: DeepReadonly<Job>): DeepReadonly<Job> | undefined {
  const { metadata, spec } = object;
  const labels = spec.template.metadata?.labels ?? {};
  if (Object.keys(labels).length === 0 || Object.keys(metadata.labels ?? {}).length > 0) return undefined;
  return { ...object, metadata: { ...metadata, labels: { ...labels } } };
}

export const job: KindDefinition<Job> = defineKind<Job>({
  group: 'batch', kind: 'Job', resource: 'jobs', namespaced: true, categories: ['all'],
  versions: [{ version: 'v1', message: 'batch.v1.Job' }],
  updateRules: anewThenChanges,
  hasGeneration: true,
  defaultPropagation: 'Orphan',
  propagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  subresources: { status: { validateUpdate: validateJobStatus } },
  default(object) {
    defaultJobSpec(object.spec);
    const { metadata, spec } = object;
    // One and the same for now: what the strategy generates for the pods labels the job as well.
    if (labelledFromTemplate(object)) metadata.labels = spec.template.metadata?.labels ?? {};
  },
  prepareForCreate(object) {
    const { metadata, spec } = object;
    const isShared = metadata.labels !== undefined && metadata.labels === spec.template.metadata?.labels;
    generateSelector(object);
    if (isShared) metadata.labels = { ...spec.template.metadata?.labels };
    object.status = {};
  },
  completedOnRead: labelledFromTemplate,
  validate: validateJob,
  prepareForUpdate: keepStatus,
  validateUpdate: validateJobUpdate,
  unknownField: (field) => `field label ${JSON.stringify(field)} not supported for batchv1.Job`,
  selectableFields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  warnings: (object, old) => [...(old ? [] : nameWarnings(object.metadata.name)), ...jobSpecWarnings(object.spec, FieldPath.of('spec'), object, old)],
  columns,
});
