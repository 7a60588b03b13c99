import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import * as refs from '../../../api/refs.ts';
import { copyOf } from '../../../apimachinery/deep-copy.ts';
import { keyOf, type DeepReadonly, type Draft, type KubeObject, type ResourceRef } from '../../../apimachinery/meta.ts';
import { hasReason } from '../../../apimachinery/status.ts';
import type { Client } from '../../../client/client.ts';
import { bindings } from './bindings.ts';
import { clusterRoles } from './cluster-roles.ts';
import { controllerRoles } from './controller-roles.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { AUTO_UPDATE, bindingOf, roleOf, type DeclaredBinding, type DeclaredRole } from './notation.ts';
import { ownBindings, ownClusterRoles } from './own-roles.ts';

const CONTROLLER_PREFIX = 'system:controller:';

function controllerBinding(role: DeclaredRole): DeclaredBinding {
  return { name: role.name, role: `ClusterRole ${role.name}`, subjects: [`ServiceAccount kube-system/${role.name.slice(CONTROLLER_PREFIX.length)}`] };
}

/**
 * Writes the default roles and bindings that are missing, and gives back rules and subjects that were taken from them, unless their owner has set the
 * annotation autoupdate to false. What was added is left. Source: "Using RBAC Authorization", auto-reconciliation.
 */
export async function reconcileDefaultPolicy(client: Client, signal: AbortSignal): Promise<void> {
  const own = <D extends object>(list: readonly D[]): D[] => list.map((one) => ({ ...one, isOwn: true }));
  const allClusterRoles = [...clusterRoles, ...controllerRoles, ...own(ownClusterRoles)];
  const allBindings = [...bindings, ...controllerRoles.map(controllerBinding), ...own([...ownClusterRoles.filter(({ name }) => name.startsWith(CONTROLLER_PREFIX)).map(controllerBinding), ...ownBindings])];
  const drafts = <T extends KubeObject, D>(list: readonly D[], make: (declared: D) => unknown): Draft<T>[] => list.map((declared) => make(declared) as Draft<T>);
  await Promise.all([
    reconcile<ClusterRole>(client, refs.clusterRoles, drafts(allClusterRoles, roleOf), missingRules, signal),
    reconcile<ClusterRoleBinding>(client, refs.clusterRoleBindings, drafts(allBindings.filter((one) => !one.namespace), bindingOf), missingSubjects, signal),
    reconcile<Role>(client, refs.roles, drafts(namespaceRoles, roleOf), missingRules, signal),
    reconcile<RoleBinding>(client, refs.roleBindings, drafts(allBindings.filter((one) => one.namespace), bindingOf), missingSubjects, signal),
  ]);
}

/** Gives the stored object with what it lacks of the draft; undefined when it lacks nothing. */
type Completion<T extends KubeObject> = (stored: DeepReadonly<T>, draft: Draft<T>) => T | undefined;

async function reconcile<T extends KubeObject>(client: Client, ref: ResourceRef<T>, drafts: readonly Draft<T>[], complete: Completion<T>, signal: AbortSignal): Promise<void> {
  const { items } = await client.resource(ref).list({ signal });
  const stored = new Map(items.map((item) => [keyOf((item as DeepReadonly<KubeObject>) as KubeObject), item]));
  await Promise.all(
    drafts.map(async (draft) => {
      const { name = '', namespace } = draft.metadata;
      const known = stored.get(namespace ? `${namespace}/${name}` : name);
      const resource = client.resource(ref, namespace);
      try {
        if (!known) await resource.create(draft, { signal });
        else {
          if ((known as DeepReadonly<KubeObject>).metadata.annotations?.[AUTO_UPDATE] === 'false') return;
          const completed = complete(known, draft);
          if (completed) await resource.update(completed, { signal });
        }
      } catch (error) {
        // Another server of the same cluster was first.
        if (!hasReason(error, 'AlreadyExists', 'Conflict')) throw error;
      }
    }),
  );
}

function missing<E>(stored: readonly E[], wanted: readonly E[]): E[] {
  const known = new Set(stored.map((one) => canonical(one)));
  return wanted.filter((one) => !known.has(canonical(one)));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner,
  );
}

function missingRules<T extends ClusterRole | Role>(stored: DeepReadonly<T>, draft: Draft<T>): T | undefined {
  const wanted = draft as Draft<ClusterRole>;
  // The rules of an aggregated role are its controller's.
  if (wanted.aggregationRule) return undefined;
  const lacking = missing<DeepReadonly<PolicyRule>>((stored as DeepReadonly<ClusterRole>).rules ?? [], wanted.rules ?? []);
  if (lacking.length === 0) return undefined;
  const completed = copyOf(stored) as ClusterRole;
  completed.rules = [...(completed.rules ?? []), ...(lacking as PolicyRule[])];
  return completed as T;
}

function missingSubjects<T extends ClusterRoleBinding | RoleBinding>(stored: DeepReadonly<T>, draft: Draft<T>): T | undefined {
  const lacking = missing<DeepReadonly<Subject>>((stored as DeepReadonly<ClusterRoleBinding>).subjects ?? [], (draft as Draft<ClusterRoleBinding>).subjects ?? []);
  if (lacking.length === 0) return undefined;
  const completed = copyOf(stored) as ClusterRoleBinding;
  completed.subjects = [...(completed.subjects ?? []), ...(lacking as Subject[])];
  return completed as T;
}
