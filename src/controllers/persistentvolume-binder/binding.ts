/** What a volume and its claim say of each other once they are bound, or no longer. Each function gives undefined where nothing is to be written. Source: pkg/controller/volume/persistentvolume, bind. */
import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { referenceTo } from '../../client/event-recorder.ts';
import { BOUND_BY_CONTROLLER, isFor } from '../../component-helpers/volume-matching.ts';

type Volume = DeepReadonly<PersistentVolume>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** How large a claim is till its file system has grown with the volume. */
const PRE_RESIZE_CAPACITY = 'volume.alpha.kubernetes.io/pre-resize-capacity';

export function boundVolume(volume: Volume, claim: Claim): Volume | undefined {
  if (volume.spec.claimRef?.uid === claim.metadata.uid) return undefined;
  const annotations = isFor(volume, claim) ? volume.metadata.annotations : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
  return { ...volume, metadata: { ...volume.metadata, ...(annotations && { annotations }) }, spec: { ...volume.spec, claimRef: referenceTo(persistentVolumeClaims, claim) } };
}

/** A user's volume stays kept for the claim by name. */
export function unboundVolume(volume: Volume): Volume {
  const { [BOUND_BY_CONTROLLER]: isOurs, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, ...kept } = claimRef ?? {};
  if (isOurs === undefined) return { ...volume, spec: { ...spec, claimRef: kept } };
  const { annotations: __, ...metadata } = volume.metadata;
  return { ...volume, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) }, spec };
}

export function boundClaim(claim: Claim, volume: Volume): Claim | undefined {
  const isNamed = claim.spec.volumeName === volume.metadata.name;
  if (isNamed && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return undefined;
  const annotations = { ...claim.metadata.annotations, ...(!isNamed && { [BOUND_BY_CONTROLLER]: 'yes' }), [BIND_COMPLETED]: 'yes' };
  return { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: volume.metadata.name } };
}

/** Size and class of attributes are the volume's when the claim becomes bound; after that whoever changes the volume tells them. */
export function boundStatus({ status }: Claim, volume: Volume): PersistentVolumeClaimStatus | undefined {
  const { accessModes = [], volumeAttributesClassName } = volume.spec;
  const base = { ...(status as PersistentVolumeClaimStatus), accessModes: [...accessModes] };
  if (status.phase === 'Bound') return isDeepStrictEqual([...(status.accessModes ?? [])], base.accessModes) ? undefined : base;
  const isFresh = status.phase === 'Pending' || status.phase === undefined;
  return { ...base, phase: 'Bound', capacity: capacityOf(volume, status.capacity), ...(isFresh && volumeAttributesClassName !== undefined && { currentVolumeAttributesClassName: volumeAttributesClassName }) };
}

function capacityOf(volume: Volume, known: DeepReadonly<PersistentVolumeClaimStatus['capacity']> = {}): NonNullable<PersistentVolumeClaimStatus['capacity']> {
  const { capacity = {} } = volume.spec;
  const { storage } = capacity;
  if (storage === undefined) throw new Error(`PersistentVolume ${JSON.stringify(volume.metadata.name)} is without a storage capacity`);
  const before = volume.metadata.annotations?.[PRE_RESIZE_CAPACITY];
  if (before !== undefined) return { ...known, storage: before };
  return known.storage !== undefined && compareQuantities(parseQuantity(known.storage), parseQuantity(storage)) === 0 ? { ...known } : { ...capacity };
}

/** Of a claim that has no volume, or has it no more. */
export function unboundStatus({ status }: Claim, phase: 'Pending' | 'Lost'): PersistentVolumeClaimStatus | undefined {
  const { accessModes, capacity, currentVolumeAttributesClassName, ...rest } = status as PersistentVolumeClaimStatus;
  const isSame = (status.phase ?? 'Pending') === phase && accessModes === undefined && capacity === undefined && currentVolumeAttributesClassName === undefined;
  return isSame ? undefined : { ...rest, phase };
}
