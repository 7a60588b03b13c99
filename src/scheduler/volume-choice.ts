import { compareQuantities, parseQuantity } from '../apimachinery/quantity.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim, TopologySelectorTerm } from '../api/generated/core-v1.ts';
import type { CSIStorageCapacity, StorageClass } from '../api/generated/storage-v1.ts';
import { matcherOf } from '../component-helpers/label-selector.ts';
import { matchesNodeSelector } from '../component-helpers/node-affinity.ts';
import { isFor, requestedStorage, SELECTED_NODE, volumeFor } from '../component-helpers/volume-matching.ts';
import type { NodeInfo } from './node-info.ts';
import type { VolumeListers } from './volume-listers.ts';

type Claim = DeepReadonly<PersistentVolumeClaim>;
type Volume = DeepReadonly<PersistentVolume>;

/** A claim that waits for its first consumer, and its class. */
export interface DelayedClaim {
  readonly claim: Claim;
  readonly storageClass: DeepReadonly<StorageClass>;
}

/** What becomes of the delayed claims of a pod on a node. */
export interface ClaimPlaces {
  readonly bindings: readonly { readonly claim: Claim; readonly volume: Volume }[];
  /** Volumes for these are to be made there. */
  readonly provisioned: readonly Claim[];
}

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE = 'node(s) did not have enough free storage';

/**
 * Which volumes a pod's claims get on a node, where they wait for their first consumer. What was promised to a claim is nobody else's until a watch shows it.
 * Source: "Volume Binding Mode", "Storage Capacity"; pkg/scheduler/framework/plugins/volumebinding, FindPodVolumes.
 */
export class VolumeChoice {
  readonly #listers: VolumeListers;
  /** By the names of volumes: the uids of claims. */
  readonly #promised = new Map<string, string>();

  constructor(listers: VolumeListers) {
    this.#listers = listers;
  }

  promise({ bindings }: ClaimPlaces): void {
    for (const { claim, volume } of bindings) this.#promised.set(volume.metadata.name, claim.metadata.uid);
  }

  /** A watch shows to whom the volume belongs, or it is to be nobody's. */
  settled(volumeName: string): void {
    this.#promised.delete(volumeName);
  }

  /** Why the node cannot have the pod, if it cannot. */
  on(node: NodeInfo, delayed: readonly DelayedClaim[]): ClaimPlaces | string {
    const bindings: { claim: Claim; volume: Volume }[] = [];
    const provisioned: Claim[] = [];
    for (const { claim, storageClass } of delayed.toSorted((one, other) => compareQuantities(requestedStorage(one.claim), requestedStorage(other.claim)))) {
      const selected = claim.metadata.annotations?.[SELECTED_NODE];
      if (selected !== undefined && selected !== node.name) return NO_VOLUME;
      const volume = selected === undefined ? this.#volumeOn(node, claim, bindings.map((one) => one.volume)) : undefined;
      if (volume) {
        bindings.push({ claim, volume });
        continue;
      }
      const refusal = this.#unprovisionable(node, claim, storageClass);
      if (refusal !== undefined) return refusal;
      provisioned.push(claim);
    }
    return { bindings, provisioned };
  }

  #volumeOn(node: NodeInfo, claim: Claim, taken: readonly Volume[]): Volume | undefined {
    const all = this.#listers.volumes().filter((volume) => !taken.includes(volume));
    const kept = all.find((volume) => this.#promised.get(volume.metadata.name) === claim.metadata.uid) ?? volumeFor(claim, all.filter((volume) => volume.spec.claimRef && isFor(volume, claim)));
    if (kept) return volumeReaches(kept, node) ? kept : undefined;
    return volumeFor(claim, all.filter((volume) => !volume.spec.claimRef && !this.#promised.has(volume.metadata.name) && volumeReaches(volume, node)));
  }

  #unprovisionable(node: NodeInfo, claim: Claim, { provisioner, allowedTopologies = [], metadata }: DeepReadonly<StorageClass>): string | undefined {
    if (provisioner === '' || provisioner === NO_PROVISIONER || !isWithin(allowedTopologies, node)) return NO_VOLUME;
    const wanted = requestedStorage(claim);
    if (claim.spec.resources?.requests?.['storage'] === undefined || this.#listers.csiDriver?.(provisioner)?.spec.storageCapacity !== true) return undefined;
    const isEnough = (capacity: DeepReadonly<CSIStorageCapacity>): boolean => {
      const most = capacity.maximumVolumeSize ?? capacity.capacity;
      if (capacity.storageClassName !== metadata.name || most === undefined || compareQuantities(parseQuantity(most), wanted) < 0) return false;
      return capacity.nodeTopology !== undefined && matcherOf(capacity.nodeTopology)(node.node.metadata.labels);
    };
    return this.#listers.capacities?.().some(isEnough) ? undefined : NO_SPACE;
  }
}

export function volumeReaches(volume: Volume, node: NodeInfo): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return !required || matchesNodeSelector(required, node.node);
}

/** The terms are alternatives; without any every node will do. */
function isWithin(terms: readonly DeepReadonly<TopologySelectorTerm>[], node: NodeInfo): boolean {
  return terms.length === 0 || terms.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.length > 0 && matchLabelExpressions.every(({ key, values }) => {
    const value = node.label(key);
    return value !== undefined && values.includes(value);
  }));
}
