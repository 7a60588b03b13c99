import type { StatefulSet } from '../../api/generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '../../api/generated/core-v1.ts';
import { statefulSets } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { REVISION_HASH } from '../controller-revisions.ts';
import { podFromTemplate } from '../pod-control.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

type Set_ = DeepReadonly<StatefulSet>;

/** The number that ends the name of a pod of the set; undefined for what is none of its pods. */
export function ordinalOf(set: Set_, pod: { readonly metadata: { readonly name: string } }): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

/** The ordinals that a set of so many replicas has, from `first` to before `end`. */
export function ordinalsOf({ spec }: Set_): { readonly first: number; readonly end: number } {
  const first = spec.ordinals?.start ?? 0;
  return { first, end: first + (spec.replicas ?? 1) };
}

/** Whether the set wants the pod, by its number. */
export function isInRange(set: Set_, pod: { readonly metadata: { readonly name: string } }): boolean {
  const { first, end } = ordinalsOf(set);
  const ordinal = ordinalOf(set, pod) ?? -1;
  return ordinal >= first && ordinal < end;
}

/** The labels that tell who a pod is. */
export function identityLabels(podName: string, ordinal: number): Record<string, string> {
  return { [POD_NAME]: podName, [POD_INDEX]: String(ordinal) };
}

/** Whether a pod says who it is; one that was made by hand, and adopted, may not. Source: identityMatches. */
export function hasIdentity({ metadata }: DeepReadonly<Pod>): boolean {
  return metadata.labels?.[POD_NAME] === metadata.name;
}

/** The name of the revision that the pod was made from. */
export function revisionOf({ metadata }: DeepReadonly<Pod>): string {
  return metadata.labels?.[REVISION_HASH] ?? '';
}

export function claimName(template: { readonly metadata: { readonly name: string } }, set: Set_, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The pod of an ordinal: its name, host name, labels and claims stay the same whenever it is made anew. Source: newStatefulSetPod, initIdentity. */
export function podOf(set: Set_, ordinal: number, template: DeepReadonly<PodTemplateSpec>, revision: string): Draft<Pod> {
  const { name, namespace = '' } = set.metadata;
  const draft = podFromTemplate(template, { name, namespace, reference: controllerReference(set, statefulSets) });
  const podName = `${name}-${ordinal}`;
  const { generateName: _, ...metadata } = draft.metadata;
  const labels = { ...metadata.labels, ...identityLabels(podName, ordinal), [REVISION_HASH]: revision };
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({ name: claim.metadata.name, persistentVolumeClaim: { claimName: claimName(claim, set, ordinal), readOnly: false } }));
  const names = new Set(claims.map((volume) => volume.name));
  const volumes = [...claims, ...(draft.spec.volumes ?? []).filter((volume) => !names.has(volume.name))];
  const spec = { ...draft.spec, hostname: podName, ...(set.spec.serviceName && { subdomain: set.spec.serviceName }), ...(volumes.length > 0 && { volumes }) };
  return { ...draft, metadata: { ...metadata, name: podName, labels }, spec };
}

/** The claims of an ordinal. Those of a set whose policy says so go with it. */
export function claimsOf(set: Set_, ordinal: number): Draft<PersistentVolumeClaim>[] {
  const goesWithSet = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { labels, annotations, finalizers } = template.metadata;
    return {
      metadata: {
        name: claimName(template, set, ordinal),
        ...(set.metadata.namespace && { namespace: set.metadata.namespace }),
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations && { annotations: { ...annotations } }),
        ...(finalizers && { finalizers: [...finalizers] }),
        ...(goesWithSet && { ownerReferences: [controllerReference(set, statefulSets)] }),
      },
      spec: copyOf(template.spec),
    };
  });
}
