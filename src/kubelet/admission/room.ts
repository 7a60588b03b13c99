import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { podRequests, resourcesOf } from '../../component-helpers/resources.ts';

/** A resource of which the node has too little left for a pod: CPU in thousandths, the rest in whole units. */
export interface Shortage {
  readonly resource: string;
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
  /** How much more would have to be free. */
  readonly missing: number;
}

/** What the pod finds no room for beside the others. Source: pkg/kubelet/lifecycle, predicates; noderesources, Fits. */
export function shortagesFor(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>, others: readonly DeepReadonly<Pod>[]): Shortage[] {
  const allocatable = resourcesOf(node.status?.allocatable);
  const taken = others.map(podRequests);
  const wanted = podRequests(pod);
  // The scheduler gave these by devices of the pod's claim; the node counts none of them.
  const byDevices = new Set(pod.status?.extendedResourceClaimStatus?.requestMappings?.map(({ resourceName }) => resourceName));
  const check = (resource: string, of: (amounts: typeof wanted) => number, capacity: number): Shortage[] => {
    const requested = of(wanted);
    const used = taken.reduce((total, amounts) => total + of(amounts), 0);
    const missing = requested + used - capacity;
    return requested > 0 && missing > 0 ? [{ resource, requested, used, capacity, missing }] : [];
  };
  const tooMany = others.length + 1 - allocatable.pods;
  return [
    ...(tooMany > 0 ? [{ resource: 'pods', requested: 1, used: others.length, capacity: allocatable.pods, missing: tooMany }] : []),
    ...check('cpu', ({ milliCpu }) => milliCpu, allocatable.milliCpu),
    ...check('memory', ({ memory }) => memory, allocatable.memory),
    ...check('ephemeral-storage', ({ ephemeralStorage }) => ephemeralStorage, allocatable.ephemeralStorage),
    ...[...wanted.others.keys()].filter((name) => !byDevices.has(name) && (allocatable.others.has(name) || !isExtended(name))).flatMap((name) => check(name, (amounts) => amounts.others.get(name) ?? 0, allocatable.others.get(name) ?? 0)),
  ];
}

/** What a node knows nothing of may be a resource of the cluster, which others count. Source: predicates, removeMissingExtendedResources. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

export function shortageMessage({ resource, requested, used, capacity }: Shortage): string {
  return `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}
