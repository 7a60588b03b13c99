import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../generated/core-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepSpec, keepStatus } from '../status-fields.ts';
import { accessModesText } from './access-modes.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './claim-validation.ts';
import { defaultClaimSpec } from './pod-spec/volume-defaults.ts';
import { CLASS_ANNOTATION } from './storage-rules.ts';
import { claimWarnings } from './volume-warnings.ts';
import { anewThenChanges } from '../update-orders.ts';

const MODES_TEXT =
  'accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1';
const CLASS_TEXT = 'StorageClass of the pvc';
const ATTRIBUTES_TEXT = 'VolumeAttributesClass of the pvc';
const MODE_TEXT =
  'volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.';

/**
 * The older and the newer field say the same. Claims of what other namespaces have are of the feature CrossNamespaceVolumeDataSource, which is off: nobody gets one
 * who has none yet. Source: kubernetes pkg/api/persistentvolumeclaim, DropDisabledFields, EnforceDataSourceBackwardsCompatibility, NormalizeDataSources.
 */
function mirrorDataSource(spec: PersistentVolumeClaimSpec, old?: DeepReadonly<PersistentVolumeClaimSpec>): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) {
    if (isOldSource(dataSource) || old?.dataSource || old?.dataSourceRef) spec.dataSourceRef = { ...dataSource };
    else delete spec.dataSource;
  } else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

/** The older field took claims and snapshots only, and passed over all else in silence. */
function isOldSource({ apiGroup, kind }: NonNullable<PersistentVolumeClaimSpec['dataSource']>): boolean {
  return apiGroup ? apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot' : kind === 'PersistentVolumeClaim';
}

const columns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn,
  textColumn('Status', 'phase represents the current phase of PersistentVolumeClaim.', ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating')),
  textColumn('Volume', 'volumeName is the binding reference to the PersistentVolume backing this claim.', ({ spec }) => spec.volumeName ?? ''),
  textColumn('Capacity', 'capacity represents the actual resources of the underlying volume.', ({ spec, status }) => (spec.volumeName ? String(status.capacity?.['storage'] ?? '0') : '')),
  textColumn('Access Modes', MODES_TEXT, ({ spec, status }) => (spec.volumeName ? accessModesText(status.accessModes) : '')),
  textColumn('StorageClass', CLASS_TEXT, ({ metadata, spec }) => metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? ''),
  textColumn('VolumeAttributesClass', ATTRIBUTES_TEXT, ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
  ageColumn,
  wideColumn('VolumeMode', MODE_TEXT, ({ spec }) => spec.volumeMode ?? '<unset>'),
];

export const persistentVolumeClaim: KindDefinition<PersistentVolumeClaim> = defineKind<PersistentVolumeClaim>({
  group: '', kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims', namespaced: true, shortNames: ['pvc'],
  versions: [{ version: 'v1', message: 'core.v1.PersistentVolumeClaim' }],
  updateRules: anewThenChanges,
  subresources: { status: { prepareForUpdate: keepSpec, validateUpdate: validateClaimStatus } },
  default({ spec, status }) {
    status.phase ??= 'Pending';
    defaultClaimSpec(spec);
  },
  prepareForCreate(object) {
    object.status = {};
    mirrorDataSource(object.spec);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    mirrorDataSource(object.spec, old.spec);
  },
  completedOnRead: (claim) => (claim.status.phase === undefined ? { ...claim, status: { phase: 'Pending', ...claim.status } } : undefined),
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  warnings: claimWarnings,
  deleteReturnsObject: true,
  columns,
});
