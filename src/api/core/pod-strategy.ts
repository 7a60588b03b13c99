/** What the server makes of a new pod. Source: kubernetes pkg/registry/core/pod/strategy.go. */
import type { Pod, PodAffinityTerm, PodCondition } from '../generated/core-v1.ts';
import type { LabelSelector } from '../generated/meta-v1.ts';
import type { StrategyContext } from '../kind.ts';
import { takeAppArmorAnnotations } from './pod-spec/app-armor.ts';
import { mirrorServiceAccount } from './pod-spec/defaults.ts';
import { podQosClass } from './pod-qos.ts';

type Labels = Readonly<Record<string, string>>;

export function prepareNewPod(pod: Pod, { nowMs, warnings = [] }: StrategyContext): void {
  const { spec } = pod;
  mirrorServiceAccount(spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  pod.status = { phase: 'Pending', qosClass: podQosClass(spec) };
  if ((spec.schedulingGates ?? []).length > 0) pod.status.conditions = [gatedCondition(nowMs)];
  takeAppArmorAnnotations(pod, warnings);
  const labels = pod.metadata.labels ?? {};
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) selectByLabelKeys(term, labels);
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) selectByLabelKeys(podAffinityTerm, labels);
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) if (labelSelector) requireLabels(labelSelector, matchLabelKeys, 'In', labels);
}

function gatedCondition(nowMs: number): PodCondition {
  return {
    type: 'PodScheduled', status: 'False', lastTransitionTime: `${new Date(nowMs).toISOString().slice(0, 19)}Z`, reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
}

/** Keys of labels whose values the pod itself tells become requirements, so that the scheduler reads selectors only. */
function selectByLabelKeys({ labelSelector, matchLabelKeys, mismatchLabelKeys }: PodAffinityTerm, labels: Labels): void {
  if (!labelSelector) return;
  requireLabels(labelSelector, matchLabelKeys, 'In', labels);
  requireLabels(labelSelector, mismatchLabelKeys, 'NotIn', labels);
}

function requireLabels(selector: LabelSelector, keys: readonly string[] | undefined, operator: 'In' | 'NotIn', labels: Labels): void {
  for (const key of keys ?? []) {
    if (!Object.hasOwn(labels, key)) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [labels[key] ?? ''] }];
  }
}
