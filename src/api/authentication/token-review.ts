import { defineKind } from '../define-kind.ts';
import type { TokenReview } from '../generated/authentication-v1.ts';
import type { KindDefinition } from '../kind.ts';

export const tokenReview: KindDefinition<TokenReview> = defineKind<TokenReview>({
  group: 'authentication.k8s.io', kind: 'TokenReview', resource: 'tokenreviews', namespaced: false,
  versions: [{ version: 'v1', message: 'authentication.v1.TokenReview' }],
  stored: false, verbs: ['create'],
});
