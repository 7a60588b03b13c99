import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../api/generated/rbac-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { aggregateText } from '../../apimachinery/status.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { Authorization, AuthorizationAttributes, Authorizer, NonResourceRule, ResourceRule, RuleResolver, UserRules } from './authorizer.ts';

/** Where the objects of RBAC are read from: a cache, at once. */
export interface RbacObjects {
  clusterRole(name: string): DeepReadonly<ClusterRole> | undefined;
  role(namespace: string, name: string): DeepReadonly<Role> | undefined;
  clusterRoleBindings(): readonly DeepReadonly<ClusterRoleBinding>[];
  roleBindings(): readonly DeepReadonly<RoleBinding>[];
  /** Another number after each change of a binding. */
  readonly bindingsVersion: number;
}

type Binding = DeepReadonly<ClusterRoleBinding> | DeepReadonly<RoleBinding>;

interface BoundRole {
  readonly binding: Binding;
  readonly subject: DeepReadonly<Subject>;
}

const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
/** Its members may do everything, whatever the roles say: how a broken policy is mended. */
const SUPERUSERS = 'system:masters';

export const superuserAuthorizer: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(SUPERUSERS) ? { decision: 'allow', reason: '' } : { decision: 'no opinion', reason: '' }),
};

/** Role-based access control. Source: "Using RBAC Authorization". */
export class RbacAuthorizer implements Authorizer, RuleResolver {
  readonly #objects: RbacObjects;
  #index: BindingIndex | undefined;

  constructor(objects: RbacObjects) {
    this.#objects = objects;
  }

  authorize(attributes: AuthorizationAttributes): Authorization {
    const missing: string[] = [];
    for (const { binding, subject } of this.#bound(attributes.user, attributes.namespace)) {
      const rules = this.#rulesOf(binding, missing);
      if (rules?.some((rule) => ruleAllows(rule, attributes))) return { decision: 'allow', reason: allowedBy(binding, subject) };
    }
    if (missing.length === 0) return { decision: 'no opinion', reason: '' };
    return { decision: 'no opinion', reason: `RBAC: ${aggregateText(missing)}` };
  }

  rulesFor(user: UserInfo, namespace: string): UserRules {
    const missing: string[] = [];
    const resourceRules: ResourceRule[] = [];
    const nonResourceRules: NonResourceRule[] = [];
    for (const rule of this.policyRulesFor(user, namespace, missing)) {
      const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
      if (resources.length > 0) resourceRules.push({ verbs, apiGroups, resources, resourceNames });
      if (nonResourceURLs.length > 0) nonResourceRules.push({ verbs, nonResourceURLs });
    }
    return { resourceRules, nonResourceRules, incomplete: false, ...(missing.length > 0 && { evaluationError: aggregateText(missing) }) };
  }

  /** All rules that hold for the user: of the cluster, and of the namespace unless it is empty. `missing` gets the roles that are named but not there. */
  policyRulesFor(user: UserInfo, namespace: string, missing: string[] = []): DeepReadonly<PolicyRule>[] {
    return [...this.#bound(user, namespace)].flatMap(({ binding }) => this.#rulesOf(binding, missing) ?? []);
  }

  /** The rules of a role that a binding in `namespace` names; undefined when there is no such role. */
  rulesOfRole(ref: DeepReadonly<ClusterRoleBinding['roleRef']>, namespace: string): readonly DeepReadonly<PolicyRule>[] | undefined {
    const role = ref.kind === 'ClusterRole' ? this.#objects.clusterRole(ref.name) : this.#objects.role(namespace, ref.name);
    return role && (role.rules ?? []);
  }

  #rulesOf(binding: Binding, missing: string[]): readonly DeepReadonly<PolicyRule>[] | undefined {
    const { roleRef } = binding;
    const rules = this.rulesOfRole(roleRef, binding.metadata.namespace ?? '');
    if (!rules) missing.push(`${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`);
    return rules;
  }

  *#bound(user: UserInfo, namespace: string): Iterable<BoundRole> {
    const version = this.#objects.bindingsVersion;
    if (this.#index?.version !== version) this.#index = new BindingIndex(version, this.#objects);
    const scopes = namespace === '' ? [''] : ['', namespace];
    for (const scope of scopes) yield* this.#index.of(user, scope);
  }
}

/** Bindings by scope (a namespace, or '' for the cluster) and subject. */
class BindingIndex {
  readonly version: number;
  readonly #bySubject = new Map<string, BoundRole[]>();

  constructor(version: number, objects: RbacObjects) {
    this.version = version;
    for (const binding of objects.clusterRoleBindings()) this.#enter('', binding);
    for (const binding of objects.roleBindings()) this.#enter(binding.metadata.namespace ?? '', binding);
  }

  #enter(scope: string, binding: Binding): void {
    for (const subject of binding.subjects ?? []) {
      const key = `${scope}\0${subjectKey(subject, scope)}`;
      const known = this.#bySubject.get(key);
      if (known) known.push({ binding, subject });
      else this.#bySubject.set(key, [{ binding, subject }]);
    }
  }

  *of(user: UserInfo, scope: string): Iterable<BoundRole> {
    yield* this.#bySubject.get(`${scope}\0User ${user.name}`) ?? [];
    if (user.name.startsWith(SERVICE_ACCOUNT_PREFIX)) yield* this.#bySubject.get(`${scope}\0ServiceAccount ${user.name}`) ?? [];
    for (const group of user.groups) yield* this.#bySubject.get(`${scope}\0Group ${group}`) ?? [];
  }
}

function subjectKey(subject: DeepReadonly<Subject>, scope: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${subject.name}`;
  return `ServiceAccount ${SERVICE_ACCOUNT_PREFIX}${subject.namespace || scope}:${subject.name}`;
}

function allowedBy(binding: Binding, subject: DeepReadonly<Subject>): string {
  const { name, namespace } = binding.metadata;
  const bindingText = namespace ? `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}` : `ClusterRoleBinding ${JSON.stringify(name)}`;
  const owner = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace || ''}` : subject.name;
  return `RBAC: allowed by ${bindingText} of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)} to ${subject.kind} ${JSON.stringify(owner)}`;
}

export function ruleAllows(rule: DeepReadonly<PolicyRule>, attributes: AuthorizationAttributes): boolean {
  if (!includesOrAll(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return rule.nonResourceURLs?.some((url) => pathMatches(url, attributes.path)) ?? false;
  const { apiGroup, resource, subresource, name } = attributes;
  return (
    includesOrAll(rule.apiGroups ?? [], apiGroup) &&
    (rule.resources?.some((one) => resourceMatches(one, resource, subresource)) ?? false) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

function includesOrAll(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

/** A star alone is every resource and subresource; before a slash, it is the subresource of every resource. */
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  if (pattern === '*') return true;
  if (subresource === '') return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}
