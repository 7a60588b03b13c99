import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceClaimTemplate } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { defaultClaim } from './claim-defaults.ts';
import { validateNewResourceClaimTemplate, validateResourceClaimTemplateUpdate } from './claim-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

export const resourceClaimTemplate: KindDefinition<ResourceClaimTemplate> = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io', kind: 'ResourceClaimTemplate', resource: 'resourceclaimtemplates', namespaced: true,
  versions: [{ version: 'v1', message: 'resource.v1.ResourceClaimTemplate' }],
  updateRules: changesAndSpec,
  default: ({ spec }) => defaultClaim(spec.spec),
  validateCreate: validateNewResourceClaimTemplate,
  validateUpdate: validateResourceClaimTemplateUpdate,
  deleteReturnsObject: true,
  columns: [nameColumn, ageColumn],
});
