import { defineKind } from '../define-kind.ts';
import type { SelfSubjectAccessReview } from '../generated/authorization-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const selfSubjectAccessReview: KindDefinition<SelfSubjectAccessReview> = defineKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview', resource: 'selfsubjectaccessreviews', namespaced: false,
  versions: [{ version: 'v1', message: 'authorization.v1.SelfSubjectAccessReview' }],
  stored: false, verbs: ['create'],
});
