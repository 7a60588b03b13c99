import { chmod, mkdir, stat } from 'node:fs/promises';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../api/refs.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Commands } from '../../base/commands.ts';
import type { Client, EventRecorder } from '../../client/index.ts';
import { matchesNodeSelectorTerm } from '../../component-helpers/node-affinity.ts';
import { persistentCsiVolume } from '../csi/csi-volume.ts';
import type { CsiVolumes } from '../csi/csi-volumes.ts';
import { growVolume } from '../csi/expansion.ts';
import { checkHostPath } from './host-path.ts';
import { isMountPoint } from './mount-points.ts';
import { VolumeError, type MountedVolume, type VolumeContext, type VolumePlugin } from './plugin.ts';

export interface ClaimPluginOptions {
  readonly client: Client;
  readonly commands: Commands;
  /** Undefined until the node is registered. */
  readonly node: () => DeepReadonly<Node> | undefined;
  /** Mounts the volumes that drivers have. */
  readonly csi: CsiVolumes;
  readonly clock: Clock;
  readonly events: EventRecorder;
}

/** How often a node looks whether a claim's volume has become larger. */
const GROWTH_LOOK_MS = 60_000;

/** Volumes of claims and of claim templates (`ephemeral`): persistent volumes that are a folder or a device of this machine (`hostPath`, `local`), or a driver's (`csi`). */
export function claimPlugin(options: ClaimPluginOptions): VolumePlugin {
  return {
    name: 'kubernetes.io~local-volume',
    supports: ({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim !== undefined || ephemeral !== undefined,
    async setUp(context) {
      const { volume, pod, signal } = context;
      const claim = await boundClaim(options.client, pod, volume, signal);
      const persistent = await options.client.resource(persistentVolumes).get(claim.spec.volumeName ?? '', { signal });
      if (persistent.spec.claimRef?.uid !== claim.metadata.uid) throw new VolumeError(`persistent volume "${persistent.metadata.name}" is not bound to claim "${claim.metadata.namespace}/${claim.metadata.name}"`);
      checkNodeAffinity(persistent, options.node());
      const isReadonly = volume.persistentVolumeClaim?.readOnly === true || isOnlyRead(persistent);
      const csi = persistentCsiVolume(persistent, volume.persistentVolumeClaim?.readOnly === true);
      const told = { claim: { namespace: claim.metadata.namespace ?? '', name: claim.metadata.name }, ...(isReadonly && { isReadonly }) };
      if (csi) {
        const mounted = await options.csi.setUp(csi, context);
        if (!options.csi.expands(csi)) return { ...mounted, ...told };
        if (!isReadonly) await growVolume(options, { claim, persistent, volume: csi }, context);
        // Nobody tells the node when a claim is to grow.
        return { ...mounted, ...told, refreshAtMs: Math.min(mounted.refreshAtMs ?? Infinity, options.clock.now() + GROWTH_LOOK_MS) };
      }
      return { ...(await place(persistent, context, options.commands)), ...told };
    },
  };
}

/** The claim that a volume of a pod means. Throws `VolumeError` until it may be used. */
async function boundClaim(client: Client, pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>, signal: AbortSignal): Promise<DeepReadonly<PersistentVolumeClaim>> {
  const { namespace = '', uid, name: podName } = pod.metadata;
  const name = volume.persistentVolumeClaim?.claimName ?? `${podName}-${volume.name}`;
  const claim = await client.resource(persistentVolumeClaims, namespace).get(name, { signal }).catch((error: unknown) => {
    if (hasReason(error, 'NotFound', 'Forbidden')) throw new VolumeError(`error getting PVC "${namespace}/${name}": ${error.message}`, { cause: error });
    throw error;
  });
  if (volume.ephemeral && !claim.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true)) {
    throw new VolumeError(`PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`);
  }
  if (claim.metadata.deletionTimestamp !== undefined && !pod.status?.startTime) throw new VolumeError(`can't start pod because PVC ${namespace}/${name} is being deleted`);
  if (claim.status?.phase !== 'Bound' || !claim.spec.volumeName) throw new VolumeError(`PVC ${namespace}/${name} has non-bound phase ("${claim.status?.phase ?? ''}") or empty pvc.Spec.VolumeName ("${claim.spec.volumeName ?? ''}")`);
  return claim;
}

function isOnlyRead({ spec }: DeepReadonly<PersistentVolume>): boolean {
  return spec.accessModes?.length === 1 && spec.accessModes[0] === 'ReadOnlyMany';
}

/** Source: pkg/volume/util, CheckNodeAffinity: a volume that is elsewhere is not mounted here. */
function checkNodeAffinity(volume: DeepReadonly<PersistentVolume>, node: DeepReadonly<Node> | undefined): void {
  const required = volume.spec.nodeAffinity?.required;
  if (!required || !node || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node))) return;
  throw new VolumeError(`failed NodeAffinity check for volume "${volume.metadata.name}": no matching NodeSelectorTerms`);
}

async function place(volume: DeepReadonly<PersistentVolume>, context: VolumeContext, commands: Commands): Promise<MountedVolume> {
  const { hostPath, local, volumeMode } = volume.spec;
  const path = hostPath?.path ?? local?.path;
  if (path === undefined) throw new VolumeError(`no volume plugin matched the persistent volume "${volume.metadata.name}"`);
  if (hostPath && volumeMode !== 'Block') {
    await checkHostPath(hostPath);
    return { hostPath: path, isManaged: false };
  }
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new VolumeError(`path "${path}" does not exist`, { cause: error });
  });
  if (volumeMode === 'Block') {
    if (!found.isBlockDevice()) throw new VolumeError(`path "${path}" is not a block device, as volumeMode Block of "${volume.metadata.name}" needs`);
    return { hostPath: path, isManaged: false, isDevice: true };
  }
  if (found.isDirectory()) return { hostPath: path, isManaged: true };
  if (!found.isBlockDevice()) throw new VolumeError(`path "${path}" is neither a directory nor a block device`);
  await mountDevice(path, local?.fsType || 'ext4', context, commands);
  return { hostPath: context.folder, isManaged: true };
}

/** A device without a file system gets one; one that holds something else is left alone. */
async function mountDevice(device: string, fsType: string, { folder, signal, volume }: VolumeContext, commands: Commands): Promise<void> {
  if (await isMountPoint(folder)) return;
  await mkdir(folder, { recursive: true });
  const present = await commands.run(['sh', '-c', 'blkid -p -s TYPE -s PTTYPE -o value "$0" || test $? = 2', device], { signal });
  if (present.trim() === '') await commands.run([`mkfs.${fsType}`, device], { signal });
  await commands.run(['mount', '-t', fsType, ...(volume.persistentVolumeClaim?.readOnly ? ['-o', 'ro'] : []), device, folder], { signal });
  await chmod(folder, 0o755);
}
