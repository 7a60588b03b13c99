import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus, Pod } from '../../api/generated/core-v1.ts';
import type { StorageClass } from '../../api/generated/storage-v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { BOUND_BY_CONTROLLER, isFor, SELECTED_NODE, volumeFor } from '../../component-helpers/volume-matching.ts';
import { claimsOfPod } from '../claims-of-pod.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { deletionProblem, volumePhase } from './plan.ts';

const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const VOLUME = 'volume:';

type Claim = DeepReadonly<PersistentVolumeClaim>;
type Volume = DeepReadonly<PersistentVolume>;

/** Binds claims to volumes that are there. Making volumes is their provisioner's, deleting released ones too. Source: pkg/controller/volume/persistentvolume. */
export class PersistentVolumeBinder extends Controller {
  readonly #client: Client;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #volumes: Lister<PersistentVolume>;
  readonly #classes: Lister<StorageClass>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolume-binder-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    const { informers } = context;
    this.#claims = this.watch(informers.informer(persistentVolumeClaims), (claim) => [keyOf(claim), ...(claim.spec.volumeName ? [`${VOLUME}${claim.spec.volumeName}`] : [])]).lister;
    this.#volumes = this.watch(informers.informer(persistentVolumes), (volume) => [`${VOLUME}${volume.metadata.name}`, ...this.#waitingFor(volume)]).lister;
    this.#classes = this.reads(informers.informer(storageClasses)).lister;
    this.#pods = this.watch(informers.informer(pods), (pod, { before }) => (before ? [] : claimsOfPod(pod))).lister;
    this.#recorder = this.owns(recorderFor(context, 'persistentvolume-controller'));
  }

  /** The claim that the volume names; for a free one all that wait for a volume of its class. */
  #waitingFor({ spec }: Volume): readonly string[] {
    if (spec.claimRef) return [`${spec.claimRef.namespace}/${spec.claimRef.name}`];
    return this.#claims.list().filter((claim) => !claim.spec.volumeName && (claim.spec.storageClassName ?? '') === (spec.storageClassName ?? '')).map(keyOf);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    if (key.startsWith(VOLUME)) return this.#syncVolume(key.slice(VOLUME.length), signal);
    const claim = this.#claims.get(key);
    if (!claim || claim.metadata.deletionTimestamp) return;
    if (claim.spec.volumeName) return this.#syncNamed(claim, claim.spec.volumeName, signal);
    const storageClass = this.#classes.get(claim.spec.storageClassName ?? '');
    const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    // Which free volume it gets the scheduler chooses, with the node of its first pod.
    const volume = volumeFor(claim, isDelayed ? this.#volumes.list().filter(({ spec }) => spec.claimRef) : this.#volumes.list());
    if (volume) return this.#bind(claim, volume, signal);
    if (isDelayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) return this.#tellWhomItAwaits(claim, key);
    if (!storageClass) return this.#tell(claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
    if (storageClass.provisioner === 'kubernetes.io/no-provisioner') return;
    await this.#askProvisioner(claim, storageClass.provisioner, signal);
  }

  #tell(claim: Claim, reason: string, message: string): undefined {
    this.#recorder.normal(referenceTo(persistentVolumeClaims, claim), reason, message);
  }

  #tellWhomItAwaits(claim: Claim, key: string): undefined {
    const waiting = this.#pods.byIndex(claimsOfPod, key).filter((pod) => !pod.spec.nodeName && !isPodTerminal(pod)).map(({ metadata }) => metadata.name);
    if (waiting.length === 0) return this.#tell(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    return this.#tell(claim, 'WaitForPodScheduled', `waiting for ${waiting.length > 1 ? 'pods' : 'pod'} ${waiting.join(',')} to be scheduled`);
  }

  async #askProvisioner(claim: Claim, provisioner: string, signal: AbortSignal): Promise<undefined> {
    const wanted = { 'volume.beta.kubernetes.io/storage-provisioner': provisioner, 'volume.kubernetes.io/storage-provisioner': provisioner };
    const annotations = { ...claim.metadata.annotations, ...wanted };
    if (!isDeepStrictEqual(annotations, { ...claim.metadata.annotations })) await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).update({ ...claim, metadata: { ...claim.metadata, annotations } }, { signal });
    const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    return this.#tell(claim, 'ExternalProvisioning', message);
  }

  async #syncNamed(claim: Claim, name: string, signal: AbortSignal): Promise<undefined> {
    const volume = this.#volumes.get(name);
    if (volume && (!volume.spec.claimRef || isFor(volume, claim))) return this.#bind(claim, volume, signal);
    if (claim.metadata.annotations?.[BIND_COMPLETED] === undefined || claim.status.phase === 'Lost') return;
    this.#recorder.warning(referenceTo(persistentVolumeClaims, claim), 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).updateStatus({ ...claim, status: { ...claim.status, phase: 'Lost' } }, { signal });
  }

  /** The volume first: two claims cannot both get it. Then its phase, the claim, and the claim's. What is so already is left alone. */
  async #bind(claim: Claim, volume: Volume, signal: AbortSignal): Promise<undefined> {
    const volumes = this.#client.resource(persistentVolumes);
    const claims = this.#client.resource(persistentVolumeClaims, claim.metadata.namespace);
    let bound = volume;
    if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
      const annotations = volume.spec.claimRef ? volume.metadata.annotations : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
      bound = await volumes.update({ ...volume, metadata: { ...volume.metadata, ...(annotations && { annotations }) }, spec: { ...volume.spec, claimRef: referenceTo(persistentVolumeClaims, claim) } }, { signal });
    }
    if (bound.status.phase !== 'Bound') await volumes.updateStatus({ ...bound, status: { ...bound.status, phase: 'Bound' } }, { signal });
    let named = claim;
    if (claim.spec.volumeName !== volume.metadata.name || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
      const annotations = { ...claim.metadata.annotations, ...(!claim.spec.volumeName && { [BOUND_BY_CONTROLLER]: 'yes' }), [BIND_COMPLETED]: 'yes' };
      named = await claims.update({ ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: volume.metadata.name } }, { signal });
    }
    const { accessModes = [], capacity = {} } = bound.spec;
    const status: PersistentVolumeClaimStatus = { ...(named.status as PersistentVolumeClaimStatus), phase: 'Bound', accessModes: [...accessModes], capacity: { ...named.status.capacity, ...(named.status.phase === 'Bound' ? {} : capacity) } };
    if (named.status.phase !== 'Bound') await claims.updateStatus({ ...named, status }, { signal });
  }

  async #syncVolume(name: string, signal: AbortSignal): Promise<undefined> {
    const volume = this.#volumes.get(name);
    if (!volume || volume.metadata.deletionTimestamp) return;
    const { claimRef } = volume.spec;
    const phase = volumePhase(volume, claimRef && this.#claims.get(`${claimRef.namespace}/${claimRef.name}`));
    const problem = phase === 'Released' && volume.status.phase === 'Released' ? deletionProblem(volume) : undefined;
    if (problem !== undefined) {
      await this.#client.resource(persistentVolumes).updateStatus({ ...volume, status: { ...volume.status, phase: 'Failed', message: problem } }, { signal });
      this.#recorder.warning(referenceTo(persistentVolumes, volume), 'VolumeFailedDelete', problem);
    } else if (volume.status.phase !== phase) await this.#client.resource(persistentVolumes).updateStatus({ ...volume, status: { ...volume.status, phase } }, { signal });
  }
}
