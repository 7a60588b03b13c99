import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus, PersistentVolumeStatus, Pod } from '../../api/generated/core-v1.ts';
import type { StorageClass } from '../../api/generated/storage-v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { classNameOf } from '../../component-helpers/storage-class.ts';
import { claimsOfPod } from '../claims-of-pod.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { BIND_COMPLETED, boundClaim, boundStatus, boundVolume, unboundStatus, unboundVolume } from './binding.ts';
import { planClaim, planVolume, type Told } from './plan.ts';

const VOLUME = 'volume:';

type Claim = DeepReadonly<PersistentVolumeClaim>;
type Volume = DeepReadonly<PersistentVolume>;

const volumeOfClaim = ({ spec }: Claim): readonly string[] => (spec.volumeName ? [spec.volumeName] : []);

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
    this.#claims = this.watch(informers.informer(persistentVolumeClaims), (claim) => [keyOf(claim), ...(claim.spec.volumeName ? [`${VOLUME}${claim.spec.volumeName}`] : []), ...this.#keptFor(claim)]).lister;
    this.#volumes = this.watch(informers.informer(persistentVolumes), (volume) => [`${VOLUME}${volume.metadata.name}`, ...this.#waitingFor(volume)]).lister;
    this.#classes = this.watch(informers.informer(storageClasses), ({ metadata }) => this.#unbound((claim) => ['', metadata.name].includes(classNameOf(claim)))).lister;
    this.#pods = this.watch(informers.informer(pods), (pod, { before }) => (before ? [] : claimsOfPod(pod))).lister;
    this.#recorder = this.owns(recorderFor(context, 'persistentvolume-controller'));
  }

  /** Volumes that name the claim: it may have another one, or be gone. */
  #keptFor(claim: Claim): readonly string[] {
    return this.#volumes.byIndex(claimOfVolume, keyOf(claim)).map(({ metadata }) => `${VOLUME}${metadata.name}`);
  }

  /** Claims that the volume names and that name it; for a free one all that wait for a volume of its class. */
  #waitingFor(volume: Volume): readonly string[] {
    const named = [...claimOfVolume(volume), ...this.#claims.byIndex(volumeOfClaim, volume.metadata.name).map(keyOf)];
    return volume.spec.claimRef ? named : [...named, ...this.#unbound((claim) => classNameOf(claim) === classNameOf(volume))];
  }

  #unbound(isConcerned: (claim: Claim) => boolean): readonly string[] {
    return this.#claims.list().filter((claim) => !claim.spec.volumeName && isConcerned(claim)).map(keyOf);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    if (key.startsWith(VOLUME)) return this.#syncVolume(key.slice(VOLUME.length), signal);
    const claim = this.#claims.get(key);
    if (!claim || (claim.metadata.deletionTimestamp && claim.metadata.annotations?.[BIND_COMPLETED] === undefined)) return;
    const waitingPods = this.#pods.byIndex(claimsOfPod, key).filter((pod) => !pod.spec.nodeName && !isPodTerminal(pod)).map(({ metadata }) => metadata.name);
    const plan = planClaim(claim, { volume: (name) => this.#volumes.get(name), volumes: () => this.#volumes.list(), classes: this.#classes.list(), waitingPods });
    if (plan.act === 'bind') return this.#bind(claim, plan.volume, signal);
    if (plan.act === 'lose') return this.#lose(claim, plan.event, signal);
    if (plan.act === 'give-class') return this.#updateClaim({ ...claim, spec: { ...claim.spec, storageClassName: plan.className } }, signal);
    if (plan.event) this.#tell(persistentVolumeClaims, claim, plan.event);
    if (plan.act === 'provision') return this.#askProvisioner(claim, plan.provisioner, signal);
    await this.#writeClaimStatus(claim, unboundStatus(claim, 'Pending'), signal);
  }

  #tell(ref: ResourceRef, about: DeepReadonly<KubeObject>, { type, reason, message }: Told): undefined {
    if (type === 'Normal') this.#recorder.normal(referenceTo(ref, about), reason, message);
    else this.#recorder.warning(referenceTo(ref, about), reason, message);
  }

  async #askProvisioner(claim: Claim, provisioner: string, signal: AbortSignal): Promise<undefined> {
    const wanted = { 'volume.beta.kubernetes.io/storage-provisioner': provisioner, 'volume.kubernetes.io/storage-provisioner': provisioner };
    const annotations = { ...claim.metadata.annotations, ...wanted };
    if (!isDeepStrictEqual(annotations, { ...claim.metadata.annotations })) await this.#updateClaim({ ...claim, metadata: { ...claim.metadata, annotations } }, signal);
  }

  async #lose(claim: Claim, event: Told, signal: AbortSignal): Promise<undefined> {
    if (claim.status.phase === 'Lost') return;
    await this.#writeClaimStatus(claim, unboundStatus(claim, 'Lost'), signal);
    this.#tell(persistentVolumeClaims, claim, event);
  }

  /** The volume first: two claims cannot both get it. Then its phase, the claim, and the claim's. What is so already is left alone. */
  async #bind(claim: Claim, volume: Volume, signal: AbortSignal): Promise<undefined> {
    const wanted = boundVolume(volume, claim);
    const bound = wanted ? await this.#client.resource(persistentVolumes).update(wanted, { signal }) : volume;
    await this.#writePhase(bound, 'Bound', signal);
    const named = boundClaim(claim, bound);
    const owner = named ? await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).update(named, { signal }) : claim;
    await this.#writeClaimStatus(owner, boundStatus(owner, bound), signal);
  }

  async #updateClaim(claim: Claim, signal: AbortSignal): Promise<undefined> {
    await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).update(claim, { signal });
  }

  async #writeClaimStatus(claim: Claim, status: PersistentVolumeClaimStatus | undefined, signal: AbortSignal): Promise<undefined> {
    if (status) await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).updateStatus({ ...claim, status }, { signal });
  }

  async #syncVolume(name: string, signal: AbortSignal): Promise<undefined> {
    const volume = this.#volumes.get(name);
    if (!volume) return;
    const claim = await this.#claimOf(volume, signal);
    const plan = planVolume(volume, claim);
    if (plan.act === 'phase') await this.#writePhase(volume, plan.phase, signal);
    if (plan.act === 'unbind') await this.#writePhase(await this.#client.resource(persistentVolumes).update(unboundVolume(volume), { signal }), 'Available', signal);
    if (plan.act === 'fail') {
      await this.#writePhase(volume, 'Failed', signal, plan.event.message);
      this.#tell(persistentVolumes, volume, plan.event);
    }
    if (plan.act === 'mismatch' && claim) {
      this.#tell(persistentVolumes, volume, plan.ofVolume);
      this.#tell(persistentVolumeClaims, claim, plan.ofClaim);
    }
  }

  /** The claim that the volume names. Before the volume is released for want of it the API is asked: who provisions may be ahead of our cache, and what is released may be deleted. */
  async #claimOf(volume: Volume, signal: AbortSignal): Promise<Claim | undefined> {
    const { claimRef } = volume.spec;
    const claim = claimOfVolume(volume).map((key) => this.#claims.get(key))[0];
    if (!claimRef?.uid || claim?.metadata.uid === claimRef.uid || ['Released', 'Failed'].includes(volume.status.phase ?? '')) return claim;
    return this.#client.resource(persistentVolumeClaims, claimRef.namespace).get(claimRef.name ?? '', { signal }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
      return undefined;
    });
  }

  async #writePhase(volume: Volume, phase: string, signal: AbortSignal, message?: string): Promise<undefined> {
    if (volume.status.phase === phase) return;
    const { message: _, ...status } = volume.status as PersistentVolumeStatus;
    await this.#client.resource(persistentVolumes).updateStatus({ ...volume, status: { ...status, phase, ...(message !== undefined && { message }) } }, { signal });
  }
}

function claimOfVolume({ spec }: Volume): readonly string[] {
  return spec.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : [];
}
