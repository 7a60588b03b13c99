import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { definitionWarnings } from './format-warnings.ts';
import { validateDefinitionStatus, validateDefinitionUpdate, validateNewDefinition } from './validation.ts';
import { changesAndSpec } from '../update-orders.ts';

function storageVersions({ spec }: CustomResourceDefinition): string[] {
  const versions = (spec.versions as typeof spec.versions | null) ?? [];
  return versions.filter((version) => version.storage).map(({ name }) => name);
}

export const customResourceDefinition: KindDefinition<CustomResourceDefinition> = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', resource: 'customresourcedefinitions', namespaced: false,
  shortNames: ['crd', 'crds'], categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'apiextensions.v1.CustomResourceDefinition' }],
  updateRules: changesAndSpec,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  subresources: { status: { validateUpdate: validateDefinitionStatus } },
  // What is written to the metadata beside a status stays, so who writes it owns it.
  resetFields: { '': ['status'], status: ['spec'] },
  default({ spec }) {
    const { names } = spec;
    names.singular ||= names.kind.toLowerCase();
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
    for (const service of [spec.conversion.webhook?.clientConfig?.service]) if (service) service.port ??= 443;
  },
  prepareForCreate(object) {
    // Validation says what is wrong with one without versions.
    object.status = { acceptedNames: { plural: '', kind: '' }, storedVersions: storageVersions(object) };
  },
  validateCreate: validateNewDefinition,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    // In which versions objects may be stored is never forgotten here.
    object.status.storedVersions = [...new Set([...(object.status.storedVersions ?? []), ...storageVersions(object)])];
  },
  validateUpdate: validateDefinitionUpdate,
  warnings: definitionWarnings,
  columns: defaultColumns,
});
