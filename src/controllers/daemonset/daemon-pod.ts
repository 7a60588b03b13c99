import type { DaemonSet } from '../../api/generated/apps-v1.ts';
import type { Node, Pod, Toleration } from '../../api/generated/core-v1.ts';
import { daemonSets } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { matchesNodeSelectorAndAffinity } from '../../component-helpers/node-affinity.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { untoleratedTaint } from '../../component-helpers/tolerations.ts';
import { REVISION_HASH } from '../controller-revisions.ts';
import { podFromTemplate } from '../pod-control.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Daemons run on nodes that other pods avoid: what is wrong there may be theirs to mend. Source: AddOrUpdateDaemonPodTolerations. */
function daemonTolerations(isOnHostNetwork: boolean): Toleration[] {
  const exists = (key: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect });
  return [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(isOnHostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ];
}

/** The pod of the set for a node: the scheduler binds it there because its affinity names it. */
export function daemonPod(set: DeepReadonly<DaemonSet>, nodeName: string, hash: string): Draft<Pod> {
  const { name, namespace = '' } = set.metadata;
  const draft = podFromTemplate(set.spec.template, { name, namespace, reference: controllerReference(set, daemonSets) });
  const { spec, metadata } = draft;
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
  metadata.labels = { ...metadata.labels, [REVISION_HASH]: hash, ...(generation !== undefined && { 'pod-template-generation': generation }) };
  const added = daemonTolerations(spec.hostNetwork ?? false);
  const isSame = (one: Toleration, other: Toleration): boolean => one.key === other.key && one.effect === other.effect && (one.operator ?? 'Equal') === other.operator && !one.value;
  spec.tolerations = [...(spec.tolerations ?? []).filter((one) => !added.some((other) => isSame(one, other))), ...added];
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }];
  spec.affinity = { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  return draft;
}

/** The node that a daemon's pod is for: where it is bound, or where its affinity will have it. */
export function targetNodeOf({ spec }: DeepReadonly<Pod>): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields } of terms) for (const { key, values } of matchFields ?? []) if (key === 'metadata.name' && values?.length === 1) return values[0];
  return undefined;
}

/** Whether the set wants a pod on the node, and whether one that is there may stay. Source: NodeShouldRunDaemonPod. */
export function wantsNode(set: DeepReadonly<DaemonSet>, node: DeepReadonly<Node>): { readonly run: boolean; readonly stay: boolean } {
  const { spec } = set.spec.template;
  const none = { run: false, stay: false };
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return none;
  if (!matchesNodeSelectorAndAffinity({ spec } as DeepReadonly<Pod>, node)) return none;
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations(spec.hostNetwork ?? false)];
  if (!untoleratedTaint(tolerations, node.spec.taints, ['NoExecute', 'NoSchedule'])) return { run: true, stay: true };
  return { run: false, stay: !untoleratedTaint(tolerations, node.spec.taints, ['NoExecute']) };
}
