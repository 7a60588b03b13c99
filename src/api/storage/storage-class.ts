import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { StorageClass } from '../generated/storage-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateStorageClass, validateStorageClassUpdate } from './validation.ts';
import { storageClassWarnings } from './warnings.ts';
import { anewThenChanges } from '../update-orders.ts';

const DEFAULT_ANNOTATIONS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

function isDefault(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return DEFAULT_ANNOTATIONS.some((name) => annotations?.[name] === 'true');
}

export const storageClass: KindDefinition<StorageClass> = defineKind<StorageClass>({
  group: 'storage.k8s.io', kind: 'StorageClass', resource: 'storageclasses', namespaced: false, shortNames: ['sc'],
  versions: [{ version: 'v1', message: 'storage.v1.StorageClass' }],
  updateRules: anewThenChanges,
  default(object) {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings: storageClassWarnings,
  deleteReturnsObject: true,
  columns: [
    { ...nameColumn, cell: ({ metadata }) => (isDefault(metadata.annotations) ? `${metadata.name} (default)` : metadata.name) },
    textColumn('Provisioner', 'provisioner indicates the type of the provisioner.', (object) => object.provisioner),
    textColumn('ReclaimPolicy', 'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.', (object) => object.reclaimPolicy ?? 'Delete'),
    textColumn('VolumeBindingMode', 'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.', (object) => object.volumeBindingMode ?? 'Immediate'),
    textColumn('AllowVolumeExpansion', 'allowVolumeExpansion shows whether the storage class allow volume expand.', (object) => object.allowVolumeExpansion ?? false),
    ageColumn,
  ],
});
