import { podQosClass } from '../api/core/pod-qos.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota } from '../api/generated/core-v1.ts';
import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';

/** What a scope asks, as a label selector would: of which names, if any, an object has. */
interface Scope {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Whether the quota's scopes take in the object; quotas with scopes count pods, and claims by their attributes class. Source: pkg/quota/v1/evaluator/core, "Resource Quotas". */
export function isInScope(quota: DeepReadonly<ResourceQuota>, ref: { readonly group: string; readonly resource: string }, object: DeepReadonly<KubeObject>): boolean {
  const scopes = (quota.spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  const selectors: Scope[] = [...scopes, ...(quota.spec.scopeSelector?.matchExpressions ?? [])];
  if (selectors.length === 0) return true;
  if (ref.group !== '') return false;
  if (ref.resource === 'pods') return selectors.every((scope) => takesPod(scope, object as DeepReadonly<Pod>));
  return ref.resource === 'persistentvolumeclaims' && selectors.every((scope) => takesClaim(scope, object as DeepReadonly<PersistentVolumeClaim>));
}

function takesPod(scope: Scope, pod: DeepReadonly<Pod>): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return podQosClass(pod.spec) === 'BestEffort';
    case 'NotBestEffort':
      return podQosClass(pod.spec) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return hasCrossNamespaceAffinity(pod);
    case 'PriorityClass':
      return takesName(scope, pod.spec.priorityClassName);
    default:
      return false;
  }
}

/** A claim is of the classes that it wants, has, and is changing to, all at once. Source: KEP-3751. */
export function attributesClassesOf({ spec, status }: DeepReadonly<PersistentVolumeClaim>): string[] {
  const names = [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName];
  return names.flatMap((name) => (name ? [name] : []));
}

function takesClaim(scope: Scope, claim: DeepReadonly<PersistentVolumeClaim>): boolean {
  if (scope.scopeName !== 'VolumeAttributesClass') return false;
  const names = attributesClassesOf(claim);
  return names.length === 0 ? takesName(scope, undefined) : names.some((name) => takesName(scope, name));
}

function takesName({ operator, values = [] }: Scope, name: string | undefined): boolean {
  if (operator === 'In') return values.includes(name ?? '');
  if (operator === 'NotIn') return !values.includes(name ?? '');
  return Boolean(name) === (operator === 'Exists');
}

function hasCrossNamespaceAffinity({ spec }: DeepReadonly<Pod>): boolean {
  return [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].some((affinity) => {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution?.map(({ podAffinityTerm }) => podAffinityTerm) ?? [];
    const terms = [...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []), ...preferred];
    return terms.some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined);
  });
}
