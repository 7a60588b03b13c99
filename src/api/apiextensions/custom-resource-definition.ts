import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { validateDefinition, validateDefinitionUpdate } from './validation.ts';

export const customResourceDefinition: KindDefinition<CustomResourceDefinition> = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', resource: 'customresourcedefinitions', namespaced: false,
  shortNames: ['crd', 'crds'], categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'apiextensions.v1.CustomResourceDefinition' }],
  hasGeneration: true,
  subresources: { status: {} },
  default({ spec }) {
    const { names } = spec;
    names.singular ||= names.kind.toLowerCase();
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
    for (const service of [spec.conversion.webhook?.clientConfig?.service]) if (service) service.port ??= 443;
  },
  prepareForCreate(object) {
    // Validation says what is wrong with one without versions.
    const storage = (object.spec.versions as typeof object.spec.versions | null)?.find((version) => version.storage);
    object.status = { acceptedNames: { plural: '', kind: '' }, storedVersions: storage ? [storage.name] : [] };
  },
  validate: validateDefinition,
  prepareForUpdate: keepStatus,
  validateUpdate: validateDefinitionUpdate,
  columns: defaultColumns,
});
