import type { Job } from '../generated/batch-v1.ts';

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';
const LEGACY_CONTROLLER_UID = 'controller-uid';
const LEGACY_JOB_NAME = 'job-name';

/**
 * Labels a job's pods with its uid and selects them by that, unless the user chose the selector: pods of two jobs can then never be mistaken for each other.
 * What the user has set stays, for validation to refuse. Source: pkg/registry/batch/job/strategy.go, generateSelector.
 */
export function generateSelector({ metadata, spec }: Job): void {
  if (spec.manualSelector) return;
  const template = (spec.template.metadata ??= {});
  template.labels = { ...template.labels };
  template.labels[LEGACY_JOB_NAME] ??= metadata.name;
  template.labels[JOB_NAME] ??= metadata.name;
  template.labels[LEGACY_CONTROLLER_UID] ??= metadata.uid;
  template.labels[CONTROLLER_UID] ??= metadata.uid;
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels };
  spec.selector.matchLabels[CONTROLLER_UID] ??= metadata.uid;
}
