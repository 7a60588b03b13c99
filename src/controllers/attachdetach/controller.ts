import { isDeepStrictEqual } from 'node:util';
import type { AttachedVolume, Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import type { CSIDriver, VolumeAttachment } from '../../api/generated/storage-v1.ts';
import { csiDrivers, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { attachmentName } from '../../component-helpers/csi-names.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { claimsOfPod } from '../claims-of-pod.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { attachableVolume, planAttachments, type AttachableVolume } from './plan.ts';

/** How often a volume is looked at again that another node has. */
const BLOCKED_MS = 2000;

const nodeOfPod = ({ spec }: DeepReadonly<Pod>): readonly string[] => (spec.nodeName ? [spec.nodeName] : []);
const nodeOfAttachment = ({ spec }: DeepReadonly<VolumeAttachment>): readonly string[] => [spec.nodeName];

/** Asks for volumes of pods to be attached to their nodes, and for what no pod needs to be detached; a driver's attacher does it. A key is a node. Source: pkg/controller/volume/attachdetach. */
export class AttachDetachController extends Controller {
  readonly #client: Client;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #volumes: Lister<PersistentVolume>;
  readonly #nodes: Lister<Node>;
  readonly #drivers: Lister<CSIDriver>;
  readonly #attachments: Lister<VolumeAttachment>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolume-attach-detach-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    const { informers } = context;
    this.#pods = this.watch(informers.informer(pods), (pod) => (claimsOfPod(pod).length > 0 ? nodeOfPod(pod) : [])).lister;
    this.#claims = this.watch(informers.informer(persistentVolumeClaims), (claim) => this.#nodesOfClaim(keyOf(claim))).lister;
    this.#volumes = this.watch(informers.informer(persistentVolumes), ({ spec }) => (spec.csi && spec.claimRef ? this.#nodesOfClaim(`${spec.claimRef.namespace}/${spec.claimRef.name}`) : [])).lister;
    this.#nodes = this.watch(informers.informer(nodes), ({ metadata, status }) => (status?.volumesInUse?.length || status?.volumesAttached?.length ? [metadata.name] : [])).lister;
    this.#drivers = this.reads(informers.informer(csiDrivers)).lister;
    this.#attachments = this.watch(informers.informer(volumeAttachments), nodeOfAttachment).lister;
    this.#recorder = this.owns(recorderFor(context, 'attachdetach-controller'));
  }

  #nodesOfClaim(key: string): readonly string[] {
    return this.#pods.byIndex(claimsOfPod, key).flatMap(nodeOfPod);
  }

  protected async reconcile(nodeName: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const node = this.#nodes.get(nodeName);
    const wanted = node ? this.#wanted(nodeName) : new Map<string, { volume: AttachableVolume; pod: DeepReadonly<Pod> }>();
    const { attach, blocked, detach, attached } = planAttachments({
      nodeName, desired: [...wanted.values()].map(({ volume }) => volume), attachments: this.#attachments.list(), inUse: new Set(node?.status?.volumesInUse),
      volume: (name) => {
        const found = this.#volumes.get(name);
        return found && attachableVolume(found);
      },
    });
    for (const { name, csi } of attach) await this.#attach({ name, driver: csi.driver, handle: csi.volumeHandle, nodeName }, signal);
    for (const { name } of blocked) {
      const pod = wanted.get(name)?.pod;
      if (pod) this.#recorder.warning(referenceTo(pods, pod), 'FailedAttachVolume', `Multi-Attach error for volume ${JSON.stringify(name)} Volume is already exclusively attached to one node and can't be attached to another`);
    }
    for (const name of detach) {
      await this.#client.resource(volumeAttachments).delete(name, { signal }).catch((error: unknown) => {
        if (!hasReason(error, 'NotFound')) throw error;
      });
    }
    if (node) await this.#tell(node, attached, signal);
    return blocked.length > 0 ? { afterMs: BLOCKED_MS } : undefined;
  }

  /** The volumes that drivers are to attach for the pods of a node, by their names, with a pod that needs each. */
  #wanted(nodeName: string): Map<string, { volume: AttachableVolume; pod: DeepReadonly<Pod> }> {
    const found = new Map<string, { volume: AttachableVolume; pod: DeepReadonly<Pod> }>();
    for (const pod of this.#pods.byIndex(nodeOfPod, nodeName)) {
      if (isPodTerminal(pod)) continue;
      for (const key of claimsOfPod(pod)) {
        const claim = this.#claims.get(key);
        const bound = claim?.status?.phase === 'Bound' ? this.#volumes.get(claim.spec.volumeName ?? '') : undefined;
        const volume = bound && bound.spec.claimRef?.uid === claim?.metadata.uid ? attachableVolume(bound) : undefined;
        if (volume && this.#drivers.get(volume.csi.driver)?.spec.attachRequired !== false) found.set(volume.name, { volume, pod });
      }
    }
    return found;
  }

  async #attach({ name, driver, handle, nodeName }: { name: string; driver: string; handle: string; nodeName: string }, signal: AbortSignal): Promise<void> {
    const spec = { attacher: driver, nodeName, source: { persistentVolumeName: name } };
    try {
      await this.#client.resource(volumeAttachments).create({ metadata: { name: attachmentName(handle, driver, nodeName) }, spec }, { signal });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
  }

  async #tell(node: DeepReadonly<Node>, attached: readonly AttachedVolume[], signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(node.status?.volumesAttached ?? [], attached)) return;
    await this.#client.resource(nodes).patchStatus(node.metadata.name, { type: 'merge', patch: { status: { volumesAttached: attached.length > 0 ? attached : null } } }, { signal });
  }
}
