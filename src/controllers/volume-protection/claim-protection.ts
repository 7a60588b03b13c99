import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims, pods } from '../../api/refs.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { claimsOfPod } from '../claims-of-pod.ts';
import type { ControllerContext } from '../context.ts';
import { planProtection, usesClaim } from './plan.ts';

const FINALIZER = 'kubernetes.io/pvc-protection';

/** Keeps claims that pods use from going. Source: pkg/controller/volume/pvcprotection. */
export class ClaimProtectionController extends Controller {
  readonly #client: Client;
  readonly #claims: Lister<PersistentVolumeClaim>;
  readonly #pods: Lister<Pod>;

  constructor(context: ControllerContext) {
    super({ name: 'persistentvolumeclaim-protection-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#claims = this.watch(context.informers.informer(persistentVolumeClaims), (claim) => [keyOf(claim)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod, { after }) => (!after || isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined ? claimsOfPod(pod) : [])).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    const isUsed = this.#pods.byIndex(claimsOfPod, key).some((pod) => usesClaim(pod, claim));
    const finalizers = planProtection(claim, FINALIZER, isUsed);
    if (!finalizers) return;
    await this.#client.resource(persistentVolumeClaims, claim.metadata.namespace).update({ ...claim, metadata: { ...claim.metadata, finalizers } }, { signal });
  }
}
