import type { UserInfo } from '../authentication/authenticator.ts';
import type { Authorization, AuthorizationAttributes, Authorizer, NonResourceRule, ResourceRule, RuleResolver, UserRules } from './authorizer.ts';

interface AbacPolicy {
  readonly user: string;
  readonly group: string;
  readonly readonly: boolean;
  readonly namespace: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly nonResourcePath: string;
}

const VERSION = 'abac.authorization.kubernetes.io/v1beta1';
const READS = ['get', 'list', 'watch'];

/** Attribute-based access control: a file with a policy, as JSON, a line. Source: "Using ABAC Authorization". */
export class AbacAuthorizer implements Authorizer, RuleResolver {
  readonly #policies: readonly AbacPolicy[];

  /** Throws Error naming the line for a text of another form. */
  constructor(text: string) {
    this.#policies = text.split('\n').flatMap((line, index) => (line.trim() === '' || line.trim().startsWith('#') ? [] : [policyOf(line, index + 1)]));
  }

  authorize(attributes: AuthorizationAttributes): Authorization {
    const isAllowed = this.#policies.some((policy) => isSubject(policy, attributes.user) && isRead(policy, attributes) && covers(policy, attributes));
    return isAllowed ? { decision: 'allow', reason: '' } : { decision: 'no opinion', reason: 'No policy matched.' };
  }

  rulesFor(user: UserInfo, namespace: string): UserRules {
    const resourceRules: ResourceRule[] = [];
    const nonResourceRules: NonResourceRule[] = [];
    for (const policy of this.#policies.filter((one) => isSubject(one, user))) {
      const verbs = policy.readonly ? READS : ['*'];
      if (policy.resource !== '' && (policy.namespace === '*' || policy.namespace === namespace)) resourceRules.push({ verbs, apiGroups: [policy.apiGroup], resources: [policy.resource], resourceNames: [] });
      if (policy.nonResourcePath !== '') nonResourceRules.push({ verbs, nonResourceURLs: [policy.nonResourcePath] });
    }
    return { resourceRules, nonResourceRules, incomplete: false };
  }
}

function policyOf(line: string, number: number): AbacPolicy {
  let value: { apiVersion?: string; kind?: string; spec?: Partial<AbacPolicy> };
  try {
    value = JSON.parse(line) as typeof value;
  } catch (error) {
    throw new Error(`line ${number}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (value.kind !== 'Policy' || value.apiVersion !== VERSION) throw new Error(`line ${number} must be a Policy of ${VERSION}`);
  const { user = '', group = '', namespace = '', apiGroup = '', resource = '', nonResourcePath = '' } = value.spec ?? {};
  return { user, group, readonly: value.spec?.readonly ?? false, namespace, apiGroup, resource, nonResourcePath };
}

function isSubject({ user, group }: AbacPolicy, { name, groups }: UserInfo): boolean {
  if (user === '' && group === '') return false;
  const isUser = user === '' || (user === '*' ? groups.includes('system:authenticated') : user === name);
  return isUser && (group === '' || (group === '*' ? groups.includes('system:authenticated') : groups.includes(group)));
}

function isRead(policy: AbacPolicy, { verb }: AuthorizationAttributes): boolean {
  return !policy.readonly || READS.includes(verb);
}

function covers(policy: AbacPolicy, { isResourceRequest, namespace, apiGroup, resource, path }: AuthorizationAttributes): boolean {
  const fits = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
  if (isResourceRequest) return fits(policy.namespace, namespace) && fits(policy.resource, resource) && policy.resource !== '' && fits(policy.apiGroup, apiGroup);
  const { nonResourcePath: pattern } = policy;
  return pattern !== '' && (fits(pattern, path) || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))));
}
