import { defineKind } from '../define-kind.ts';
import type { SubjectAccessReview } from '../generated/authorization-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const subjectAccessReview: KindDefinition<SubjectAccessReview> = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io', kind: 'SubjectAccessReview', resource: 'subjectaccessreviews', namespaced: false,
  versions: [{ version: 'v1', message: 'authorization.v1.SubjectAccessReview' }],
  stored: false, verbs: ['create'],
});
