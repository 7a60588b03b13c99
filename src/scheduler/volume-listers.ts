import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../api/generated/core-v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../api/generated/storage-v1.ts';

/** What the scheduler reads of volumes. */
export interface VolumeListers {
  claim(namespace: string, name: string): DeepReadonly<PersistentVolumeClaim> | undefined;
  volume(name: string): DeepReadonly<PersistentVolume> | undefined;
  volumes(): readonly DeepReadonly<PersistentVolume>[];
  storageClass(name: string): DeepReadonly<StorageClass> | undefined;
  /** These three absent: there are none. */
  csiNode?(name: string): DeepReadonly<CSINode> | undefined;
  csiDriver?(name: string): DeepReadonly<CSIDriver> | undefined;
  capacities?(): readonly DeepReadonly<CSIStorageCapacity>[];
}
