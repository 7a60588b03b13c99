import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceClass, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { matchesNodeSelector } from '../../component-helpers/node-affinity.ts';
import type { NodeInfo } from '../node-info.ts';
import { allocate } from './allocate.ts';
import { countersLeft } from './counters.ts';
import { deviceId, devicesOf, wholePools } from './inventory.ts';

export interface DeviceListers {
  claim(namespace: string, name: string): DeepReadonly<ResourceClaim> | undefined;
  claims(): readonly DeepReadonly<ResourceClaim>[];
  slices(): readonly DeepReadonly<ResourceSlice>[];
  deviceClass(name: string): DeepReadonly<DeviceClass> | undefined;
}

/** No claims and no devices. */
export const noDevices: DeviceListers = { claim: () => undefined, claims: () => [], slices: () => [], deviceClass: () => undefined };

/** The claims of a pod: those that have their devices, and those that are to get them. */
export interface PodClaims {
  /** Why no node can take the pod yet. */
  readonly refusal: string | undefined;
  readonly allocated: readonly DeepReadonly<ResourceClaim>[];
  readonly unallocated: readonly DeepReadonly<ResourceClaim>[];
}

/** The devices of the cluster, and whose they are; those that were given in a cycle too, until a watch shows it. Source: KEP-4381. */
export class DeviceState {
  readonly #listers: DeviceListers;
  readonly #assumed = new Map<string, AllocationResult>();

  constructor(listers: DeviceListers) {
    this.#listers = listers;
  }

  claimsOf(pod: DeepReadonly<Pod>): PodClaims {
    const allocated: DeepReadonly<ResourceClaim>[] = [];
    const unallocated: DeepReadonly<ResourceClaim>[] = [];
    const refused = (refusal: string): PodClaims => ({ refusal, allocated, unallocated });
    for (const { name, resourceClaimName } of pod.spec.resourceClaims ?? []) {
      const made = pod.status?.resourceClaimStatuses?.find((one) => one.name === name);
      const claimName = resourceClaimName ?? made?.resourceClaimName;
      if (claimName === undefined && made) continue; // it turned out that none is needed
      if (claimName === undefined) return refused(`waiting for dynamic resource controller to create the resourceclaim for pod claim ${JSON.stringify(name)}`);
      const claim = this.#listers.claim(pod.metadata.namespace ?? '', claimName);
      if (!claim) return refused(`resourceclaim ${JSON.stringify(claimName)} not found`);
      if (claim.metadata.deletionTimestamp) return refused(`resourceclaim ${JSON.stringify(claimName)} is being deleted`);
      if (this.#allocationOf(claim)) allocated.push(claim);
      else unallocated.push(claim);
    }
    return { refusal: undefined, allocated, unallocated };
  }

  #allocationOf(claim: DeepReadonly<ResourceClaim>): DeepReadonly<AllocationResult> | undefined {
    if (claim.status?.allocation) this.#assumed.delete(claim.metadata.uid);
    return claim.status?.allocation ?? this.#assumed.get(claim.metadata.uid);
  }

  /** Whether what the claim has can be used on the node. */
  isUsableOn(claim: DeepReadonly<ResourceClaim>, node: NodeInfo): boolean {
    const selector = this.#allocationOf(claim)?.nodeSelector;
    return !selector || matchesNodeSelector(selector, node.node);
  }

  /** For one cycle: asks node after node for devices for the claims, by their uids; undefined where they cannot all have theirs. */
  allocator(claims: readonly DeepReadonly<ResourceClaim>[]): (node: NodeInfo) => Map<string, AllocationResult> | undefined {
    const taken = new Set<string>();
    for (const claim of this.#listers.claims()) for (const result of this.#allocationOf(claim)?.devices.results ?? []) if (!result.adminAccess) taken.add(deviceId(result));
    const slices = wholePools(this.#listers.slices());
    const counters = countersLeft(slices, taken);
    return (node) => allocate({ nodeName: node.name, claims, taken, counters, devices: devicesOf(node, slices), deviceClass: (name) => this.#listers.deviceClass(name) });
  }

  assume(claimUid: string, allocation: AllocationResult): void {
    this.#assumed.set(claimUid, allocation);
  }

  forget(claimUid: string): void {
    this.#assumed.delete(claimUid);
  }
}
