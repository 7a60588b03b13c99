import { defineKind } from '../define-kind.ts';
import type { ValidatingAdmissionPolicyBinding } from '../generated/admissionregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { policyBindingColumns } from './columns.ts';
import { defaultMatchResources } from './defaults.ts';
import { validateValidatingBinding } from './policy-validation.ts';
import { anew } from '../update-orders.ts';
import { staticNameWarnings } from './static-names.ts';

export const validatingAdmissionPolicyBinding: KindDefinition<ValidatingAdmissionPolicyBinding> = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding', resource: 'validatingadmissionpolicybindings', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'admissionregistration.v1.ValidatingAdmissionPolicyBinding' }],
  updateRules: anew,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  default: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: validateValidatingBinding,
  warnings: staticNameWarnings,
  columns: policyBindingColumns(),
});
