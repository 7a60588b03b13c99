import type { Job } from '../../api/generated/batch-v1.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { jobs } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { podFromTemplate } from '../pod-control.ts';
import type { IndexFailures } from './index-failures.ts';
import { FAILURE_COUNT_KEY, IGNORED_FAILURE_COUNT_KEY, INDEX_KEY, TRACKING_FINALIZER } from './pod-outcome.ts';

const MAX_GENERATE_NAME = 58;

/** The pod of a Job; one with a completion index tells it by annotation, label, environment and host name. */
export function jobPod(job: DeepReadonly<Job>, { index, failures }: { readonly index: number | undefined; readonly failures: IndexFailures }): Draft<Pod> {
  const { name, namespace = '' } = job.metadata;
  const draft = podFromTemplate(job.spec.template, { name, namespace, reference: controllerReference(job, jobs) });
  const { metadata, spec } = draft;
  metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), TRACKING_FINALIZER])];
  if (index === undefined) return draft;
  metadata.generateName = `${name.slice(0, MAX_GENERATE_NAME - `-${index}-`.length)}-${index}-`;
  metadata.annotations = { ...metadata.annotations, [INDEX_KEY]: String(index), ...(job.spec.backoffLimitPerIndex !== undefined && failureAnnotations(failures)) };
  metadata.labels = { ...metadata.labels, [INDEX_KEY]: String(index) };
  spec.hostname = `${name}-${index}`;
  const environment = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX_KEY}']` } } };
  const addIndex = (container: Container): void => {
    if (!container.env?.some((one) => one.name === environment.name)) container.env = [...(container.env ?? []), environment];
  };
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) addIndex(container);
  return draft;
}

function failureAnnotations({ counted, ignored }: IndexFailures): Record<string, string> {
  return { [FAILURE_COUNT_KEY]: String(counted), ...(ignored > 0 && { [IGNORED_FAILURE_COUNT_KEY]: String(ignored) }) };
}
