import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CSIStorageCapacity } from '../generated/storage-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateCSIStorageCapacity, validateCSIStorageCapacityUpdate } from './validation.ts';
import { storageCapacityWarnings } from './warnings.ts';
import { anewThenChanges } from '../update-orders.ts';

export const csiStorageCapacity: KindDefinition<CSIStorageCapacity> = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io', kind: 'CSIStorageCapacity', resource: 'csistoragecapacities', namespaced: true,
  versions: [{ version: 'v1', message: 'storage.v1.CSIStorageCapacity' }],
  updateRules: anewThenChanges,
  allowUnconditionalUpdate: false,
  validate: validateCSIStorageCapacity,
  validateUpdate: validateCSIStorageCapacityUpdate,
  warnings: storageCapacityWarnings,
  columns: defaultColumns,
});
