import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { MutatingAdmissionPolicy } from '../generated/admissionregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { paramKindColumn } from './columns.ts';
import { defaultMatchResources } from './defaults.ts';
import { validateMutatingPolicy } from './policy-validation.ts';
import { anew } from '../update-orders.ts';
import { staticNameWarnings } from './static-names.ts';

export const mutatingAdmissionPolicy: KindDefinition<MutatingAdmissionPolicy> = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io', kind: 'MutatingAdmissionPolicy', resource: 'mutatingadmissionpolicies', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'admissionregistration.v1.MutatingAdmissionPolicy' }],
  updateRules: anew,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  default({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  validate: validateMutatingPolicy,
  warnings: staticNameWarnings,
  columns: [
    nameColumn,
    integerColumn('Mutations', 'Mutation indicates the number of mutations rules defined in this configuration', ({ spec }) => spec.mutations?.length ?? 0),
    paramKindColumn(),
    ageColumn,
  ],
});
