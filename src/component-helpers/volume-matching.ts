import { compareQuantities, parseQuantity, type Quantity, zeroQuantity } from '../apimachinery/quantity.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core-v1.ts';
import { matcherOf } from './label-selector.ts';

type Volume = DeepReadonly<PersistentVolume>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

/** The node that the scheduler has chosen for the first pod of a claim: its volume is to be made for it. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
/** That a volume was found for a claim, other than by a user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';

function storageOf(list: Readonly<Record<string, string | number>> | undefined): Quantity {
  const amount = list?.['storage'];
  return amount === undefined ? zeroQuantity : parseQuantity(amount);
}

export function requestedStorage({ spec }: Claim): Quantity {
  return storageOf(spec.resources?.requests);
}

/** Whether the volume is kept for the claim, by name, and by uid once they are bound. */
export function isFor({ spec }: Volume, { metadata }: Claim): boolean {
  const { claimRef } = spec;
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** The smallest free volume that gives what the claim asks for; one that is kept for the claim comes first. Source: persistentvolume/index.go, FindMatchingVolume. */
export function volumeFor(claim: Claim, volumes: readonly Volume[]): Volume | undefined {
  const { storageClassName = '', accessModes = [], volumeMode = 'Filesystem', selector } = claim.spec;
  const wanted = requestedStorage(claim);
  const fits = volumes.filter((volume) => {
    const { spec, metadata } = volume;
    if (metadata.deletionTimestamp || (spec.claimRef && !isFor(volume, claim))) return false;
    if ((spec.volumeMode ?? 'Filesystem') !== volumeMode || compareQuantities(storageOf(spec.capacity), wanted) < 0) return false;
    if (!accessModes.every((mode) => spec.accessModes?.includes(mode)) || (spec.storageClassName ?? '') !== storageClassName) return false;
    return spec.claimRef !== undefined || !selector || matcherOf(selector)(metadata.labels);
  });
  const rank = ({ spec }: Volume): number => (spec.claimRef ? 0 : 1);
  return fits.toSorted((one, other) => rank(one) - rank(other) || compareQuantities(storageOf(one.spec.capacity), storageOf(other.spec.capacity)) || (one.metadata.name < other.metadata.name ? -1 : 1))[0];
}
