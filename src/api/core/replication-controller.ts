import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { ageColumn, containersText, imagesText, integerColumn, labelsText, nameColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ReplicationController } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpec, keepStatus } from '../status-fields.ts';
import { defaultPodTemplate } from './pod-spec/defaults.ts';
import { nameWarnings, podTemplateWarnings } from './pod-warnings.ts';
import { validateReplicationController, validateReplicationControllerStatus } from './replication-controller-validation.ts';
import { specTwice } from '../update-orders.ts';

const DESIRED_TEXT =
  'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller';
const CURRENT_TEXT =
  'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller';
const SELECTOR_TEXT =
  'Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors';

export const replicationController: KindDefinition<ReplicationController> = defineKind<ReplicationController>({
  group: '', kind: 'ReplicationController', resource: 'replicationcontrollers', namespaced: true, shortNames: ['rc'], categories: ['all'],
  versions: [{ version: 'v1', message: 'core.v1.ReplicationController' }],
  updateRules: specTwice,
  hasGeneration: true,
  defaultPropagation: 'Orphan',
  subresources: {
    status: { prepareForUpdate: keepSpec, validateUpdate: validateReplicationControllerStatus },
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', selectorPath: '.spec.selector', version: 'v1' },
  },
  default({ metadata, spec }) {
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  prepareForUpdate: keepStatus,
  validate: validateReplicationController,
  warnings: (object, old) => [...(old ? [] : nameWarnings(object.metadata.name)), ...podTemplateWarnings(object.spec.template, FieldPath.of('spec.template'), object, old)],
  selectableFields: { 'status.replicas': (object) => String(object.status.replicas) },
  columns: [
    nameColumn,
    integerColumn('Desired', DESIRED_TEXT, (object) => object.spec.replicas ?? 0),
    integerColumn('Current', CURRENT_TEXT, (object) => object.status.replicas),
    integerColumn('Ready', 'The number of ready replicas for this replication controller.', (object) => object.status.readyReplicas ?? 0),
    ageColumn,
    wideColumn('Containers', 'Names of each container in the template.', (object) => containersText(object.spec.template?.spec.containers)),
    wideColumn('Images', 'Images referenced by each container in the template.', (object) => imagesText(object.spec.template?.spec.containers)),
    wideColumn('Selector', SELECTOR_TEXT, (object) => labelsText(object.spec.selector)),
  ],
});
