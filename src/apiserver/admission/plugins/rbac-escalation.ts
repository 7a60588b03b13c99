import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { aggregateText, failure, notFound } from '../../../apimachinery/status.ts';
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
const EVERYTHING: readonly PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];

type AnyRole = DeepReadonly<ClusterRole | Role>;

/**
 * Nobody grants more than he holds, unless he may `escalate` (roles) or `bind` (bindings). Not one of the plugins that flags choose: in Kubernetes it is
 * part of storing these kinds, after all that changes the object and before it is validated, so it stands last. Source: kubernetes pkg/registry/rbac, policybased.
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

  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (isCleanUp(attributes)) return;
    await (ROLES.has(attributes.resource) ? this.#role(attributes) : this.#binding(attributes));
  }

  async #role(attributes: AdmissionAttributes): Promise<void> {
    const role = attributes.object as AnyRole;
    const isClusterRole = attributes.resource === 'clusterroles';
    if (await this.#may(attributes, { verb: 'escalate', resource: attributes.resource, name: attributes.nameInPath ?? '' })) return;
    this.#confirm(attributes, role.rules ?? [], isClusterRole ? '' : attributes.namespace);
    if (!isClusterRole || ![role, attributes.oldObject as AnyRole | undefined].some(aggregates)) return;
    if (this.#missing(attributes, EVERYTHING, '').length > 0) throw refusal(attributes, 'must have cluster-admin privileges to use the aggregationRule');
  }

  async #binding(attributes: AdmissionAttributes): Promise<void> {
    const { roleRef } = attributes.object as DeepReadonly<ClusterRoleBinding | RoleBinding>;
    const resource = { ClusterRole: 'clusterroles', Role: 'roles' }[roleRef.kind];
    if (resource !== undefined && (await this.#may(attributes, { verb: 'bind', resource, name: roleRef.name }))) return;
    if (resource === undefined) throw failure(500, '', `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`);
    const rules = this.#rbac.rulesOfRole(roleRef, attributes.namespace);
    if (!rules) throw notFound({ group: GROUP, resource: roleRef.kind.toLowerCase() }, roleRef.name);
    this.#confirm(attributes, rules, attributes.namespace);
  }

  async #may({ user, namespace }: AdmissionAttributes, what: { verb: string; resource: string; name: string }): Promise<boolean> {
    const attributes: AuthorizationAttributes = { user, namespace, isResourceRequest: true, apiGroup: GROUP, apiVersion: '*', subresource: '', path: '', ...what };
    return (await this.#authorizer.authorize(attributes)).decision === 'allow';
  }

  #missing({ user }: AdmissionAttributes, rules: readonly DeepReadonly<PolicyRule>[], namespace: string, unresolved: string[] = []): readonly DeepReadonly<PolicyRule>[] {
    return missingRules(this.#rbac.policyRulesFor(user, namespace, unresolved), rules);
  }

  #confirm(attributes: AdmissionAttributes, rules: readonly DeepReadonly<PolicyRule>[], namespace: string): void {
    const { user } = attributes;
    const unresolved: string[] = [];
    const missing = this.#missing(attributes, rules, namespace, unresolved);
    if (missing.length === 0) return;
    const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
    const errors = unresolved.length > 0 ? `; resolution errors: [${aggregateText(unresolved)}]` : '';
    throw refusal(attributes, `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${ruleTexts(missing).join('\n')}${errors}`);
  }
}

function aggregates(role: AnyRole | undefined): boolean {
  return role !== undefined && 'aggregationRule' in role && (role.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
}

/** Whether an update changes no more than what the garbage collector writes: owners and finalizers. */
function isCleanUp({ object, oldObject }: AdmissionAttributes): boolean {
  if (!object || !oldObject) return false;
  const rest = ({ metadata, ...others }: DeepReadonly<KubeObject>): object => {
    const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _managed, resourceVersion: _version, ...kept } = metadata;
    return { ...others, metadata: kept };
  };
  return isDeepStrictEqual(rest(object), rest(oldObject));
}
