import { persistentVolumeClaims } from '../../api/refs.ts';
import { parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import { referenceTo, type Client, type EventRecorder } from '../../client/index.ts';
import { isRuntimeError, runtimeErrorText } from '../../runtime/index.ts';
import { podReference } from '../pods/pod-reference.ts';
import type { VolumeContext } from '../volumes/plugin.ts';
import type { CsiVolume } from './csi-volume.ts';
import type { CsiVolumes } from './csi-volumes.ts';

/** What a claim says while its file system is yet to grow. */
const PASSING_CONDITIONS = ['FileSystemResizePending', 'Resizing'];

/** How many bytes the volume should have that the claim does not know of yet; undefined: it has grown, or was never smaller. */
export function missingBytes(volume: DeepReadonly<PersistentVolume>, claim: DeepReadonly<PersistentVolumeClaim>): number | undefined {
  const [wanted, known] = [volume.spec.capacity?.storage, claim.status?.capacity?.storage];
  if (wanted === undefined || known === undefined) return undefined;
  const bytes = wholeValue(parseQuantity(wanted));
  return bytes > wholeValue(parseQuantity(known)) ? bytes : undefined;
}

/** What the status of a claim loses and gets when its volume has grown to `storage`; a strategic merge patch. */
export function grownStatus(claim: DeepReadonly<PersistentVolumeClaim>, storage: string | number): object {
  const gone = (claim.status?.conditions ?? []).filter(({ type }) => PASSING_CONDITIONS.includes(type));
  return {
    status: {
      capacity: { storage },
      ...(gone.length > 0 && { conditions: gone.map(({ type }) => ({ $patch: 'delete', type })) }),
      ...(claim.status?.allocatedResourceStatuses?.storage !== undefined && { allocatedResourceStatuses: { storage: null } }),
    },
  };
}

/**
 * Lets the driver grow the mounted volume of a claim whose persistent volume has become larger, and tells the claim. A refusal is told in events; the next look
 * at the pod tries again. Source: "Resizing Persistent Volumes"; pkg/volume/util/operationexecutor, node expansion.
 */
export async function growVolume(
  { client, events, csi }: { readonly client: Client; readonly events: EventRecorder; readonly csi: CsiVolumes },
  { claim, persistent, volume }: { readonly claim: DeepReadonly<PersistentVolumeClaim>; readonly persistent: DeepReadonly<PersistentVolume>; readonly volume: CsiVolume },
  context: VolumeContext,
): Promise<void> {
  const bytes = missingBytes(persistent, claim);
  const storage = persistent.spec.capacity?.storage;
  if (bytes === undefined || storage === undefined || volume.isReadonly) return;
  const { name } = persistent.metadata;
  const about = [podReference(context.pod), referenceTo(persistentVolumeClaims, claim)];
  try {
    await csi.expand(volume, context, bytes);
  } catch (error) {
    if (context.signal.aborted || !isRuntimeError(error)) throw error;
    for (const one of about) events.warning(one, 'VolumeResizeFailed', `NodeExpandVolume failed for volume "${name}" : ${runtimeErrorText(error)}`);
    return;
  }
  await client.resource(persistentVolumeClaims, claim.metadata.namespace ?? '').patchStatus(claim.metadata.name, { type: 'strategic', patch: grownStatus(claim, storage) }, { signal: context.signal });
  for (const one of about) events.normal(one, 'FileSystemResizeSuccessful', `MountVolume.NodeExpandVolume succeeded for volume "${name}"`);
}
