import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceClaimTemplate } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { defaultClaim } from './claim-defaults.ts';
import { validateResourceClaimTemplate, validateResourceClaimTemplateUpdate } from './validation.ts';

export const resourceClaimTemplate: KindDefinition<ResourceClaimTemplate> = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io', kind: 'ResourceClaimTemplate', resource: 'resourceclaimtemplates', namespaced: true,
  versions: [{ version: 'v1', message: 'resource.v1.ResourceClaimTemplate' }],
  default: ({ spec }) => defaultClaim(spec.spec),
  validate: validateResourceClaimTemplate,
  validateUpdate: validateResourceClaimTemplateUpdate,
  deleteReturnsObject: true,
  columns: [nameColumn, ageColumn],
});
