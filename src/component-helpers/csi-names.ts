import { createHash } from 'node:crypto';

/** The VolumeAttachment that says whether a volume is attached to a node. Source: pkg/volume/csi, getAttachmentName. */
export function attachmentName(handle: string, driver: string, nodeName: string): string {
  return `csi-${createHash('sha256').update(`${handle}${driver}${nodeName}`).digest('hex')}`;
}

/** How a node's status names a volume of a driver. */
export function uniqueVolumeName(driver: string, handle: string): string {
  return `kubernetes.io/csi/${driver}^${handle}`;
}
