import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ContainerExtendedResourceRequest } from '../../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../../api/generated/resource-v1.ts';
import { matchesNodeSelector } from '../../component-helpers/node-affinity.ts';
import type { NodeInfo } from '../node-info.ts';

/** Asks a node for devices for claims: allocations by their uids; undefined where they cannot all have theirs. Throws AllocationError. */
export type Allocator = (node: NodeInfo, claims: readonly DeepReadonly<ResourceClaim>[], newShare: () => string) => Map<string, AllocationResult> | undefined;

/** The claim that a pod's extended resources need on a node: it is made once the node is chosen. */
export interface ExtendedClaim {
  readonly claim: ResourceClaim;
  readonly mappings: readonly ContainerExtendedResourceRequest[];
}

/** What a pod gets on the node that was chosen for it. */
export interface GivenDevices {
  readonly claims: readonly { readonly claim: DeepReadonly<ResourceClaim>; readonly allocation: AllocationResult | undefined }[];
  readonly extended: (ExtendedClaim & { readonly allocation: AllocationResult }) | undefined;
}

interface CycleInput {
  readonly refusal: string | undefined;
  readonly claims: readonly DeepReadonly<ResourceClaim>[];
  readonly allocationOf: (claim: DeepReadonly<ResourceClaim>) => DeepReadonly<AllocationResult> | undefined;
  readonly allocator: Allocator;
  readonly extendedOn: (node: NodeInfo) => ExtendedClaim | undefined;
}

/** So many alternatives a request may list. */
const MAX_ALTERNATIVES = 8;

/** The devices of one pod in one cycle. Source: kube-scheduler's DynamicResources plugin. */
export class DeviceCycle {
  /** Why no node can take the pod yet. */
  readonly refusal: string | undefined;
  readonly #allocated: readonly DeepReadonly<ResourceClaim>[];
  readonly #unallocated: readonly DeepReadonly<ResourceClaim>[];
  readonly #input: CycleInput;

  constructor(input: CycleInput) {
    this.#input = input;
    this.refusal = input.refusal;
    this.#allocated = input.claims.filter((claim) => input.allocationOf(claim));
    this.#unallocated = input.claims.filter((claim) => !input.allocationOf(claim));
  }

  /** Why the pod cannot run on the node. Throws AllocationError. */
  refusalOn(node: NodeInfo): string | undefined {
    if (this.unusableOn(node).length > 0) return 'resourceclaim not available on the node';
    const wanted = this.#wantedOn(node);
    return wanted.length > 0 && !this.#input.allocator(node, wanted, () => '') ? 'cannot allocate all claims' : undefined;
  }

  /** Whether a claim that is to be given devices lists alternatives. */
  get hasAlternatives(): boolean {
    return this.#unallocated.some((claim) => claim.spec.devices.requests?.some(({ firstAvailable }) => firstAvailable?.length));
  }

  /** How far to the front of their lists the alternatives are that the node, which has let the pod pass, can give. */
  preferenceOn(node: NodeInfo): number {
    const found = this.#input.allocator(node, this.#wantedOn(node), () => '');
    let preference = 0;
    for (const { metadata, spec } of this.#unallocated) {
      const given = new Set(found?.get(metadata.uid)?.devices.results?.map(({ request }) => request));
      for (const { name, firstAvailable = [] } of spec.devices.requests ?? []) {
        for (const [rank, one] of firstAvailable.entries()) if (given.has(`${name}/${one.name}`)) preference += MAX_ALTERNATIVES - rank;
      }
    }
    return preference;
  }

  /** Claims that have devices which the node cannot use. */
  unusableOn(node: NodeInfo): readonly DeepReadonly<ResourceClaim>[] {
    return this.#allocated.filter((claim) => {
      const selector = this.#input.allocationOf(claim)?.nodeSelector;
      return selector && !matchesNodeSelector(selector, node.node);
    });
  }

  /** What the pod gets on the node, which has let it pass. */
  given(node: NodeInfo, newShare: () => string): GivenDevices {
    const extended = this.#input.extendedOn(node);
    const wanted = [...this.#unallocated, ...(extended ? [extended.claim] : [])];
    const found = wanted.length > 0 ? this.#input.allocator(node, wanted, newShare) : undefined;
    const own = extended && found?.get(extended.claim.metadata.uid);
    return { claims: this.#input.claims.map((claim) => ({ claim, allocation: found?.get(claim.metadata.uid) })), extended: extended && own && { ...extended, allocation: own } };
  }

  #wantedOn(node: NodeInfo): readonly DeepReadonly<ResourceClaim>[] {
    const extended = this.#input.extendedOn(node);
    return extended ? [...this.#unallocated, extended.claim] : this.#unallocated;
  }
}
