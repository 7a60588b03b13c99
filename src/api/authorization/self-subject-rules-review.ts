import { defineKind } from '../define-kind.ts';
import type { SelfSubjectRulesReview } from '../generated/authorization-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const selfSubjectRulesReview: KindDefinition<SelfSubjectRulesReview> = defineKind<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io', kind: 'SelfSubjectRulesReview', resource: 'selfsubjectrulesreviews', namespaced: false,
  versions: [{ version: 'v1', message: 'authorization.v1.SelfSubjectRulesReview' }],
  stored: false, verbs: ['create'],
});
