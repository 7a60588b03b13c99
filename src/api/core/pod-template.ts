import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { containersText, imagesText, labelsText, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PodTemplate } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { defaultPodTemplate } from './pod-spec/defaults.ts';
import { validatePodTemplateSpec } from './pod-spec/validation.ts';
import { podTemplateWarnings } from './pod-warnings.ts';
import { changesAndSpec } from '../update-orders.ts';

const TEMPLATE = FieldPath.of('template');

export const podTemplate: KindDefinition<PodTemplate> = defineKind<PodTemplate>({
  group: '', kind: 'PodTemplate', resource: 'podtemplates', namespaced: true,
  versions: [{ version: 'v1', message: 'core.v1.PodTemplate' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  generationOf: (object) => object.template,
  default: (object) => {
    defaultPodTemplate(object.template);
  },
  validate: (object, errors) => {
    validatePodTemplateSpec(object.template, TEMPLATE, errors);
  },
  warnings: (object, old) => podTemplateWarnings(object.template, TEMPLATE, object, old),
  deleteReturnsObject: true,
  columns: [
    nameColumn,
    textColumn('Containers', 'Names of each container in the template.', (object) => containersText(object.template.spec.containers)),
    textColumn('Images', 'Images referenced by each container in the template.', (object) => imagesText(object.template.spec.containers)),
    textColumn('Pod Labels', 'The labels for the pod template.', (object) => labelsText(object.template.metadata?.labels)),
  ],
});
