import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import * as refs from '../../../api/refs.ts';
import { keyOf, type DeepReadonly, type Draft, type KubeObject, type ResourceRef } from '../../../apimachinery/meta.ts';
import { hasReason } from '../../../apimachinery/status.ts';
import type { Client } from '../../../client/client.ts';
import { bindings } from './bindings.ts';
import { clusterRoles } from './cluster-roles.ts';
import { controllerRoles } from './controller-roles.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { bindingOf, roleOf, type DeclaredBinding, type DeclaredRole } from './notation.ts';
import { agentBindings, ownBindings, ownClusterRoles } from './own-roles.ts';
import { bindingChange, roleChange, type Change } from './reconcile-plan.ts';

const CONTROLLER_PREFIX = 'system:controller:';

function controllerBinding(role: DeclaredRole): DeclaredBinding {
  return { name: role.name, role: `ClusterRole ${role.name}`, subjects: [`ServiceAccount kube-system/${role.name.slice(CONTROLLER_PREFIX.length)}`] };
}

/**
 * Writes the default roles and bindings that are missing, and gives back rules, subjects, labels and selectors that were taken from them, unless their owner has set the
 * annotation autoupdate to false. What was added is left; a binding to another role is made anew. `hasAddons`: with what the agents of kubets need; what is there of that
 * stays in any case. Source: "Using RBAC Authorization", auto-reconciliation.
 */
export async function reconcileDefaultPolicy(client: Client, signal: AbortSignal, { hasAddons } = { hasAddons: true }): Promise<void> {
  const own = <D extends object>(list: readonly D[]): D[] => list.map((one) => ({ ...one, isOwn: true }));
  const allClusterRoles = [...clusterRoles, ...controllerRoles, ...own(ownClusterRoles)];
  const allBindings = [...bindings, ...controllerRoles.map(controllerBinding), ...own([...ownClusterRoles.filter(({ name }) => name.startsWith(CONTROLLER_PREFIX)).map(controllerBinding), ...ownBindings, ...(hasAddons ? agentBindings : [])])];
  const drafts = <T extends KubeObject, D>(list: readonly D[], make: (declared: D) => unknown): Draft<T>[] => list.map((declared) => make(declared) as Draft<T>);
  await Promise.all([
    reconcile<ClusterRole>(client, refs.clusterRoles, drafts(allClusterRoles, roleOf), roleChange, signal),
    reconcile<ClusterRoleBinding>(client, refs.clusterRoleBindings, drafts(allBindings.filter((one) => !one.namespace), bindingOf), bindingChange, signal),
    reconcile<Role>(client, refs.roles, drafts(namespaceRoles, roleOf), roleChange as AnyRoleChange, signal),
    reconcile<RoleBinding>(client, refs.roleBindings, drafts(allBindings.filter((one) => one.namespace), bindingOf), bindingChange as AnyBindingChange, signal),
  ]);
}

async function reconcile<T extends KubeObject>(client: Client, ref: ResourceRef<T>, drafts: readonly Draft<T>[], changeOf: (stored: DeepReadonly<T>, draft: Draft<T>) => Change<T>, signal: AbortSignal): Promise<void> {
  const { items } = await client.resource(ref).list({ signal });
  const stored = new Map(items.map((item) => [keyOf((item as DeepReadonly<KubeObject>) as KubeObject), item]));
  await Promise.all(
    drafts.map(async (draft) => {
      const { name = '', namespace } = draft.metadata;
      const known = stored.get(namespace ? `${namespace}/${name}` : name);
      const resource = client.resource(ref, namespace);
      try {
        if (!known) return void (await resource.create(draft, { signal }));
        const change = changeOf(known, draft);
        if (change.kind === 'update') await resource.update(change.object, { signal });
        if (change.kind !== 'recreate') return;
        await resource.delete(name, { signal }).catch((error: unknown) => {
          if (!hasReason(error, 'NotFound')) throw error;
        });
        const { resourceVersion: _, uid: __, creationTimestamp: ___, managedFields: ____, ...metadata } = change.object.metadata;
        await resource.create({ ...change.object, metadata } as Draft<T>, { signal });
      } catch (error) {
        // Another server of the same cluster was first.
        if (!hasReason(error, 'AlreadyExists', 'Conflict')) throw error;
      }
    }),
  );
}

type AnyRoleChange = (stored: DeepReadonly<Role>, draft: Draft<Role>) => Change<Role>;
type AnyBindingChange = (stored: DeepReadonly<RoleBinding>, draft: Draft<RoleBinding>) => Change<RoleBinding>;
