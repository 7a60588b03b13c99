import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import type { StorageClass } from '../../api/generated/storage-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasSameMode, isFor, mismatchOf, SELECTED_NODE, volumeFor, volumeWithFewestModes } from '../../component-helpers/volume-matching.ts';
import { classNameOf, defaultClassOf, saysClass } from '../../component-helpers/storage-class.ts';
import { BIND_COMPLETED } from './binding.ts';
import { provisionerOf } from './provisioners.ts';

type Volume = DeepReadonly<PersistentVolume>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

/** An event about the claim or the volume. */
export interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface ClaimView {
  readonly volume: (name: string) => Volume | undefined;
  readonly volumes: () => readonly Volume[];
  readonly classes: readonly DeepReadonly<StorageClass>[];
  /** The names of pods that use the claim and have no node yet. */
  readonly waitingPods: readonly string[];
}

/** What is to become of a claim. That it is lost is told once, when it becomes so. */
export type ClaimPlan =
  | { readonly act: 'bind'; readonly volume: Volume }
  | { readonly act: 'lose'; readonly event: Told }
  | { readonly act: 'wait'; readonly event?: Told }
  | { readonly act: 'give-class'; readonly className: string }
  | { readonly act: 'provision'; readonly provisioner: string; readonly event: Told };

const normal = (reason: string, message: string): Told => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): Told => ({ type: 'Warning', reason, message });

/** Source: pkg/controller/volume/persistentvolume, syncClaim. */
export function planClaim(claim: Claim, view: ClaimView): ClaimPlan {
  const named = claim.spec.volumeName ? view.volume(claim.spec.volumeName) : undefined;
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return planBound(claim, named);
  if (claim.spec.volumeName) return planNamed(claim, named);
  const storageClass = view.classes.find(({ metadata }) => metadata.name === classNameOf(claim));
  const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  // Which free volume it gets the scheduler chooses, with the node of its first pod.
  const volume = isDelayed ? volumeFor(claim, view.volumes().filter(({ spec }) => spec.claimRef)) : volumeWithFewestModes(claim, view.volumes());
  if (volume) return { act: 'bind', volume };
  const byDefault = saysClass(claim) ? undefined : defaultClassOf(view.classes);
  if (byDefault) return { act: 'give-class', className: byDefault.metadata.name };
  if (isDelayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) return { act: 'wait', event: awaited(view.waitingPods) };
  return planProvision(classNameOf(claim), storageClass);
}

