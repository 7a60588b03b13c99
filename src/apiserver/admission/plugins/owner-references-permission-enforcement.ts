import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly, OwnerReference } from '../../../apimachinery/meta.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

type Owners = readonly DeepReadonly<OwnerReference>[];

/**
 * Who names an owner may delete the object, for its owner's end will; who has the owner wait for it may change the owner's finalizers.
 * Source: kubernetes plugin/pkg/admission/gc.
 */
export class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
  readonly name = 'OwnerReferencesPermissionEnforcement';
  readonly #authorizer: Authorizer;
  readonly #resources: () => ResourceTable;

  constructor({ authorizer, resources }: { authorizer: Authorizer; resources: () => ResourceTable }) {
    this.#authorizer = authorizer;
    this.#resources = resources;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && !(group === '' && resource === 'pods' && subresource === 'status');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const owners: Owners = attributes.object?.metadata?.ownerReferences ?? [];
    const before: Owners = attributes.oldObject?.metadata.ownerReferences ?? [];
    if (isDeepStrictEqual(owners, before)) return;
    const { group, version, resource, subresource, namespace, name } = attributes;
    const own = { verb: 'delete', apiGroup: group, apiVersion: version, resource, subresource, namespace, name };
    const reason = await this.#refusedBecause(attributes, own);
    if (reason !== undefined) throw refusal(attributes, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
    for (const owner of owners) {
      const wasBlocking = before.some((one) => one.uid === owner.uid && one.blockOwnerDeletion === true);
      if (owner.blockOwnerDeletion === true && !wasBlocking) await this.#checkOwner(attributes, owner);
    }
  }

  async #checkOwner(attributes: AdmissionAttributes, { apiVersion, kind, name }: DeepReadonly<OwnerReference>): Promise<void> {
    const found = this.#resources().ofKind(apiVersion, kind);
    if (!found) {
      const why = `cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
      throw refusal(attributes, `cannot set blockOwnerDeletion in this case because ${why}`);
    }
    const namespace = found.kind.namespaced ? attributes.namespace : '';
    const asked = { verb: 'update', apiGroup: found.group, apiVersion: found.version.version, resource: found.kind.resource, subresource: 'finalizers', namespace, name };
    const reason = await this.#refusedBecause(attributes, asked);
    if (reason !== undefined) throw refusal(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, <nil>`);
  }

  /** Undefined: allowed. */
  async #refusedBecause({ user }: AdmissionAttributes, asked: Omit<AuthorizationAttributes, 'user' | 'path' | 'isResourceRequest'>): Promise<string | undefined> {
    const { decision, reason } = await this.#authorizer.authorize({ ...asked, user, path: '', isResourceRequest: true });
    return decision === 'allow' ? undefined : reason;
  }
}
