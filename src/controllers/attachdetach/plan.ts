import type { AttachedVolume, CSIPersistentVolumeSource, Node, PersistentVolume, Pod } from '../../api/generated/core-v1.ts';
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

export interface BlockedVolume {
  readonly volume: AttachableVolume;
  /** The nodes that have it. */
  readonly nodes: readonly string[];
}

export interface AttachPlan {
  readonly attach: readonly AttachableVolume[];
  /** Held back: another node has them still. */
  readonly blocked: readonly BlockedVolume[];
  /** Names of VolumeAttachments. */
  readonly detach: readonly string[];
  /** Those that no pod needs and that are left for being mounted. */
  readonly held: readonly string[];
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
  const nodesOf = (one: AttachableVolume): string[] => (one.isExclusive ? attachments.filter(({ spec }) => spec.nodeName !== nodeName && spec.source.persistentVolumeName === one.name).map(({ spec }) => spec.nodeName) : []);
  const unwanted = here.filter(({ metadata, spec }) => {
    const own = volume(spec.source.persistentVolumeName ?? '');
    // What somebody else has made is theirs; what is gone as a volume was ours by its name.
    return !wanted.has(metadata.name) && metadata.deletionTimestamp === undefined && metadata.name.startsWith('csi-') && (!own || nameOf(own) === metadata.name);
  });
  const isMounted = ({ spec }: DeepReadonly<VolumeAttachment>): boolean => {
    const own = volume(spec.source.persistentVolumeName ?? '');
    return own !== undefined && inUse.has(uniqueVolumeName(own.csi.driver, own.csi.volumeHandle));
  };
  const nameOfAttachment = ({ metadata }: DeepReadonly<VolumeAttachment>): string => metadata.name;
  const attached = here.filter(({ status, metadata }) => status?.attached === true && metadata.deletionTimestamp === undefined).flatMap(({ spec }): AttachedVolume[] => {
    const own = volume(spec.source.persistentVolumeName ?? '');
    return own ? [{ name: uniqueVolumeName(own.csi.driver, own.csi.volumeHandle), devicePath: '' }] : [];
  });
  return {
    attach: missing.filter((one) => nodesOf(one).length === 0),
    blocked: missing.map((one) => ({ volume: one, nodes: nodesOf(one) })).filter((one) => one.nodes.length > 0),
    detach: unwanted.filter((one) => !isMounted(one)).map(nameOfAttachment), held: unwanted.filter(isMounted).map(nameOfAttachment), attached: attached.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What a pod is told that waits for a volume: who has it, without the names of pods in other namespaces. Source: reconciler.go, reportMultiAttachError. */
export function multiAttachMessage(volume: string, { metadata: { namespace } }: DeepReadonly<Pod>, users: readonly DeepReadonly<Pod>[]): string {
  const near = users.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name);
  const far = users.length - near.length;
  const others = `${far} pod(s) in different namespaces`;
  const who = near.length === 0 ? others : `pod(s) ${near.join(', ')}${far > 0 ? ` and ${others}` : ''}`;
  const why = users.length === 0 ? "Volume is already exclusively attached to one node and can't be attached to another" : `Volume is already used by ${who}`;
  return `Multi-Attach error for volume ${JSON.stringify(volume)} ${why}`;
}

/** So long a volume that no pod needs stays mounted on a node that is not ready, by `maxWaitForUnmountDuration`. */
export const UNMOUNT_MS = 360_000;

/** Whether a node is declared out of service: nothing on it is mounted any more. */
export function isOutOfService({ spec }: DeepReadonly<Node>): boolean {
  return spec.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? false;
}
