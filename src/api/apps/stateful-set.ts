import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { labelName } from '../../apimachinery/validation/names.ts';
import { ageColumn, containersText, imagesText, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { defaultClaimSpec } from '../core/pod-spec/volume-defaults.ts';
import { defineKind } from '../define-kind.ts';
import type { StatefulSet, StatefulSetSpec } from '../generated/apps-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { validateNewStatefulSet, validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './stateful-set-validation.ts';
import { claimSpecWarnings } from '../core/volume-warnings.ts';
import { templateWarnings } from './workload-rules.ts';
import { changesAndSpec } from '../update-orders.ts';

const columns: readonly Column<StatefulSet>[] = [
  nameColumn,
  textColumn('Ready', 'Number of the pod with ready state', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.template.spec?.containers)),
];

function defaultStatefulSet(spec: StatefulSetSpec): void {
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    defaultClaimSpec(claim.spec);
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
  }
}

/** MaxUnavailableStatefulSet is off in 1.36: nobody gets its field who does not have it yet. Source: pkg/registry/apps/statefulset, dropStatefulSetDisabledFields. */
function dropMaxUnavailable({ spec }: StatefulSet, old?: DeepReadonly<StatefulSet>): void {
  if (old?.spec.updateStrategy.rollingUpdate?.maxUnavailable === undefined) delete spec.updateStrategy.rollingUpdate?.maxUnavailable;
}

function statefulSetWarnings(object: DeepReadonly<StatefulSet>, old: DeepReadonly<StatefulSet> | undefined): string[] {
  const { volumeClaimTemplates = [], revisionHistoryLimit = 0 } = object.spec;
  const at = FieldPath.of('spec.volumeClaimTemplates');
  return [
    ...templateWarnings(object, old),
    ...volumeClaimTemplates.flatMap(({ spec }, i) => claimSpecWarnings(spec, at.index(i))),
    ...(revisionHistoryLimit < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ];
}

export const statefulSet: KindDefinition<StatefulSet> = defineKind<StatefulSet>({
  group: 'apps', kind: 'StatefulSet', resource: 'statefulsets', namespaced: true, shortNames: ['sts'], categories: ['all'],
  versions: [{ version: 'v1', message: 'apps.v1.StatefulSet' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  validateName: labelName,
  subresources: {
    status: { validateUpdate: validateStatefulSetStatus },
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', selectorPath: '.spec.selector', version: 'v1' },
  },
  default: ({ spec }) => defaultStatefulSet(spec),
  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
    dropMaxUnavailable(object);
  },
  validate: validateStatefulSet,
  validateCreate: validateNewStatefulSet,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropMaxUnavailable(object, old);
  },
  validateUpdate: validateStatefulSetUpdate,
  warnings: statefulSetWarnings,
  columns,
});
