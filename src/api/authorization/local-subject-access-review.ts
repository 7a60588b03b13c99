import { defineKind } from '../define-kind.ts';
import type { LocalSubjectAccessReview } from '../generated/authorization-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const localSubjectAccessReview: KindDefinition<LocalSubjectAccessReview> = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io', kind: 'LocalSubjectAccessReview', resource: 'localsubjectaccessreviews', namespaced: true,
  versions: [{ version: 'v1', message: 'authorization.v1.LocalSubjectAccessReview' }],
  stored: false, verbs: ['create'],
});
