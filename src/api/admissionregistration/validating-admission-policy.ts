import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ValidatingAdmissionPolicy } from '../generated/admissionregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { paramKindColumn } from './columns.ts';
import { defaultMatchResources } from './defaults.ts';
import { validatePolicyStatus } from './policy-status-validation.ts';
import { validateValidatingPolicy } from './policy-validation.ts';
import { anew } from '../update-orders.ts';
import { staticNameWarnings } from './static-names.ts';

export const validatingAdmissionPolicy: KindDefinition<ValidatingAdmissionPolicy> = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy', resource: 'validatingadmissionpolicies', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'admissionregistration.v1.ValidatingAdmissionPolicy' }],
  updateRules: anew,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  default({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata, validateUpdate: validatePolicyStatus } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: validateValidatingPolicy,
  warnings: staticNameWarnings,
  columns: [
    nameColumn,
    integerColumn('Validations', 'Validations indicates the number of validation rules defined in this configuration', ({ spec }) => spec.validations?.length ?? 0),
    paramKindColumn(),
    ageColumn,
  ],
});
