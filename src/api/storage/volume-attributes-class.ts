import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { VolumeAttributesClass } from '../generated/storage-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

const DEFAULT_ANNOTATION = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

export const volumeAttributesClass: KindDefinition<VolumeAttributesClass> = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io', kind: 'VolumeAttributesClass', resource: 'volumeattributesclasses', namespaced: false, shortNames: ['vac'],
  versions: [{ version: 'v1', message: 'storage.v1.VolumeAttributesClass' }],
  updateRules: anewThenChanges,
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
  deleteReturnsObject: true,
  columns: [
    { ...nameColumn, cell: ({ metadata }) => (metadata.annotations?.[DEFAULT_ANNOTATION] === 'true' ? `${metadata.name} (default)` : metadata.name) },
    textColumn('DriverName', 'Name of the CSI driver This field is immutable.', (object) => object.driverName),
    ageColumn,
  ],
});
