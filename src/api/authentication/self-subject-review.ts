import { defineKind } from '../define-kind.ts';
import type { SelfSubjectReview } from '../generated/authentication-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const selfSubjectReview: KindDefinition<SelfSubjectReview> = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io', kind: 'SelfSubjectReview', resource: 'selfsubjectreviews', namespaced: false,
  versions: [{ version: 'v1', message: 'authentication.v1.SelfSubjectReview' }],
  stored: false, verbs: ['create'],
});
