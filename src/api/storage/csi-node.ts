import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CSINode } from '../generated/storage-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateCSINode, validateCSINodeUpdate } from './validation.ts';
import { anewTwice } from '../update-orders.ts';

export const csiNode: KindDefinition<CSINode> = defineKind<CSINode>({
  group: 'storage.k8s.io', kind: 'CSINode', resource: 'csinodes', namespaced: false,
  versions: [{ version: 'v1', message: 'storage.v1.CSINode' }],
  updateRules: anewTwice,
  allowUnconditionalUpdate: false,
  validate: validateCSINode,
  validateUpdate: validateCSINodeUpdate,
  deleteReturnsObject: true,
  columns: [nameColumn, integerColumn('Drivers', 'Drivers indicates the number of CSI drivers registered on the node', ({ spec }) => spec.drivers.length), ageColumn],
});
