import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { ageColumn, containersText, imagesText, integerColumn, nameColumn, wideColumn } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { defineKind } from '../define-kind.ts';
import type { ReplicaSet } from '../generated/apps-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { keepStatus } from '../status-fields.ts';
import { compileSelector, isEmptySelector, SPEC, validateAtMost, validateCounts, validateRequiredSelector, validateWorkloadTemplate, workloadWarnings } from './workload-rules.ts';
import { specTwice } from '../update-orders.ts';

const columns: readonly Column<ReplicaSet>[] = [
  nameColumn,
  integerColumn('Desired', 'Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset', ({ spec }) => spec.replicas ?? 0),
  integerColumn('Current', 'Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset', ({ status }) => status.replicas),
  integerColumn('Ready', 'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.', ({ status }) => status.readyReplicas ?? 0),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.template.spec?.containers)),
  wideColumn('Selector', "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors", ({ spec }) => labelSelectorText(spec.selector)),
];

/** Source: pkg/apis/apps/validation, ValidateReplicaSetSpec; its texts speak of deployments, too. */
function validateReplicaSet({ spec }: DeepReadonly<ReplicaSet>, errors: FieldErrors): void {
  validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateRequiredSelector(spec.selector, errors, 'deployment');
  const selector = compileSelector(spec.selector);
  if (selector) validateWorkloadTemplate({ template: spec.template, selector, workload: 'ReplicaSet' }, errors);
  else if (!isEmptySelector(spec.selector)) errors.invalid(SPEC.child('selector'), spec.selector, 'invalid label selector');
}

function validateStatus({ status }: DeepReadonly<ReplicaSet>, _old: DeepReadonly<ReplicaSet>, errors: FieldErrors): void {
  validateCounts(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas'], errors);
  validateAtMost(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], 'status.replicas', errors);
  validateAtMost(status, ['availableReplicas'], 'readyReplicas', errors);
}

export const replicaSet: KindDefinition<ReplicaSet> = defineKind<ReplicaSet>({
  group: 'apps', kind: 'ReplicaSet', resource: 'replicasets', namespaced: true, shortNames: ['rs'], categories: ['all'],
  versions: [{ version: 'v1', message: 'apps.v1.ReplicaSet' }],
  updateRules: specTwice,
  hasGeneration: true,
  subresources: {
    status: { validateUpdate: validateStatus },
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', selectorPath: '.spec.selector', version: 'v1' },
  },
  default({ spec }) {
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate: validateReplicaSet,
  prepareForUpdate: keepStatus,
  validateUpdate: (object, old, errors) => validateImmutable(object.spec.selector, old.spec.selector, SPEC.child('selector'), errors),
  warnings: workloadWarnings,
  columns,
});
