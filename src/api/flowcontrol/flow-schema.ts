import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { FlowSchema } from '../generated/flowcontrol-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { validateConditions } from './condition-validation.ts';
import { validateFlowSchema } from './validation.ts';
import { anew } from '../update-orders.ts';

const DEFAULT_PRECEDENCE = 1000;

export const flowSchema: KindDefinition<FlowSchema> = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io', kind: 'FlowSchema', resource: 'flowschemas', namespaced: false,
  versions: [{ version: 'v1', message: 'flowcontrol.v1.FlowSchema' }],
  updateRules: anew,
  hasGeneration: true,
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata, validateUpdate: validateConditions } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  default({ spec }) {
    if (spec) spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate: validateFlowSchema,
  prepareForUpdate: keepStatus,
  tableOrder: (a, b) => (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1),
  columns: [
    nameColumn,
    textColumn('PriorityLevel', '`name` is the name of the priority level configuration being referenced Required.', ({ spec }) => spec.priorityLevelConfiguration.name),
    textColumn('MatchingPrecedence', '`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. The chosen FlowSchema is among those with the numerically lowest (which we take to be logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in [1,10000]. Note that if the precedence is not specified, it will be set to 1000 as default.', ({ spec }) => spec.matchingPrecedence ?? 0),
    textColumn('DistinguisherMethod', '`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.', ({ spec }) => spec.distinguisherMethod?.type ?? '<none>'),
    ageColumn,
    textColumn('MissingPL', 'references a broken or non-existent PriorityLevelConfiguration', ({ status }) => status.conditions?.find((one) => one.type === 'Dangling')?.status ?? '?'),
  ],
});
