/** Volumes, and where containers find them. Source: kubernetes pkg/apis/core/validation, ValidateVolumes, ValidateVolumeMounts, ValidateVolumeDevices. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { FieldErrors, type FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Label } from '../../../apimachinery/validation/names.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { Container, Volume, VolumeMount } from '../../generated/core-v1.ts';
import { validateDescendingPath, validateNoBacksteps } from './paths.ts';
import { volumeSources, type SourceCheck, type VolumeHolder } from './volume-sources.ts';

export type Volumes = ReadonlyMap<string, DeepReadonly<Volume>>;

const NO_VOLUMES: Volumes = new Map();
const CREATED_TEXT = 'must not reference a PVC that gets created for an ephemeral volume';

/** Gives the volumes without fault, which mounts may name. `podName` is undefined for templates. */
export function validateVolumes(volumes: DeepReadonly<Volume[]> | undefined, podName: string | undefined, path: FieldPath, errors: FieldErrors): Volumes {
  if (!volumes) return NO_VOLUMES;
  const good = new Map<string, DeepReadonly<Volume>>();
  const created = new Set(podName ? volumes.filter((volume) => volume.ephemeral).map(({ name }) => `${podName}-${name}`) : []);
  volumes.forEach((volume, i) => {
    const { name, persistentVolumeClaim } = volume;
    const own = new FieldErrors();
    const at = path.index(i);
    validateOneSource(volume, volumeSources, { name, at, podName }, own);
    if (name === '') own.required(at.child('name'));
    else addInvalid(own, at.child('name'), name, isDns1123Label(name));
    if (good.has(name)) own.duplicate(at.child('name'), name);
    if (own.causes.length === 0) good.set(name, volume);
    errors.causes.push(...own.causes);
    if (persistentVolumeClaim && created.has(persistentVolumeClaim.claimName)) {
      errors.invalid(at.child('persistentVolumeClaim', 'claimName'), persistentVolumeClaim.claimName, CREATED_TEXT);
    }
  });
  return good;
}

/** Fields that a few messages call by another name. */
const PATH_NAMES: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };
const REPEATED_NAMES: Readonly<Record<string, string>> = { downwardAPI: 'downwarAPI', cephfs: 'cephFS' };

/** The checks of `sources` in their order; only the first source is looked into, and those that upstream does not count. */
export function validateOneSource(fields: object, sources: object, holder: VolumeHolder, errors: FieldErrors, uncounted?: string): void {
  const { at: path } = holder;
  let count = 0;
  for (const [name, check] of Object.entries(sources)) {
    const source = (fields as Readonly<Record<string, unknown>>)[name];
    if (source === undefined || source === null) continue;
    if (count++ > 0 && name !== uncounted) errors.forbidden(path.child(REPEATED_NAMES[name] ?? name), 'may not specify more than 1 volume type');
    else (check as SourceCheck<unknown>)(source, path.child(PATH_NAMES[name] ?? name), errors, holder);
  }
  if (count === 0) errors.required(path, 'must specify a volume type');
}

const propagations: ReadonlySet<string> = new Set(['Bidirectional', 'HostToContainer', 'None']);
const recursiveModes: ReadonlySet<string> = new Set(['Disabled', 'Enabled', 'IfPossible']);

export function validateVolumeMounts(container: DeepReadonly<Container>, volumes: Volumes, path: FieldPath, errors: FieldErrors): void {
  if (!container.volumeMounts) return;
  const seen = new Set<string>();
  const devices = container.volumeDevices ?? [];
  container.volumeMounts.forEach((mount, i) => {
    const at = path.index(i);
    const { name, mountPath } = mount;
    if (!name) errors.required(at.child('name'));
    if (!volumes.has(name)) errors.notFound(at.child('name'), name);
    if (!mountPath) errors.required(at.child('mountPath'));
    if (seen.has(mountPath)) errors.invalid(at.child('mountPath'), mountPath, 'must be unique');
    seen.add(mountPath);
    if (devices.some((device) => device.name === name)) errors.invalid(at.child('name'), name, 'must not already exist in volumeDevices');
    if (devices.some((device) => device.devicePath === mountPath)) errors.invalid(at.child('mountPath'), mountPath, 'must not already exist as a path in volumeDevices');
    validateSubPaths(mount, path, at, errors);
    validatePropagation(mount, container, path.child('mountPropagation'), errors);
    validateRecursiveReadOnly(mount, path.child('recursiveReadOnly'), errors);
  });
}

/** `at` is the mount; some rules tell the list's path only. */
function validateSubPaths({ subPath, subPathExpr }: DeepReadonly<VolumeMount>, path: FieldPath, at: FieldPath, errors: FieldErrors): void {
  if (subPath) validateDescendingPath(subPath, path.child('subPath'), errors);
  if (!subPathExpr) return;
  if (subPath) errors.invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive');
  validateDescendingPath(subPathExpr, path.child('subPathExpr'), errors);
}

function validatePropagation({ mountPropagation }: DeepReadonly<VolumeMount>, container: DeepReadonly<Container>, path: FieldPath, errors: FieldErrors): void {
  if (mountPropagation === undefined) return;
  if (!propagations.has(mountPropagation)) errors.notSupported(path, mountPropagation, propagations);
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
    errors.forbidden(path, 'Bidirectional mount propagation is available only to privileged containers');
  }
}

function validateRecursiveReadOnly({ recursiveReadOnly: mode, readOnly, mountPropagation }: DeepReadonly<VolumeMount>, path: FieldPath, errors: FieldErrors): void {
  if (mode === undefined || mode === 'Disabled') return;
  if (!recursiveModes.has(mode)) return errors.notSupported(path, mode, recursiveModes);
  if (!readOnly) errors.forbidden(path, 'may only be specified when readOnly is true');
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.forbidden(path, 'may only be specified when mountPropagation is None or not specified');
  }
}

export function validateVolumeDevices(container: DeepReadonly<Container>, volumes: Volumes, path: FieldPath, errors: FieldErrors): void {
  if (!container.volumeDevices) return;
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  container.volumeDevices.forEach(({ name, devicePath }, i) => {
    const at = path.index(i);
    const volume = volumes.get(name);
    if (!name) errors.required(at.child('name'));
    if (names.has(name)) errors.invalid(at.child('name'), name, 'must be unique');
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.invalid(at.child('name'), name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (!volume) errors.notFound(at.child('name'), name);
    if (!devicePath) errors.required(at.child('devicePath'));
    if (paths.has(devicePath)) errors.invalid(at.child('devicePath'), devicePath, 'must be unique');
    const backsteps = new FieldErrors();
    validateNoBacksteps(devicePath, at, backsteps);
    if (backsteps.causes.length > 0) errors.invalid(at.child('devicePath'), devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) errors.invalid(at.child('name'), name, 'must not already exist in volumeMounts');
    if (mounts.some((mount) => mount.mountPath === devicePath)) errors.invalid(at.child('devicePath'), devicePath, 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
  });
}
