import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import type { Draft } from '../../../apimachinery/meta.ts';

/**
 * A role in short. Each line of `rules` is `verbs : groups : resources [: names]`, or `verbs : /paths`; words are parted by blanks, `core` stands for
 * the core group.
 */
export interface DeclaredRole {
  readonly name: string;
  readonly namespace?: string;
  readonly rules?: string;
  /** Takes its rules from the roles that say they aggregate to this. */
  readonly aggregates?: string;
  readonly aggregatesTo?: readonly string[];
  /** Added by kubets: none of Kubernetes' defaults. */
  readonly isOwn?: boolean;
}

export interface DeclaredBinding {
  readonly name: string;
  readonly namespace?: string;
  /** `ClusterRole admin` */
  readonly role: string;
  /** `Group system:masters`, `ServiceAccount kube-system/kube-dns` */
  readonly subjects: readonly string[];
  readonly isOwn?: boolean;
}

const GROUP = 'rbac.authorization.k8s.io';
const AGGREGATE_TO = `${GROUP}/aggregate-to-`;
/** What the server made and keeps: a user who sets autoupdate to false is left alone. */
export const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

function metadataOf(declared: { name: string; namespace?: string; isOwn?: boolean }, labels: Record<string, string> = {}): Draft<ClusterRole>['metadata'] {
  const { name, namespace, isOwn } = declared;
  // Who lists Kubernetes' defaults by their label gets those alone.
  const mark: Record<string, string> = isOwn ? {} : { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  return { name, ...(namespace && { namespace }), labels: { ...mark, ...labels }, annotations: { [AUTO_UPDATE]: 'true' } };
}

function parseRule(line: string): PolicyRule {
  const [verbs = '', second = '', resources, names] = line.split(' : ').map((part) => part.trim());
  if (resources === undefined) return { verbs: verbs.split(' '), nonResourceURLs: second.split(' ') };
  const apiGroups = second.split(' ').map((group) => (group === 'core' ? '' : group));
  return { verbs: verbs.split(' '), apiGroups, resources: resources.split(' '), ...(names && { resourceNames: names.split(' ') }) };
}

export function roleOf(declared: DeclaredRole): Draft<ClusterRole> | Draft<Role> {
  const labels = Object.fromEntries((declared.aggregatesTo ?? []).map((to) => [AGGREGATE_TO + to, 'true']));
  const rules = (declared.rules ?? '').split('\n').map((line) => line.trim()).filter(Boolean).map(parseRule);
  const { aggregates } = declared;
  return {
    metadata: metadataOf(declared, labels),
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [AGGREGATE_TO + aggregates]: 'true' } }] } }),
    rules,
  };
}

function subjectOf(text: string): Subject {
  const space = text.indexOf(' ');
  const kind = text.slice(0, space);
  const name = text.slice(space + 1);
  if (kind !== 'ServiceAccount') return { kind, apiGroup: GROUP, name };
  const slash = name.indexOf('/');
  return { kind, namespace: name.slice(0, slash), name: name.slice(slash + 1) };
}

export function bindingOf(declared: DeclaredBinding): Draft<ClusterRoleBinding> | Draft<RoleBinding> {
  const [kind = '', name = ''] = declared.role.split(' ');
  return { metadata: metadataOf(declared), roleRef: { apiGroup: GROUP, kind, name }, subjects: declared.subjects.map(subjectOf) };
}
