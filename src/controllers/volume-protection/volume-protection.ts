import type { PersistentVolume } from '../../api/generated/core-v1.ts';
import { persistentVolumes } from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { planProtection } from './plan.ts';

const FINALIZER = 'kubernetes.io/pv-protection';

/** Keeps volumes that are bound to claims from going. Source: pkg/controller/volume/pvprotection. */
export class VolumeProtectionController extends Controller {
  readonly #client: Client;
  readonly #volumes: Lister<PersistentVolume>;

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolume-protection-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#volumes = this.watch(context.informers.informer(persistentVolumes), ({ metadata }) => [metadata.name]).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const volume = this.#volumes.get(name);
    const finalizers = volume && planProtection(volume, FINALIZER, volume.status.phase === 'Bound');
    if (finalizers) await this.#client.resource(persistentVolumes).update({ ...volume, metadata: { ...volume.metadata, finalizers } }, { signal });
  }
}
