import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import { qosClassOf } from '../containers/resources.ts';
import { isCritical } from './critical.ts';
import type { Shortage } from './room.ts';

type PodView = DeepReadonly<Pod>;
/** How much of a resource is still to be freed. */
type Requirements = readonly Pick<Shortage, 'resource' | 'missing'>[];

/** What pods that make room are told. Source: pkg/kubelet/preemption. */
export const PREEMPTED = { reason: 'Preempting', message: 'Preempted in order to admit critical pod', disruption: 'TerminationByKubelet' };

/** Who has to go, or what would be missing even if everybody went who may. */
export type Preemption = { readonly victims: readonly PodView[] } | { readonly lacking: Requirements };

/**
 * The pods that have to go so that a critical one has room. As few Guaranteed pods as
 * possible go, then as few Burstable ones, then as few that asked for nothing. Source: pkg/kubelet/preemption, getPodsToPreempt.
 */
export function podsToPreempt(pod: PodView, others: readonly PodView[], shortages: Requirements): Preemption {
  const preemptable = others.filter((other) => mayPreempt(pod, other));
  const of = (qos: string): PodView[] => preemptable.filter((other) => qosClassOf(other) === qos);
  const [bestEffort, burstable, guaranteed] = [of('BestEffort'), of('Burstable'), of('Guaranteed')];
  const lacking = without(shortages, preemptable);
  if (lacking.length > 0) return { lacking };
  const dearest = nearest(guaranteed, without(shortages, [...bestEffort, ...burstable]));
  const middle = nearest(burstable, without(shortages, [...bestEffort, ...dearest]));
  const cheapest = nearest(bestEffort, without(shortages, [...middle, ...dearest]));
  return { victims: [...cheapest, ...middle, ...dearest] };
}

/** Source: pkg/kubelet/types, Preemptable. */
function mayPreempt(pod: PodView, other: PodView): boolean {
  if (isCritical(pod) && !isCritical(other)) return true;
  return pod.spec.priority !== undefined && other.spec.priority !== undefined && pod.spec.priority > other.spec.priority;
}

/** `[(res: cpu, q: 500), ]`, as a kubelet writes it. */
export function requirementsText(requirements: Requirements): string {
  return `[${requirements.map(({ resource, missing }) => `(res: ${resource}, q: ${missing}), `).join('')}]`;
}

function requestOf(pod: PodView, resource: string): number {
  const { milliCpu, memory, ephemeralStorage, others } = podRequests(pod);
  switch (resource) {
    case 'pods': return 1;
    case 'cpu': return milliCpu;
    case 'memory': return memory;
    case 'ephemeral-storage': return ephemeralStorage;
    default: return others.get(resource) ?? 0;
  }
}

/** What is still missing once these pods are gone. */
function without(requirements: Requirements, pods: readonly PodView[]): Requirements {
  return requirements
    .map(({ resource, missing }) => ({ resource, missing: missing - pods.reduce((sum, pod) => sum + requestOf(pod, resource), 0) }))
    .filter(({ missing }) => missing > 0);
}

/** Each time the pod that comes nearest to all that is missing, of equals the smaller one, until nothing is. */
function nearest(pods: readonly PodView[], requirements: Requirements): PodView[] {
  const left = [...pods];
  const chosen: PodView[] = [];
  for (let missing = requirements; missing.length > 0 && left.length > 0; missing = without(missing, chosen.slice(-1))) {
    const [best] = left.toSorted((a, b) => distance(a, missing) - distance(b, missing) || requestOf(a, 'memory') - requestOf(b, 'memory') || requestOf(a, 'cpu') - requestOf(b, 'cpu'));
    if (!best) break;
    left.splice(left.indexOf(best), 1);
    chosen.push(best);
  }
  return chosen;
}

/** How far the pod alone is from freeing what is missing, each resource by its share. */
function distance(pod: PodView, requirements: Requirements): number {
  return requirements.reduce((sum, { resource, missing }) => sum + (Math.max(missing - requestOf(pod, resource), 0) / missing) ** 2, 0);
}
