import { refuse, type Plugin } from '../framework.ts';

/** The node has the devices that the pod's claims ask for, or have already. Source: "Dynamic Resource Allocation". */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  weight: 0,
  wakesOn: ['device', 'node-added', 'node-labels', 'pod-removed'],
  begin(pod, cluster) {
    if (!pod.spec.resourceClaims?.length) return undefined;
    const { devices } = cluster;
    const { refusal, allocated, unallocated } = devices.claimsOf(pod);
    if (refusal) return { refusal };
    const allocator = unallocated.length > 0 ? devices.allocator(unallocated) : undefined;
    return {
      filter(node) {
        if (!allocated.every((claim) => devices.isUsableOn(claim, node))) return refuse('resourceclaim not available on the node');
        return allocator && !allocator(node) ? refuse('cannot allocate all claims') : undefined;
      },
    };
  },
};
