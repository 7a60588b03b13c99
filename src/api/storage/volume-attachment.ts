import { ageColumn, booleanColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { VolumeAttachment } from '../generated/storage-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { validateAttachmentStatus, validateVolumeAttachment, validateVolumeAttachmentUpdate } from './attachment-validation.ts';
import { anewTwice } from '../update-orders.ts';

export const volumeAttachment: KindDefinition<VolumeAttachment> = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io', kind: 'VolumeAttachment', resource: 'volumeattachments', namespaced: false,
  versions: [{ version: 'v1', message: 'storage.v1.VolumeAttachment' }],
  updateRules: anewTwice,
  allowUnconditionalUpdate: false,
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata, validateUpdate: validateAttachmentStatus } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  prepareForCreate(object) {
    object.status = { attached: false };
  },
  prepareForUpdate: keepStatus,
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
  deleteReturnsObject: true,
  columns: [
    nameColumn,
    { ...textColumn<VolumeAttachment>('Attacher', 'attacher indicates the name of the volume driver that MUST handle this request. This is the name returned by GetPluginName().', ({ spec }) => spec.attacher), format: 'name' },
    textColumn('PV', 'persistentVolumeName represents the name of the persistent volume to attach.', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    textColumn('Node', 'nodeName represents the node that the volume should be attached to.', ({ spec }) => spec.nodeName),
    booleanColumn('Attached', 'attached indicates the volume is successfully attached. This field must only be set by the entity completing the attach operation, i.e. the external-attacher.', ({ status }) => status.attached),
    ageColumn,
  ],
});
