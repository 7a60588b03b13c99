import { ageColumn, containersText, imagesText, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { defineKind } from '../define-kind.ts';
import type { Deployment } from '../generated/apps-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { keepSpec, keepStatus } from '../status-fields.ts';
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './deployment-validation.ts';
import { workloadWarnings } from './workload-rules.ts';
import { changesAndSpec } from '../update-orders.ts';

const columns: readonly Column<Deployment>[] = [
  nameColumn,
  textColumn('Ready', 'Number of the pod with ready state', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
  textColumn('Up-to-date', 'Total number of non-terminating pods targeted by this deployment that have the desired template spec.', ({ status }) => status.updatedReplicas ?? 0),
  textColumn('Available', 'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.', ({ status }) => status.availableReplicas ?? 0),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.template.spec?.containers)),
  wideColumn('Selector', "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.", ({ spec }) => labelSelectorText(spec.selector)),
];

export const deployment: KindDefinition<Deployment> = defineKind<Deployment>({
  group: 'apps', kind: 'Deployment', resource: 'deployments', namespaced: true, shortNames: ['deploy'], categories: ['all'],
  versions: [{ version: 'v1', message: 'apps.v1.Deployment' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  // The controller tells a new rollout of an old template by its annotations.
  generationOf: ({ spec, metadata }) => ({ spec, annotations: metadata.annotations }),
  resetFields: { '': ['status'], status: ['spec', 'metadata.labels'] },
  subresources: {
    // The controller writes the revision, an annotation, together with the status, so that it is no new generation.
    status: {
      prepareForUpdate(object, old) {
        keepSpec(object, old);
        if (old.metadata.labels) object.metadata.labels = { ...old.metadata.labels };
        else delete object.metadata.labels;
      },
      validateUpdate: validateDeploymentStatus,
    },
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', selectorPath: '.spec.selector', version: 'v1' },
  },
  default({ spec }) {
    spec.replicas ??= 1;
    const strategy = (spec.strategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      const rolling = (strategy.rollingUpdate ??= {});
      rolling.maxUnavailable ??= '25%';
      rolling.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate: validateDeployment,
  prepareForUpdate: keepStatus,
  validateUpdate: validateDeploymentUpdate,
  warnings: workloadWarnings,
  columns,
});
