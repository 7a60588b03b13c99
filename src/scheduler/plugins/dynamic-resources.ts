import { AllocationError } from '../devices/allocation-error.ts';
import type { DeviceCycle } from '../devices/device-cycle.ts';
import { FilterError, refuse, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

const NAME = 'DynamicResources';

/** The node has the devices that the pod's claims, or its extended resources, ask for, or have already. Source: "Dynamic Resource Allocation". */
export const dynamicResources: Plugin = {
  name: NAME,
  weight: 0,
  wakesOn: ['device', 'node-added', 'node-labels', 'pod-removed'],
  begin(pod, cluster) {
    const cycle = cluster.devices.cycleFor(pod);
    if (!cycle) return undefined;
    if (cycle.refusal !== undefined) return { refusal: cycle.refusal };
    return {
      filter(node) {
        const refusal = refusalOn(cycle, node);
        return refusal === undefined ? undefined : refuse(refusal);
      },
    };
  },
};

function refusalOn(cycle: DeviceCycle, node: NodeInfo): string | undefined {
  try {
    return cycle.refusalOn(node);
  } catch (error) {
    if (error instanceof AllocationError) throw new FilterError(NAME, error);
    throw error;
  }
}
