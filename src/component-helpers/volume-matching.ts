import { compareQuantities, parseQuantity, type Quantity, zeroQuantity } from '../apimachinery/quantity.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core-v1.ts';
import { matcherOf } from './label-selector.ts';
import { classNameOf } from './storage-class.ts';

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

const attributesClassOf = ({ spec }: Claim | Volume): string => spec.volumeAttributesClassName ?? '';
const modeOf = ({ spec }: Claim | Volume): string => spec.volumeMode ?? 'Filesystem';

/** What the claim asks for and the volume does not give; undefined when it gives all. A volume that is kept for the claim may be of another class. Source: checkVolumeSatisfyClaim. */
export function mismatchOf(volume: Volume, claim: Claim): string | undefined {
  const { metadata, spec } = volume;
  if (metadata.deletionTimestamp) return `the volume is marked for deletion ${JSON.stringify(metadata.name)}`;
  if (compareQuantities(storageOf(spec.capacity), requestedStorage(claim)) < 0) return 'requested PV is too small';
  if (!spec.claimRef && classNameOf(volume) !== classNameOf(claim)) return 'storageClassName does not match';
  if (attributesClassOf(volume) !== attributesClassOf(claim)) return 'volumeAttributesClassName does not match';
  if (!hasSameMode(volume, claim)) return 'incompatible volumeMode';
  return claim.spec.accessModes?.every((mode) => spec.accessModes?.includes(mode)) === false ? 'incompatible accessMode' : undefined;
}

export function hasSameMode(volume: Volume, claim: Claim): boolean {
  return modeOf(volume) === modeOf(claim);
}

/** The smallest free volume that gives what the claim asks for; one that is kept for the claim comes first. Source: component-helpers/storage/volume, FindMatchingVolume. */
export function volumeFor(claim: Claim, volumes: readonly Volume[]): Volume | undefined {
  const { selector } = claim.spec;
  const fits = volumes.filter((volume) => {
    if (mismatchOf(volume, claim) !== undefined) return false;
    if (volume.spec.claimRef) return isFor(volume, claim);
    return volume.status.phase === 'Available' && (!selector || matcherOf(selector)(volume.metadata.labels));
  });
  const rank = ({ spec }: Volume): number => (spec.claimRef ? 0 : 1);
  return fits.toSorted((one, other) => rank(one) - rank(other) || compareQuantities(storageOf(one.spec.capacity), storageOf(other.spec.capacity)) || (one.metadata.name < other.metadata.name ? -1 : 1))[0];
}

/** As `volumeFor`, but of the free ones those with the fewest access modes come first, however large. Source: persistentvolume/index.go, findByClaim. */
export function volumeWithFewestModes(claim: Claim, volumes: readonly Volume[]): Volume | undefined {
  const found = volumeFor(claim, volumes);
  const modes = found?.spec.accessModes?.length ?? 0;
  if (!found || found.spec.claimRef || modes < 2) return found;
  return volumeWithFewestModes(claim, volumes.filter(({ spec }) => (spec.accessModes?.length ?? 0) < modes)) ?? found;
}
