import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, PodResourceClaim } from '../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceClass, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import type { NodeInfo } from '../node-info.ts';
import { allocate } from './allocate.ts';
import { classOfResource, extendedClaim, extendedRequests, isExtendedClaimOf } from './extended-resources.ts';
import { type Allocator, DeviceCycle, type ExtendedClaim } from './device-cycle.ts';
import { inUse, type InUse } from './in-use.ts';
import { devicesOf, poolsOf } from './inventory.ts';

export interface DeviceListers {
  claim(namespace: string, name: string): DeepReadonly<ResourceClaim> | undefined;
  claims(): readonly DeepReadonly<ResourceClaim>[];
  slices(): readonly DeepReadonly<ResourceSlice>[];
  deviceClass(name: string): DeepReadonly<DeviceClass> | undefined;
  deviceClasses(): readonly DeepReadonly<DeviceClass>[];
}

/** No claims and no devices. */
export const noDevices: DeviceListers = { claim: () => undefined, claims: () => [], slices: () => [], deviceClass: () => undefined, deviceClasses: () => [] };

const NO_RESOURCES: ReadonlyMap<string, string> = new Map();
/** So many pods can use one claim. Source: ResourceClaimStatus.reservedFor. */
const MAX_USERS = 256;

/** The devices of the cluster, and whose they are; those that were given in a cycle too, until a watch shows it. Source: KEP-4381. */
export class DeviceState {
  readonly #listers: DeviceListers;
  readonly #assumed = new Map<string, AllocationResult>();

  constructor(listers: DeviceListers) {
    this.#listers = listers;
  }

  /** What one cycle is to know of the pod's devices; undefined when it needs none. */
  cycleFor(pod: DeepReadonly<Pod>): DeviceCycle | undefined {
    const extended = this.extendedResources(pod);
    if (!pod.spec.resourceClaims?.length && extended.size === 0) return undefined;
    const claims: DeepReadonly<ResourceClaim>[] = [];
    const refusal = this.#collect(pod, claims) ?? (extended.size > 0 && this.staleClaimOf(pod) ? 'cannot schedule extended resource claim' : undefined);
    const allocationOf = (claim: DeepReadonly<ResourceClaim>): DeepReadonly<AllocationResult> | undefined => this.#allocationOf(claim);
    return new DeviceCycle({ refusal, claims, allocationOf, allocator: this.#allocator(), extendedOn: (node) => this.#extendedOn(pod, extended, node) });
  }

  /** Whether a claim of the pod is not there (yet): until it is, the pod is not even tried. */
  lacksClaims(pod: DeepReadonly<Pod>): boolean {
    return pod.spec.resourceClaims?.some((one) => typeof this.#claimOf(pod, one) === 'string') ?? false;
  }

  /** undefined: it turned out that none is needed. A text: why there is none. */
  #claimOf({ metadata: { name: podName, namespace = '', uid }, status }: DeepReadonly<Pod>, { name, resourceClaimName }: DeepReadonly<PodResourceClaim>): DeepReadonly<ResourceClaim> | string | undefined {
    const made = status?.resourceClaimStatuses?.find((one) => one.name === name);
    const claimName = resourceClaimName ?? made?.resourceClaimName;
    if (claimName === undefined && made) return undefined;
    if (claimName === undefined) return `waiting for dynamic resource controller to create the resourceclaim for pod claim ${JSON.stringify(name)}`;
    const claim = this.#listers.claim(namespace, claimName);
    if (!claim) return `resourceclaim ${JSON.stringify(claimName)} not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim ${JSON.stringify(claimName)} is being deleted`;
    const isOwn = claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid) ?? false;
    return resourceClaimName === undefined && !isOwn ? `ResourceClaim ${namespace}/${claimName} was not created for pod ${namespace}/${podName} (pod is not owner)` : claim;
  }

  /** Puts the pod's claims together; gives why no node can take the pod yet. */
  #collect(pod: DeepReadonly<Pod>, claims: DeepReadonly<ResourceClaim>[]): string | undefined {
    const { uid } = pod.metadata;
    for (const one of pod.spec.resourceClaims ?? []) {
      const claim = this.#claimOf(pod, one);
      if (claim === undefined) continue;
      if (typeof claim === 'string') return claim;
      const users = claim.status?.reservedFor ?? [];
      if (claim.status?.allocation && users.length >= MAX_USERS && !users.some((user) => user.uid === uid)) return 'resourceclaim in use';
      const missing = this.#allocationOf(claim) ? undefined : this.#missingClass(claim);
      if (missing !== undefined) return missing;
      claims.push(claim);
    }
    return undefined;
  }