function planBound(claim: Claim, volume: Volume | undefined): ClaimPlan {
  const lost = (reason: string, message: string): ClaimPlan => ({ act: 'lose', event: warning(reason, message) });
  if (!claim.spec.volumeName) return lost('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  if (!volume) return lost('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  if (!volume.spec.claimRef || volume.spec.claimRef.uid === claim.metadata.uid) return { act: 'bind', volume };
  return lost('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

/** The user has said which volume it is to be. */
function planNamed(claim: Claim, volume: Volume | undefined): ClaimPlan {
  if (!volume) return { act: 'wait' };
  const name = JSON.stringify(volume.metadata.name);
  if (volume.spec.claimRef) return isFor(volume, claim) ? { act: 'bind', volume } : { act: 'wait', event: warning('FailedBinding', `volume ${name} already bound to a different claim.`) };
  const mismatch = mismatchOf(volume, claim);
  return mismatch === undefined ? { act: 'bind', volume } : { act: 'wait', event: warning('VolumeMismatch', `Cannot bind to requested volume ${name}: ${mismatch}`) };
}

function awaited(pods: readonly string[]): Told {
  if (pods.length === 0) return normal('WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  return normal('WaitForPodScheduled', `waiting for ${pods.length > 1 ? 'pods' : 'pod'} ${pods.join(',')} to be scheduled`);
}

function planProvision(className: string, storageClass: DeepReadonly<StorageClass> | undefined): ClaimPlan {
  const failed = (message: string): ClaimPlan => ({ act: 'wait', event: warning('ProvisioningFailed', message) });
  if (className === '') return { act: 'wait', event: normal('FailedBinding', 'no persistent volumes available for this claim and no storage class is set') };
  if (!storageClass) return failed(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
  const provisioner = provisionerOf(storageClass.provisioner);
  if (provisioner === undefined) return failed(`no volume plugin matched name: ${storageClass.provisioner}`);
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  return { act: 'provision', provisioner, event: normal('ExternalProvisioning', message) };
}

/** What is to become of a volume. */
export type VolumePlan =
  | { readonly act: 'phase'; readonly phase: string }
  | { readonly act: 'fail'; readonly event: Told }
  /** Its claim has another one: it is free again. */
  | { readonly act: 'unbind' }
  /** Neither is to be bound to the other: both are told. */
  | { readonly act: 'mismatch'; readonly ofVolume: Told; readonly ofClaim: Told }
  /** It is the claim's turn. */
  | { readonly act: 'none' };

/** `claim` is the one that the volume names. Source: pkg/controller/volume/persistentvolume, syncVolume. */
export function planVolume(volume: Volume, claim: Claim | undefined): VolumePlan {
  const { metadata, spec } = volume;
  if (!spec.claimRef?.uid) return { act: 'phase', phase: 'Available' };
  if (claim?.metadata.uid !== spec.claimRef.uid) return planReleased(volume);
  if (claim.spec.volumeName === metadata.name) return { act: 'phase', phase: 'Bound' };
  if (claim.spec.volumeName) return metadata.annotations?.[PROVISIONED_BY] !== undefined && spec.persistentVolumeReclaimPolicy === 'Delete' ? planReleased(volume) : { act: 'unbind' };
  if (hasSameMode(volume, claim)) return { act: 'none' };
  return {
    act: 'mismatch',
    ofVolume: warning('VolumeMismatch', `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${JSON.stringify(claim.metadata.name)} due to incompatible volumeMode.`),
    ofClaim: warning('VolumeMismatch', `Cannot bind PersistentVolume ${JSON.stringify(metadata.name)} to requested PersistentVolumeClaim due to incompatible volumeMode.`),
  };
}

/** Released first, so that who deletes volumes hears of it; then told what stands in the way. One that has failed stays so. */
function planReleased(volume: Volume): VolumePlan {
  if (volume.status.phase === 'Failed') return { act: 'none' };
  const event = volume.status.phase === 'Released' ? reclaimProblem(volume) : undefined;
  return event ? { act: 'fail', event } : { act: 'phase', phase: 'Released' };
}

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const MIGRATED_TO = 'pv.kubernetes.io/migrated-to';

/** Why a released volume cannot be dealt with as its policy says; undefined: it is kept, or its provisioner deletes it. */
export function reclaimProblem(volume: Volume): Told | undefined {
  const { spec, metadata } = volume;
  if (metadata.annotations?.[MIGRATED_TO]) return undefined;
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') return warning('VolumeFailedRecycle', 'No recycler plugin found for the volume!');
  const problem = spec.persistentVolumeReclaimPolicy === 'Delete' ? deletionProblem(volume) : undefined;
  return problem === undefined ? undefined : warning('VolumeFailedDelete', problem);
}

/**
 * Why a volume cannot be deleted. What a provisioner has made bears its name; of all others kube-controller-manager could delete paths under /tmp of its own machine
 * only, and kubets deletes none. Source: pkg/controller/volume/persistentvolume, findDeletablePlugin; pkg/volume/hostpath.
 */
function deletionProblem({ spec, metadata }: Volume): string | undefined {
  const provisioner = metadata.annotations?.[PROVISIONED_BY];
  if (provisioner) return provisionerOf(provisioner) === undefined ? `no volume plugin matched name: ${provisioner}` : undefined;
  if (spec.hostPath) return /^\/tmp\/.+/.test(spec.hostPath.path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${spec.hostPath.path}`;
  return `error getting deleter volume plugin for volume ${JSON.stringify(metadata.name)}: ${spec.nfs ? 'no deletable volume plugin matched' : 'no volume plugin matched'}`;
}
