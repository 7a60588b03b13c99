import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { notFound } from '../../../apimachinery/status.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import { missingRules, ruleTexts } from '../../authorization/covers.ts';
import type { RbacAuthorizer } from '../../authorization/rbac.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = new Set(['roles', 'clusterroles']);
const BINDINGS = new Set(['rolebindings', 'clusterrolebindings']);
/** Its members may grant what they like. */
const SUPERUSERS = 'system:masters';

/**
 * Nobody grants more than he holds, unless he may `escalate` (roles) or `bind` (bindings). Not one of the plugins that flags choose: in Kubernetes it is
 * part of storing these kinds. Source: kubernetes pkg/registry/rbac, policybased.
 */
export class RbacEscalation implements AdmissionPlugin {
  readonly name = 'RbacEscalation';
  readonly #rbac: RbacAuthorizer;
  readonly #authorizer: Authorizer;

  constructor(options: { rbac: RbacAuthorizer; authorizer: Authorizer }) {
    this.#rbac = options.rbac;
    this.#authorizer = options.authorizer;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, user }: AdmissionAttributes): boolean {
    if (group !== GROUP || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return (ROLES.has(resource) || BINDINGS.has(resource)) && !user.groups.includes(SUPERUSERS);
  }

  validate(attributes: AdmissionAttributes): Promise<void> {
    return ROLES.has(attributes.resource) ? this.#role(attributes) : this.#binding(attributes);
  }

  async #role(attributes: AdmissionAttributes): Promise<void> {
    const role = attributes.object as DeepReadonly<ClusterRole | Role>;
    const old = attributes.oldObject as DeepReadonly<ClusterRole | Role> | undefined;
    const isClusterRole = attributes.resource === 'clusterroles';
    const rulesOf = (one: DeepReadonly<ClusterRole | Role>): unknown => [one.rules ?? [], 'aggregationRule' in one ? one.aggregationRule : undefined];
    if (old && isDeepStrictEqual(rulesOf(old), rulesOf(role))) return;
    const name = attributes.name || role.metadata.name;
    if (await this.#may(attributes, { verb: 'escalate', resource: attributes.resource, name })) return;
    if (isClusterRole && (role as ClusterRole).aggregationRule) this.#confirm(attributes, [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }], '');
    this.#confirm(attributes, role.rules ?? [], isClusterRole ? '' : attributes.namespace);
  }

  async #binding(attributes: AdmissionAttributes): Promise<void> {
    const binding = attributes.object as DeepReadonly<ClusterRoleBinding | RoleBinding>;
    const old = attributes.oldObject as DeepReadonly<ClusterRoleBinding | RoleBinding> | undefined;
    if (old && isDeepStrictEqual([old.roleRef, old.subjects ?? []], [binding.roleRef, binding.subjects ?? []])) return;
    const { roleRef } = binding;
    const resource = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (await this.#may(attributes, { verb: 'bind', resource, name: roleRef.name })) return;
    const rules = this.#rbac.rulesOfRole(roleRef, attributes.namespace);
    if (!rules) throw notFound({ group: GROUP, resource }, roleRef.name);
    this.#confirm(attributes, rules, attributes.namespace);
  }

  async #may({ user, namespace }: AdmissionAttributes, what: { verb: string; resource: string; name: string }): Promise<boolean> {
    const attributes: AuthorizationAttributes = { user, namespace, isResourceRequest: true, apiGroup: GROUP, apiVersion: 'v1', subresource: '', path: '', ...what };
    return (await this.#authorizer.authorize(attributes)).decision === 'allow';
  }

  #confirm(attributes: AdmissionAttributes, rules: readonly DeepReadonly<PolicyRule>[], namespace: string): void {
    const { user } = attributes;
    const unresolved: string[] = [];
    const missing = missingRules(this.#rbac.policyRulesFor(user, namespace, unresolved), rules);
    if (missing.length === 0) return;
    const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
    const errors = unresolved.length > 0 ? `; resolution errors: [${unresolved.join(', ')}]` : '';
    throw refusal(attributes, `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${ruleTexts(missing).join('\n')}${errors}`);
  }
}