  #missingClass(claim: DeepReadonly<ResourceClaim>): string | undefined {
    for (const { name, exactly, firstAvailable = [] } of claim.spec.devices.requests ?? []) {
      const asked = [...(exactly ? [{ name, deviceClassName: exactly.deviceClassName }] : []), ...firstAvailable.map((one) => ({ name: `${name}/${one.name}`, deviceClassName: one.deviceClassName }))];
      const missing = asked.find(({ deviceClassName }) => !this.#listers.deviceClass(deviceClassName));
      if (missing) return `request ${missing.name}: device class ${missing.deviceClassName} does not exist`;
    }
    return undefined;
  }

  /** The extended resources that the pod asks for and that devices can give, with their classes. */
  extendedResources(pod: DeepReadonly<Pod>): ReadonlyMap<string, string> {
    const classes = this.#listers.deviceClasses();
    if (classes.length === 0) return NO_RESOURCES;
    const found = new Map<string, string>();
    for (const [name, amount] of podRequests(pod).others) {
      const deviceClass = amount > 0 ? classOfResource(name, classes) : undefined;
      if (deviceClass !== undefined) found.set(name, deviceClass);
    }
    return found;
  }

  /** A claim for the pod's extended resources that an earlier try has left behind. */
  staleClaimOf(pod: DeepReadonly<Pod>): DeepReadonly<ResourceClaim> | undefined {
    return this.#listers.claims().find((claim) => isExtendedClaimOf(claim, pod));
  }

  /** What the node gives by devices: it does so as long as nobody counts the resource there. */
  #extendedOn(pod: DeepReadonly<Pod>, resources: ReadonlyMap<string, string>, node: NodeInfo): ExtendedClaim | undefined {
    const byDevices = new Map([...resources].filter(([name]) => (node.allocatable.others.get(name) ?? 0) === 0));
    if (byDevices.size === 0) return undefined;
    const { requests, mappings } = extendedRequests(pod, byDevices);
    return { claim: extendedClaim(pod, requests), mappings };
  }

  #allocationOf(claim: DeepReadonly<ResourceClaim>): DeepReadonly<AllocationResult> | undefined {
    return claim.status?.allocation ?? this.#assumed.get(claim.metadata.uid);
  }

  #allocator(): Allocator {
    let known: { readonly used: InUse; readonly pools: ReturnType<typeof poolsOf> } | undefined;
    return (node, claims, newShare) => {
      known ??= this.#inUse();
      const { used, pools } = known;
      const changing = devicesOf(node, pools.changing).map(({ driver, pool }) => `${driver}/${pool}`);
      return allocate({ nodeName: node.name, claims, inUse: used, changing, devices: devicesOf(node, pools.whole), deviceClass: (name) => this.#listers.deviceClass(name), newShare });
    };
  }

  #inUse(): { used: InUse; pools: ReturnType<typeof poolsOf> } {
    const pools = poolsOf(this.#listers.slices());
    const written = this.#listers.claims().filter(({ status }) => status?.allocation);
    const uids = new Set(written.map(({ metadata }) => metadata.uid));
    const assumed = [...this.#assumed].filter(([uid]) => !uids.has(uid)).map(([, allocation]) => allocation);
    return { used: inUse([...written.flatMap(({ status }) => status?.allocation ?? []), ...assumed], pools.whole), pools };
  }

  assume(claimUid: string, allocation: AllocationResult): void {
    this.#assumed.set(claimUid, allocation);
  }

  forget(claimUid: string): void {
    this.#assumed.delete(claimUid);
  }

  /** A watch shows what has become of a claim: it has what it was given, or it has gone. */
  seen(before: DeepReadonly<ResourceClaim> | undefined, after: DeepReadonly<ResourceClaim> | undefined): void {
    const uid = (after ?? before)?.metadata.uid;
    if (uid !== undefined && (!after || after.status?.allocation)) this.#assumed.delete(uid);
  }
}
