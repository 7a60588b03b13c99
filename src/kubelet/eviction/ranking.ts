import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { canonicalQuantity, formatQuantity, parseQuantity, quantityOf, wholeValue } from '../../apimachinery/quantity.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import { isCritical } from '../admission/critical.ts';
import type { PodUsage } from './pod-usage.ts';
import type { Shortage } from './thresholds.ts';

export interface RankedPod {
  readonly pod: DeepReadonly<Pod>;
  readonly usage: PodUsage;
}

/** Who goes first: those over their request, then the lower priority, then the most over. Critical pods never go. Source: pkg/kubelet/eviction, helpers. */
export function rankForEviction(pods: readonly RankedPod[], shortage: Pick<Shortage, 'resource'>): RankedPod[] {
  const over = ({ pod, usage }: RankedPod): number => {
    const requests = podRequests(pod);
    if (shortage.resource === 'memory') return usage.memoryBytes - requests.memory;
    if (shortage.resource === 'pids') return usage.processes;
    // Nobody can request inodes; who fills the disk has most of them, by and large.
    if (shortage.resource === 'inodes') return usage.diskBytes;
    return usage.diskBytes - requests.ephemeralStorage;
  };
  return pods
    .filter(({ pod }) => !isCritical(pod))
    .toSorted((a, b) => Number(over(b) > 0) - Number(over(a) > 0) || (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) || over(b) - over(a));
}

/** The message of an evicted pod's status: what was short, and which containers used more of it than they had asked for. Source: pkg/kubelet/eviction, evictionMessage. */
export function evictionMessage(shortage: Shortage, { pod, usage }: RankedPod): string {
  const { resource, threshold, available } = shortage;
  const unit = (amount: number): string => formatQuantity(quantityOf(Math.floor(amount), resource === 'memory' || resource === 'ephemeral-storage' ? 'BinarySI' : 'DecimalSI'));
  const message = `The node was low on resource: ${resource}. Threshold quantity: ${unit(threshold)}, available: ${unit(available)}. `;
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return message;
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].reduce((text, { name, resources }) => {
    const used = usage.containers.get(name)?.[resource === 'memory' ? 'memoryBytes' : 'diskBytes'] ?? 0;
    const request = resources?.requests?.[resource] ?? '0';
    if (used <= Number(wholeValue(parseQuantity(String(request))))) return text;
    return `${text}Container ${name} was using ${unit(used)}, request is ${canonicalQuantity(request)}, has larger consumption of ${resource}. `;
  }, message);
}
