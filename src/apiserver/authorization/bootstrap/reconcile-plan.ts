import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Subject } from '../../../api/generated/rbac-v1.ts';
import { copyOf } from '../../../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft, KubeObject } from '../../../apimachinery/meta.ts';
import { missingRules } from '../covers.ts';
import { AUTO_UPDATE } from './notation.ts';

/** What becomes of an object that is there: nothing, an update, or, where what it lacks cannot be changed, another one in its place. */
export type Change<T> = { readonly kind: 'none' } | { readonly kind: 'update' | 'recreate'; readonly object: T };

const NONE = { kind: 'none' } as const;

/** What a default role lacks, added to what its owners made of it. Source: component-helpers auth/rbac/reconciliation, reconcile_role.go. */
export function roleChange(stored: DeepReadonly<ClusterRole>, draft: Draft<ClusterRole>): Change<ClusterRole> {
  if (isProtected(stored)) return NONE;
  const metadata = completedMetadata(stored, draft);
  const rules = isDeepStrictEqual(stored.rules ?? [], draft.rules ?? []) ? [] : missingRules(stored.rules ?? [], draft.rules ?? []);
  const known = stored.aggregationRule?.clusterRoleSelectors ?? [];
  const selectors = (draft.aggregationRule?.clusterRoleSelectors ?? []).filter((wanted) => !known.some((one) => isDeepStrictEqual(one, wanted)));
  if (!metadata && rules.length === 0 && selectors.length === 0) return NONE;
  const object = withMetadata<ClusterRole>(stored, metadata);
  if (rules.length > 0) object.rules = [...(object.rules ?? []), ...(rules as PolicyRule[])];
  if (selectors.length > 0) object.aggregationRule = { clusterRoleSelectors: [...(object.aggregationRule?.clusterRoleSelectors ?? []), ...selectors] };
  return { kind: 'update', object };
}

/** The same of a default binding; one to another role is replaced. Source: reconcile_rolebindings.go. */
export function bindingChange(stored: DeepReadonly<ClusterRoleBinding>, draft: Draft<ClusterRoleBinding>): Change<ClusterRoleBinding> {
  if (isProtected(stored)) return NONE;
  const metadata = completedMetadata(stored, draft);
  const subjects = (draft.subjects ?? []).filter((wanted) => !stored.subjects?.some((one) => isSameSubject(one, wanted)));
  const isOfAnotherRole = !isDeepStrictEqual(stored.roleRef, draft.roleRef);
  if (!metadata && subjects.length === 0 && !isOfAnotherRole) return NONE;
  const object = withMetadata<ClusterRoleBinding>(stored, metadata);
  if (subjects.length > 0) object.subjects = [...(object.subjects ?? []), ...subjects];
  if (isOfAnotherRole) Object.assign(object, { roleRef: draft.roleRef });
  return { kind: isOfAnotherRole ? 'recreate' : 'update', object };
}

function isProtected({ metadata }: DeepReadonly<KubeObject>): boolean {
  return metadata.annotations?.[AUTO_UPDATE] === 'false';
}

function isSameSubject(one: DeepReadonly<Subject>, other: DeepReadonly<Subject>): boolean {
  return one.kind === other.kind && one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '') && (one.apiGroup ?? '') === (other.apiGroup ?? '');
}

type Marks = Pick<KubeObject['metadata'], 'labels' | 'annotations'>;

/** Labels and annotations with those that are missing; undefined: none are. */
function completedMetadata({ metadata }: DeepReadonly<KubeObject>, draft: { readonly metadata: Marks }): Marks | undefined {
  const lacks = (name: keyof Marks): boolean => Object.keys(draft.metadata[name] ?? {}).some((key) => metadata[name]?.[key] === undefined);
  if (!lacks('labels') && !lacks('annotations')) return undefined;
  return { labels: { ...draft.metadata.labels, ...metadata.labels }, annotations: { ...draft.metadata.annotations, ...metadata.annotations } };
}

function withMetadata<T extends KubeObject>(stored: DeepReadonly<T>, marks: Marks | undefined): T {
  const object = copyOf(stored) as T;
  if (marks) Object.assign(object.metadata, marks);
  return object;
}
