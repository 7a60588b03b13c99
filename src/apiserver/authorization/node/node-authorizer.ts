import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { SelectorError } from '../../../apimachinery/selectors/errors.ts';
import { parseFieldSelector } from '../../../apimachinery/selectors/field-selector.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { UserInfo } from '../../authentication/authenticator.ts';
import type { Authorization, AuthorizationAttributes, Authorizer, RuleResolver, UserRules } from '../authorizer.ts';
import { clusterRoles } from '../bootstrap/cluster-roles.ts';
import { roleOf } from '../bootstrap/notation.ts';
import { ruleAllows } from '../rbac.ts';
import { NodeGraph, type Reachable } from './node-graph.ts';
import { nodeOf } from './node-identity.ts';

const allow: Authorization = { decision: 'allow', reason: '' };

function noOpinion(reason = ''): Authorization {
  return { decision: 'no opinion', reason };
}

/** What a node may do: what every node may, and of objects that hold secrets only what belongs to its own pods. Source: "Using Node Authorization". */
export class NodeAuthorizer implements Authorizer, RuleResolver {
  readonly #graph: NodeGraph;
  readonly #shared: { readonly namespace: string; readonly name: string } | undefined;
  #rules: readonly DeepReadonly<PolicyRule>[] | undefined;

  /** `shared`: a ConfigMap that every node may get: what it must know of the cluster. */
  constructor(objects: () => CachedObjects, shared?: { readonly namespace: string; readonly name: string }) {
    this.#shared = shared;
    this.#graph = new NodeGraph(objects);
  }

  authorize(attributes: AuthorizationAttributes): Authorization {
    const node = nodeOf(attributes.user);
    if (node === undefined) return noOpinion();
    if (node === '') return noOpinion(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const special = attributes.isResourceRequest ? this.#special(node, attributes) : undefined;
    return special ?? (this.#nodeRules().some((rule) => ruleAllows(rule, attributes)) ? allow : noOpinion());
  }

  /** What nodes may do depends on their pods, and is no list of rules. */
  rulesFor(user: UserInfo): UserRules {
    const isNode = nodeOf(user) !== undefined;
    return { resourceRules: [], nonResourceRules: [], incomplete: isNode, ...(isNode && { evaluationError: 'node authorizer does not support user rule resolution' }) };
  }

  #nodeRules(): readonly DeepReadonly<PolicyRule>[] {
    return (this.#rules ??= clusterRoles.filter((role) => role.name === 'system:node').flatMap((role) => roleOf(role).rules ?? []));
  }

  #special(node: string, attributes: AuthorizationAttributes): Authorization | undefined {
    const { subresource } = attributes;
    switch (`${attributes.apiGroup}/${attributes.resource}`) {
      case '/secrets': return this.#read(node, 'secrets', attributes);
      case '/configmaps': return this.#isShared(attributes) ? allow : this.#read(node, 'configmaps', attributes);
      case '/persistentvolumeclaims':
        return subresource === 'status' ? this.#updateStatus(node, attributes) : this.#get(node, 'persistentvolumeclaims', attributes);
      case '/persistentvolumes': return this.#get(node, 'persistentvolumes', attributes);
      case 'resource.k8s.io/resourceclaims': return this.#get(node, 'resourceclaims', attributes);
      case 'storage.k8s.io/volumeattachments': return this.#get(node, 'volumeattachments', attributes);
      case '/serviceaccounts': return this.#serviceAccount(node, attributes);
      case 'coordination.k8s.io/leases': return lease(node, attributes);
      case 'storage.k8s.io/csinodes': return csiNode(node, attributes);
      case 'resource.k8s.io/resourceslices': return this.#resourceSlice(node, attributes);
      case '/nodes': return nodeObject(node, attributes);
      case '/pods': return this.#pod(node, attributes);
      default: return undefined;
    }
  }

  #isShared({ verb, subresource, namespace, name }: AuthorizationAttributes): boolean {
    return verb === 'get' && subresource === '' && this.#shared !== undefined && namespace === this.#shared.namespace && name === this.#shared.name;
  }

