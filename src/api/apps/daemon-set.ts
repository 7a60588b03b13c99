import { isDeepStrictEqual } from 'node:util';
import { ageColumn, containersText, imagesText, integerColumn, labelsText, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { defineKind } from '../define-kind.ts';
import type { DaemonSet } from '../generated/apps-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { keepStatus } from '../status-fields.ts';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './daemon-set-validation.ts';
import { templateWarnings } from './workload-rules.ts';
import { specTwice } from '../update-orders.ts';

/** Counts the templates that a daemon set had; kept for clients of its first API versions. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const columns: readonly Column<DaemonSet>[] = [
  nameColumn,
  integerColumn('Desired', 'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/', ({ status }) => status.desiredNumberScheduled),
  integerColumn('Current', 'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/', ({ status }) => status.currentNumberScheduled),
  integerColumn('Ready', 'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.', ({ status }) => status.numberReady),
  integerColumn('Up-to-date', 'The total number of nodes that are running updated daemon pod', ({ status }) => status.updatedNumberScheduled ?? 0),
  integerColumn('Available', 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)', ({ status }) => status.numberAvailable ?? 0),
  textColumn('Node Selector', "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/", ({ spec }) => labelsText(spec.template.spec?.nodeSelector)),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.template.spec?.containers)),
  wideColumn('Selector', "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors", ({ spec }) => labelSelectorText(spec.selector)),
];

function countTemplates(object: DaemonSet, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function templateGeneration(annotations: Readonly<Record<string, string>> | undefined): number {
  return Number.parseInt(annotations?.[TEMPLATE_GENERATION] ?? '0', 10) || 0;
}

export const daemonSet: KindDefinition<DaemonSet> = defineKind<DaemonSet>({
  group: 'apps', kind: 'DaemonSet', resource: 'daemonsets', namespaced: true, shortNames: ['ds'], categories: ['all'],
  versions: [{ version: 'v1', message: 'apps.v1.DaemonSet' }],
  updateRules: specTwice,
  hasGeneration: true,
  versionAnnotation: TEMPLATE_GENERATION,
  subresources: { status: { validateUpdate: validateDaemonSetStatus } },
  default({ metadata, spec }) {
    // Every representation carries it, from the first: whoever creates the object manages it.
    metadata.annotations = { [TEMPLATE_GENERATION]: '0', ...metadata.annotations };
    const strategy = (spec.updateStrategy ??= {});
    strategy.type ||= 'RollingUpdate';
    if (strategy.type === 'RollingUpdate') {
      const rolling = (strategy.rollingUpdate ??= {});
      rolling.maxUnavailable ??= 1;
      rolling.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(object) {
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    countTemplates(object, Math.max(1, templateGeneration(object.metadata.annotations)));
  },
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const before = templateGeneration(old.metadata.annotations);
    countTemplates(object, isDeepStrictEqual(object.spec.template, old.spec.template) ? before : before + 1);
  },
  warnings: templateWarnings,
  columns,
});
