import type { Authorizer, RuleResolver } from './authorizer.ts';

const NO_RULES = { resourceRules: [], nonResourceRules: [], incomplete: false };

/** `AlwaysAllow`: for tests; everybody is an administrator. */
export const alwaysAllow: Authorizer & RuleResolver = {
  authorize: () => ({ decision: 'allow', reason: '' }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
};

/** `AlwaysDeny`: allows nothing. */
export const alwaysDeny: Authorizer & RuleResolver = {
  authorize: () => ({ decision: 'no opinion', reason: 'Everything is forbidden.' }),
  rulesFor: () => NO_RULES,
};
