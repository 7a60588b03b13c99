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
import { type AttachableVolume, attachableVolume, type BlockedVolume, isOutOfService, multiAttachMessage, planAttachments, UNMOUNT_MS } from './plan.ts';

/** A volume that a driver is to attach, and the pods of a node that need it. */
interface WantedVolume {
  readonly volume: AttachableVolume;
  readonly pods: readonly DeepReadonly<Pod>[];
}

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
  /** Since when attachments that no pod needs have been left for being mounted, by our clock. */
  readonly #heldSinceMs = new Map<string, number>();
  /** Of which volumes the pods of a node have been told that another has them. */
  readonly #blocked = new Map<string, ReadonlySet<string>>();

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolume-attach-detach-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    const { informers } = context;
    this.#pods = this.watch(informers.informer(pods), (pod) => (claimsOfPod(pod).length > 0 ? nodeOfPod(pod) : [])).lister;
    this.#claims = this.watch(informers.informer(persistentVolumeClaims), (claim) => this.#nodesOfClaim(keyOf(claim))).lister;
    this.#volumes = this.watch(informers.informer(persistentVolumes), ({ spec }) => (spec.csi && spec.claimRef ? this.#nodesOfClaim(`${spec.claimRef.namespace}/${spec.claimRef.name}`) : [])).lister;
    this.#nodes = this.watch(informers.informer(nodes), ({ metadata, status }) => (status?.volumesInUse?.length || status?.volumesAttached?.length ? [metadata.name] : [])).lister;
    this.#drivers = this.reads(informers.informer(csiDrivers)).lister;
    this.#attachments = this.watch(informers.informer(volumeAttachments), (attachment, { before, after }) => {
      if (before && after === attachment) this.#tellOutcome(before, after);
      return nodeOfAttachment(attachment);
    }).lister;
    this.#recorder = this.owns(recorderFor(context, 'attachdetach-controller'));
  }

  #nodesOfClaim(key: string): readonly string[] {
    return this.#pods.byIndex(claimsOfPod, key).flatMap(nodeOfPod);
  }

  protected async reconcile(nodeName: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const node = this.#nodes.get(nodeName);
    const wanted: ReadonlyMap<string, WantedVolume> = node ? this.#wanted(nodeName) : new Map<string, WantedVolume>();
    const { attach, blocked, detach, held, attached } = planAttachments({
      nodeName, desired: [...wanted.values()].map(({ volume }) => volume), attachments: this.#attachments.list(), inUse: new Set(node && !isOutOfService(node) ? node.status?.volumesInUse : []),
      volume: (name) => {
        const found = this.#volumes.get(name);
        return found && attachableVolume(found);
      },
    });
    for (const { name, csi } of attach) await this.#attach({ name, driver: csi.driver, handle: csi.volumeHandle, nodeName }, signal);
    this.#tellBlocked(nodeName, blocked, wanted);
    const { overdue, leftMs } = this.#overdue(nodeName, held);
    for (const name of [...detach, ...overdue]) {
      await this.#client.resource(volumeAttachments).delete(name, { signal }).catch((error: unknown) => {
        if (!hasReason(error, 'NotFound')) throw error;
      });
    }
    if (node) await this.#tell(node, attached, signal);
    const afterMs = Math.min(blocked.length > 0 ? BLOCKED_MS : Infinity, leftMs);
    return afterMs === Infinity ? undefined : { afterMs };
  }

  /** Each pod once, till the volume has been free. */
  #tellBlocked(nodeName: string, blocked: readonly BlockedVolume[], wanted: ReadonlyMap<string, WantedVolume>): void {
    const told = this.#blocked.get(nodeName);
    for (const { volume: { name }, nodes: holders } of blocked) {
      if (told?.has(name)) continue;
      const users = holders.flatMap((holder) => this.#wanted(holder).get(name)?.pods ?? []);
      for (const pod of wanted.get(name)?.pods ?? []) this.#recorder.warning(referenceTo(pods, pod), 'FailedAttachVolume', multiAttachMessage(name, pod, users));
    }
    if (blocked.length > 0) this.#blocked.set(nodeName, new Set(blocked.map(({ volume }) => volume.name)));
    else this.#blocked.delete(nodeName);
  }

  /** Of the attachments that are left for being mounted, those that a node which is not ready has had long enough, and in how many ms the next is. */
  #overdue(nodeName: string, held: readonly string[]): { readonly overdue: readonly string[]; readonly leftMs: number } {
    const nowMs = this.clock.monotonic();
    const left = new Map(held.map((name) => [name, (this.#heldSinceMs.get(name) ?? nowMs) + UNMOUNT_MS - nowMs]));
    for (const name of this.#heldSinceMs.keys()) if (!left.has(name) && (this.#attachments.get(name)?.spec.nodeName ?? nodeName) === nodeName) this.#heldSinceMs.delete(name);
    for (const [name, ms] of left) this.#heldSinceMs.set(name, nowMs + ms - UNMOUNT_MS);
    if (this.#nodes.get(nodeName)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return { overdue: [], leftMs: Infinity };
    return { overdue: held.filter((name) => (left.get(name) ?? 0) <= 0), leftMs: Math.min(Infinity, ...[...left.values()].filter((ms) => ms > 0)) };
  }

  /** Tells the pods that wait for a volume what its driver made of it. Source: operation_generator.go, GenerateAttachVolumeFunc. */
  #tellOutcome(before: DeepReadonly<VolumeAttachment>, { spec, status }: DeepReadonly<VolumeAttachment>): void {
    const name = spec.source.persistentVolumeName ?? '';
    const error = status?.attachError?.message;
    const isAttached = status?.attached === true && before.status?.attached !== true;
    if (!isAttached && (error === undefined || error === before.status?.attachError?.message)) return;
    for (const pod of this.#wanted(spec.nodeName).get(name)?.pods ?? []) {
      if (isAttached) this.#recorder.normal(referenceTo(pods, pod), 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume ${JSON.stringify(name)} `);
      else this.#recorder.warning(referenceTo(pods, pod), 'FailedAttachVolume', `AttachVolume.Attach failed for volume ${JSON.stringify(name)} : ${error}`);
    }
  }

  /** The volumes that drivers are to attach for the pods of a node, by their names. */
  #wanted(nodeName: string): Map<string, WantedVolume> {
    const found = new Map<string, WantedVolume>();
    for (const pod of this.#pods.byIndex(nodeOfPod, nodeName)) {
      if (isPodTerminal(pod)) continue;
      for (const key of claimsOfPod(pod)) {
        const claim = this.#claims.get(key);
        const bound = claim?.status?.phase === 'Bound' ? this.#volumes.get(claim.spec.volumeName ?? '') : undefined;
        const volume = bound && bound.spec.claimRef?.uid === claim?.metadata.uid ? attachableVolume(bound) : undefined;
        if (volume && this.#drivers.get(volume.csi.driver)?.spec.attachRequired !== false) found.set(volume.name, { volume, pods: [...(found.get(volume.name)?.pods ?? []), pod] });
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
