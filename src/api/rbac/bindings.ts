/** What RoleBinding and ClusterRoleBinding share. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { ClusterRoleBinding, RoleBinding, Subject } from '../generated/rbac-v1.ts';
import type { Column } from '../kind.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

type Binding = RoleBinding | ClusterRoleBinding;

export function defaultBinding(binding: Binding): void {
  const { roleRef, subjects } = binding;
  if (roleRef) roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function subjectsText(binding: DeepReadonly<Binding>, kind: string): string {
  const name = (subject: DeepReadonly<Subject>): string => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name);
  return (binding.subjects ?? []).filter((subject) => subject.kind === kind).map(name).join(', ');
}

export function bindingColumns<T extends Binding>(kind: string, roleText: string): readonly Column<T>[] {
  return [
    nameColumn,
    textColumn('Role', roleText, ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn,
    wideColumn('Users', `Users in the ${kind}`, (binding) => subjectsText(binding, 'User')),
    wideColumn('Groups', `Groups in the ${kind}`, (binding) => subjectsText(binding, 'Group')),
    wideColumn('ServiceAccounts', `ServiceAccounts in the ${kind}`, (binding) => subjectsText(binding, 'ServiceAccount')),
  ];
}
