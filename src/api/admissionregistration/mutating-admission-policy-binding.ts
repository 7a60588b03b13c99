import { defineKind } from '../define-kind.ts';
import type { MutatingAdmissionPolicyBinding } from '../generated/admissionregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { policyBindingColumns } from './columns.ts';
import { defaultMatchResources } from './defaults.ts';
import { validateMutatingBinding } from './policy-validation.ts';
import { anew } from '../update-orders.ts';
import { staticNameWarnings } from './static-names.ts';

export const mutatingAdmissionPolicyBinding: KindDefinition<MutatingAdmissionPolicyBinding> = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io', kind: 'MutatingAdmissionPolicyBinding', resource: 'mutatingadmissionpolicybindings', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'admissionregistration.v1.MutatingAdmissionPolicyBinding' }],
  updateRules: anew,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  default: ({ spec }) => defaultMatchResources(spec?.matchResources),
  validate: validateMutatingBinding,
  warnings: staticNameWarnings,
  columns: policyBindingColumns(),
});
