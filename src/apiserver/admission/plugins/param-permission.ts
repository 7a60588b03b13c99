import type { MutatingAdmissionPolicyBinding, ParamKind, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../api/generated/admissionregistration-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual } from '../../../apimachinery/validation/immutable.ts';
import type { UserInfo } from '../../authentication/authenticator.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

type Binding = DeepReadonly<ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding>;
type Policy = DeepReadonly<Pick<ValidatingAdmissionPolicy, 'spec'>>;
type Place = Pick<AuthorizationAttributes, 'apiGroup' | 'apiVersion' | 'resource'>;

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = new Set(['validatingadmissionpolicies', 'mutatingadmissionpolicies']);
const BINDINGS = new Set(['validatingadmissionpolicybindings', 'mutatingadmissionpolicybindings']);
const ANYWHERE: Place = { apiGroup: '*', apiVersion: '*', resource: '*' };
/** Its members may read whatever there is. */
const SUPERUSERS = 'system:masters';

interface ParamPermissionTools {
  readonly authorizer: Authorizer;
  readonly objects: () => CachedObjects;
  readonly resources: () => ResourceTable;
}

/**
 * Nobody lets a policy read what he may not read himself: the kind of its parameters, and those that a binding names. Not one of the plugins that flags choose: in
 * Kubernetes it is part of storing these kinds. Source: kubernetes pkg/registry/admissionregistration, authz.go of policies and of bindings.
 */
export class ParamPermission implements AdmissionPlugin {
  readonly name = 'ParamPermission';
  readonly #tools: ParamPermissionTools;

  constructor(tools: ParamPermissionTools) {
    this.#tools = tools;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource, user }: AdmissionAttributes): boolean {
    if (group !== GROUP || subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return (POLICIES.has(resource) || BINDINGS.has(resource)) && !user.groups.includes(SUPERUSERS);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const isPolicy = POLICIES.has(attributes.resource);
    const fault = await (isPolicy ? this.#policyFault(attributes) : this.#bindingFault(attributes));
    if (fault === undefined) return;
    const errors = new FieldErrors();
    errors.forbidden(FieldPath.of(isPolicy ? 'spec.paramKind' : 'spec.paramRef'), fault);
    throw invalid({ group: GROUP, kind: attributes.kind }, attributes.name || (attributes.object?.metadata.name ?? ''), errors.causes);
  }

  async #policyFault({ object, oldObject, user }: AdmissionAttributes): Promise<string | undefined> {
    const kind = (object as unknown as Policy).spec.paramKind;
    if (!kind || semanticallyEqual((oldObject as unknown as Policy | undefined)?.spec.paramKind, kind)) return undefined;
    if (await this.#may({ user, verb: 'get', name: '*', namespace: '*', ...this.#placeOf(kind).place })) return undefined;
    return `user ${userText(user)} must have "get" permission on all objects of the referenced paramKind (kind=${kind.kind ?? ''}, apiVersion=${kind.apiVersion ?? ''})`;
  }

  async #bindingFault({ object, oldObject, user, resource }: AdmissionAttributes): Promise<string | undefined> {
    const [now, old] = [object, oldObject].map((one) => (one as Binding | undefined)?.spec);
    const ref = now?.paramRef;
    if (!ref || (old?.policyName === now?.policyName && semanticallyEqual(old?.paramRef, ref))) return undefined;
    const isMutating = resource === 'mutatingadmissionpolicybindings';
    const policyName = now?.policyName ?? '';
    const policy = this.#tools.objects().get(isMutating ? refs.mutatingAdmissionPolicies : refs.validatingAdmissionPolicies, policyName) as Policy | undefined;
    const kind = policy?.spec.paramKind;
    const { place, isKnown } = kind ? this.#placeOf(kind) : { place: ANYWHERE, isKnown: true };
    const verb = ref.name ? 'get' : 'list';
    if (await this.#may({ user, verb, name: ref.name ?? '', namespace: ref.namespace ?? '', ...place })) return undefined;
    // Kubernetes mixes the two up here.
    if (isMutating) return `user ${verb} does not have "${userText(user)}" permission on the object referenced by paramRef`;
    const everywhere = `to determine minimum required permissions and user ${userText(user)} does not have "${verb}" permission for all groups, versions and resources`;
    if (!policy) return `unable to get policy ${policyName} ${everywhere}`;
    if (!isKnown) return `unable to resolve paramKind &{${kind?.apiVersion ?? ''} ${kind?.kind ?? ''}} ${everywhere}`;
    return `user ${userText(user)} does not have "${verb}" permission on the object referenced by paramRef`;
  }

  /** Of a kind that nobody serves, all resources of its group are meant. */
  #placeOf({ apiVersion = '', kind = '' }: DeepReadonly<ParamKind>): { place: Place; isKnown: boolean } {
    const served = this.#tools.resources().ofKind(apiVersion, kind);
    const slash = apiVersion.indexOf('/');
    const resource = served?.kind.resource ?? '*';
    return { place: { apiGroup: slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion: apiVersion.slice(slash + 1), resource }, isKnown: served !== undefined };
  }

  async #may(what: Omit<AuthorizationAttributes, 'isResourceRequest' | 'subresource' | 'path'>): Promise<boolean> {
    return (await this.#tools.authorizer.authorize({ ...what, isResourceRequest: true, subresource: '', path: '' })).decision === 'allow';
  }
}

/** As Go prints a user. */
function userText({ name, uid = '', groups, extra = {} }: UserInfo): string {
  const told = Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => `${key}:[${values.join(' ')}]`);
  return `&{${name} ${uid} [${groups.join(' ')}] map[${told.join(' ')}]}`;
}
