import type { AttachedVolume, CSIPersistentVolumeSource, PersistentVolume } from '../../api/generated/core-v1.ts';
import type { VolumeAttachment } from '../../api/generated/storage-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { attachmentName, uniqueVolumeName } from '../../component-helpers/csi-names.ts';

/** A volume that a driver attaches. */
export interface AttachableVolume {
  readonly name: string;
  readonly csi: DeepReadonly<CSIPersistentVolumeSource>;
  /** No two nodes may have it. */
  readonly isExclusive: boolean;
}

export interface AttachPlan {
  readonly attach: readonly AttachableVolume[];
  /** Held back: another node has them still. */
  readonly blocked: readonly AttachableVolume[];
  /** Names of VolumeAttachments. */
  readonly detach: readonly string[];
  /** What the node's status is to tell. */
  readonly attached: readonly AttachedVolume[];
}

export function attachableVolume({ metadata, spec }: DeepReadonly<PersistentVolume>): AttachableVolume | undefined {
  const modes = spec.accessModes ?? [];
  return spec.csi && { name: metadata.name, csi: spec.csi, isExclusive: modes.length > 0 && modes.every((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod') };
}

/**
 * What is to be attached to a node and what detached. `desired`: the volumes of its pods; `attachments`: all of the cluster; `inUse`: what the node says that
 * it has mounted, which is left attached. Source: pkg/controller/volume/attachdetach, reconciler.
 */
export function planAttachments(input: {
  readonly nodeName: string;
  readonly desired: readonly AttachableVolume[];
  readonly attachments: readonly DeepReadonly<VolumeAttachment>[];
  readonly volume: (name: string) => AttachableVolume | undefined;
  readonly inUse: ReadonlySet<string>;
}): AttachPlan {
  const { nodeName, desired, attachments, volume, inUse } = input;
  const nameOf = ({ csi }: AttachableVolume): string => attachmentName(csi.volumeHandle, csi.driver, nodeName);
  const here = attachments.filter(({ spec }) => spec.nodeName === nodeName);
  const wanted = new Set(desired.map(nameOf));
  const missing = desired.filter((one) => !here.some(({ metadata }) => metadata.name === nameOf(one)));
  const isElsewhere = (one: AttachableVolume): boolean => one.isExclusive && attachments.some(({ spec }) => spec.nodeName !== nodeName && spec.source.persistentVolumeName === one.name);
  const detach = here.filter(({ metadata, spec }) => {
    const own = volume(spec.source.persistentVolumeName ?? '');
    // What somebody else has made is theirs; what is gone as a volume was ours by its name.
    if (wanted.has(metadata.name) || metadata.deletionTimestamp !== undefined || !metadata.name.startsWith('csi-') || (own && nameOf(own) !== metadata.name)) return false;
    return !own || !inUse.has(uniqueVolumeName(own.csi.driver, own.csi.volumeHandle));
  });
  const attached = here.filter(({ status, metadata }) => status?.attached === true && metadata.deletionTimestamp === undefined).flatMap(({ spec }): AttachedVolume[] => {
    const own = volume(spec.source.persistentVolumeName ?? '');
    return own ? [{ name: uniqueVolumeName(own.csi.driver, own.csi.volumeHandle), devicePath: '' }] : [];
  });
  return {
    attach: missing.filter((one) => !isElsewhere(one)), blocked: missing.filter(isElsewhere),
    detach: detach.map(({ metadata }) => metadata.name), attached: attached.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
