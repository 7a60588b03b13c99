import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import type { VolumeAttributesClass } from '../../api/generated/storage-v1.ts';
import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { planProtection } from './plan.ts';

const FINALIZER = 'kubernetes.io/vac-protection';

/** Those that a claim has, wants, or is on its way to. */
function classesOfClaim({ spec, status }: DeepReadonly<PersistentVolumeClaim>): string[] {
  const names = [spec.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName];
  return [...new Set(names.filter((name): name is string => Boolean(name)))];
}

function classesOfVolume({ spec }: DeepReadonly<PersistentVolume>): string[] {
  return spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
}

/** Keeps classes of volume attributes that claims or volumes name from going. Source: pkg/controller/volume/vacprotection. */
export class AttributesClassProtectionController extends Controller {
  readonly #client: Client;
  readonly #classes: Lister<VolumeAttributesClass>;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #volumes: Lister<PersistentVolume>;

  constructor(context: ControllerContext) {
    super({ name: 'volumeattributesclass-protection-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#classes = this.watch(context.informers.informer(volumeAttributesClasses), ({ metadata }) => [metadata.name]).lister;
    this.#claims = this.watch(context.informers.informer(persistentVolumeClaims), classesOfClaim).lister;
    this.#volumes = this.watch(context.informers.informer(persistentVolumes), classesOfVolume).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const own = this.#classes.get(name);
    if (!own) return;
    const isUsed = this.#claims.byIndex(classesOfClaim, name).length > 0 || this.#volumes.byIndex(classesOfVolume, name).length > 0;
    const finalizers = planProtection(own, FINALIZER, isUsed);
    if (finalizers) await this.#client.resource(volumeAttributesClasses).update({ ...own, metadata: { ...own.metadata, finalizers } }, { signal });
  }
}
