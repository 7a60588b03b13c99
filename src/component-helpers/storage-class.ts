import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core-v1.ts';
import type { StorageClass } from '../api/generated/storage-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { newestDefault } from './newest-default.ts';

/** Where the class stood before there was a field. */
const CLASS = 'volume.beta.kubernetes.io/storage-class';
const MARKS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** The name of the class, empty without one. The old annotation counts before the field. Source: component-helpers/storage/volume, GetPersistentVolumeClaimClass. */
export function classNameOf({ metadata, spec }: DeepReadonly<PersistentVolumeClaim> | DeepReadonly<PersistentVolume>): string {
  return metadata.annotations?.[CLASS] ?? spec.storageClassName ?? '';
}

/** Whether a claim says of which class it is, be it of none. Source: PersistentVolumeClaimHasClass. */
export function saysClass({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): boolean {
  return metadata.annotations?.[CLASS] !== undefined || spec.storageClassName !== undefined;
}

/** The class of claims that do not say theirs. */
export function defaultClassOf(classes: readonly DeepReadonly<StorageClass>[]): DeepReadonly<StorageClass> | undefined {
  return newestDefault(classes, MARKS);
}