  #related(node: string, kind: Reachable, { namespace, name }: AuthorizationAttributes): Authorization {
    if (name === '') return noOpinion('No Object name found');
    return this.#graph.reaches(node, kind, namespace, name) ? allow : noOpinion(`no relationship found between node '${node}' and this object`);
  }

  #read(node: string, kind: Reachable, attributes: AuthorizationAttributes): Authorization {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return noOpinion('can only read resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot read subresource');
    if (attributes.namespace === '') return noOpinion('can only read namespaced object of this type');
    return this.#related(node, kind, attributes);
  }

  #get(node: string, kind: Reachable, attributes: AuthorizationAttributes): Authorization {
    if (attributes.verb !== 'get') return noOpinion('can only get individual resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot get subresource');
    return this.#related(node, kind, attributes);
  }

  #updateStatus(node: string, attributes: AuthorizationAttributes): Authorization {
    if (!['get', 'update', 'patch'].includes(attributes.verb)) return noOpinion('can only get/update/patch this type');
    return this.#related(node, 'persistentvolumeclaims', attributes);
  }

  #serviceAccount(node: string, attributes: AuthorizationAttributes): Authorization {
    const { verb, subresource } = attributes;
    if (verb === 'create' && subresource === 'token') return this.#related(node, 'serviceaccounts', attributes);
    if (verb === 'get' && subresource === '') return this.#related(node, 'serviceaccounts', attributes);
    return noOpinion(subresource === 'token' ? 'can only create tokens for individual service accounts' : 'can only get individual resources of this type');
  }

  #resourceSlice(node: string, attributes: AuthorizationAttributes): Authorization {
    if (attributes.subresource !== '') return noOpinion('cannot authorize ResourceSlice subresources');
    switch (attributes.verb) {
      // Of which node, is NodeRestriction's to say.
      case 'create': return allow;
      case 'get': case 'update': case 'patch': case 'delete': return this.#related(node, 'resourceslices', attributes);
      case 'list': case 'watch': case 'deletecollection':
        return selectsNode(attributes, node) ? allow : noOpinion('can only list/watch/deletecollection resourceslices with nodeName field selector');
      default: return noOpinion('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
    }
  }

  #pod(node: string, attributes: AuthorizationAttributes): Authorization | undefined {
    const { verb, subresource } = attributes;
    switch (`${verb} ${subresource}`) {
      case 'get ': return this.#get(node, 'pods', attributes);
      case 'list ': case 'watch ':
        return selectsNode(attributes, node) ? allow : noOpinion('can only list/watch pods with spec.nodeName field selector');
      // Which ones, is NodeRestriction's to say.
      case 'create ': case 'delete ': case 'update status': case 'patch status': case 'create eviction': return allow;
      default: return undefined;
    }
  }
}

function selectsNode({ fieldSelector }: AuthorizationAttributes, node: string): boolean {
  if (fieldSelector === undefined) return false;
  try {
    return parseFieldSelector(fieldSelector).requires('spec.nodeName') === node;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

function lease(node: string, { verb, namespace, name }: AuthorizationAttributes): Authorization {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (namespace !== 'kube-node-lease') return noOpinion('can only access leases in the "kube-node-lease" system namespace');
  if (verb !== 'create' && name !== node) return noOpinion('can only access node lease with the same name as the requesting node');
  return allow;
}

function csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Authorization {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return noOpinion('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node) return noOpinion('can only access CSINode with the same name as the requesting node');
  return allow;
}

function nodeObject(node: string, { verb, subresource, name }: AuthorizationAttributes): Authorization | undefined {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : undefined;
  if (subresource !== '') return undefined;
  switch (verb) {
    case 'create': case 'update': case 'patch': return allow;
    case 'get': case 'list': case 'watch':
      if (name === node) return allow;
      return noOpinion(`node '${node}' cannot read ${name === '' ? 'all nodes' : `'${name}'`}, only its own Node object`);
    default: return undefined;
  }
}
