import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { AllocationError } from '../devices/allocation-error.ts';
import type { DeviceCycle } from '../devices/device-cycle.ts';
import type { ClusterEvent } from '../cluster-event.ts';
import { FilterError, normalizeByMax, refuse, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

const NAME = 'DynamicResources';

/**
 * The node has the devices that the pod's claims, or its extended resources, ask for, or have already. Scores: the nearer to the front of their lists the alternatives are that requests
 * get, the better. Source: "Dynamic Resource Allocation"; KEP-4816.
 */
export const dynamicResources: Plugin = {
  name: NAME,
  weight: 1,
  wakesOn: ['device-claim', 'device-slice', 'device-class', 'node-added', 'node-labels', 'node-allocatable'],
  mayHelp: mayFreeDevices,
  holdsBack: (pod, cluster) => cluster.devices.lacksClaims(pod),
  begin(pod, cluster) {
    const cycle = cluster.devices.cycleFor(pod);
    if (!cycle) return undefined;
    if (cycle.refusal !== undefined) return { refusal: cycle.refusal };
    return {
      filter(node) {
        const refusal = refusalOn(cycle, node);
        return refusal === undefined ? undefined : refuse(refusal);
      },
      ...(cycle.hasAlternatives && { score: (node) => cycle.preferenceOn(node), normalize: (scores) => normalizeByMax(scores, false) }),
    };
  },
};

/** A claim gives its devices back, or is one of the pod's and has changed. Source: kube-scheduler's DynamicResources, its queueing hints. */
function mayFreeDevices({ metadata, spec, status }: DeepReadonly<Pod>, event: ClusterEvent): boolean {
  if (event.kind !== 'device-claim') return true;
  const { before, after } = event;
  if (before?.status?.allocation && !after?.status?.allocation) return true;
  const claim = after ?? before;
  if (claim?.metadata.namespace !== metadata.namespace) return false;
  const names = [...(spec.resourceClaims ?? []), ...(status.resourceClaimStatuses ?? [])].map(({ resourceClaimName }) => resourceClaimName);
  return names.includes(claim?.metadata.name) && !(before && after && JSON.stringify(before.status) === JSON.stringify(after.status));
}

function refusalOn(cycle: DeviceCycle, node: NodeInfo): string | undefined {
  try {
    return cycle.refusalOn(node);
  } catch (error) {
    if (error instanceof AllocationError) throw new FilterError(NAME, error);
    throw error;
  }
}
