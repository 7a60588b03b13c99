import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PersistentVolume } from '../generated/core-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepSpec, keepStatus } from '../status-fields.ts';
import { accessModesText } from './access-modes.ts';
import { defaultDiskSource } from './pod-spec/volume-defaults.ts';
import { CLASS_ANNOTATION } from './storage-rules.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './volume-validation.ts';
import { persistentVolumeWarnings } from './volume-warnings.ts';

const CAPACITY_TEXT =
  "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity";
const MODES_TEXT =
  'accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes';
const RECLAIM_TEXT =
  'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming';
const PHASE_TEXT =
  'phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase';
const CLAIM_TEXT =
  'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding';
const REASON_TEXT = 'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.';
const MODE_TEXT =
  'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.';

function claimText({ spec }: DeepReadonly<PersistentVolume>): string {
  return spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '';
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function defaultPersistentVolume({ spec, status }: PersistentVolume): void {
  status.phase ??= 'Pending';
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath) spec.hostPath.type ??= '';
  if (spec.iscsi) spec.iscsi.iscsiInterface ??= 'default';
  defaultDiskSource(spec);
}

const columns: readonly Column<PersistentVolume>[] = [
  nameColumn,
  textColumn('Capacity', CAPACITY_TEXT, ({ spec }) => String(spec.capacity?.['storage'] ?? '0')),
  textColumn('Access Modes', MODES_TEXT, ({ spec }) => accessModesText(spec.accessModes)),
  textColumn('Reclaim Policy', RECLAIM_TEXT, ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
  textColumn('Status', PHASE_TEXT, ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating')),
  textColumn<PersistentVolume>('Claim', CLAIM_TEXT, claimText),
  textColumn('StorageClass', 'StorageClass of the pv', ({ metadata, spec }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? ''),
  textColumn('VolumeAttributesClass', 'VolumeAttributesClass of the pv', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
  textColumn('Reason', REASON_TEXT, ({ status }) => status.reason ?? ''),
  ageColumn,
  wideColumn('VolumeMode', MODE_TEXT, ({ spec }) => spec.volumeMode ?? '<unset>'),
];

export const persistentVolume: KindDefinition<PersistentVolume> = defineKind<PersistentVolume>({
  group: '', kind: 'PersistentVolume', resource: 'persistentvolumes', namespaced: false, shortNames: ['pv'],
  versions: [{ version: 'v1', message: 'core.v1.PersistentVolume' }],
  // The rules for changes judge the volume anew themselves.
  updateRules: ['metadata', 'validate', 'metadata', 'validateUpdate'],
  subresources: {
    status: {
      prepareForUpdate(object, old, { nowMs }) {
        keepSpec(object, old);
        const { phase, lastPhaseTransitionTime } = old.status;
        const saysWhen = object.status.lastPhaseTransitionTime !== undefined && object.status.lastPhaseTransitionTime !== lastPhaseTransitionTime;
        if (object.status.phase !== phase && !saysWhen) object.status.lastPhaseTransitionTime = rfc3339(nowMs);
      },
    },
  },
  default: defaultPersistentVolume,
  prepareForCreate(object, { nowMs }) {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(nowMs) };
  },
  prepareForUpdate: keepStatus,
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: persistentVolumeWarnings,
  deleteReturnsObject: true,
  columns,
});
