import type { Pod } from '../../api/generated/core-v1.ts';
import type { ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { pods, resourceClaims, resourceSlices } from '../../api/refs.ts';
import { type DeepReadonly, keyOf } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { disruptPod } from '../disrupt-pod.ts';
import { claimNamesOf, type DeviceTaints, evictionTime, taintsOf } from './plan.ts';

/** Deletes pods whose devices have NoExecute taints that their claims do not tolerate, or no longer. Source: KEP-5055. */
export class DeviceTaintEvictionController extends Controller {
  readonly #client: Client;
  readonly #pods: Lister<Pod>;
  readonly #claims: Lister<ResourceClaim>;
  readonly #slices: Lister<ResourceSlice>;
  readonly #recorder: EventRecorder;
  /** Worked out when a slice has changed. */
  #taints: DeviceTaints | undefined;

  constructor(context: ControllerContext) {
    super({ name: 'device-taint-eviction-controller', clock: context.clock, logger: context.logger, workers: 8 });
    this.#client = context.client;
    const { informers } = context;
    this.#pods = this.watch(informers.informer(pods), (pod) => (claimNamesOf(pod).length > 0 ? [keyOf(pod)] : [])).lister;
    this.#claims = this.watch(informers.informer(resourceClaims), (claim) => (claim.status.allocation ? this.#usersOf(claim) : [])).lister;
    this.#slices = this.watch(informers.informer(resourceSlices), ({ spec }) => {
      this.#taints = undefined;
      const mayHave = spec.devices?.some(({ taints }) => taints?.some(({ effect }) => effect === 'NoExecute')) ?? false;
      const has = ({ status }: DeepReadonly<ResourceClaim>): boolean => status.allocation?.devices.results?.some(({ driver, pool }) => driver === spec.driver && pool === spec.pool.name) ?? false;
      return mayHave ? this.#claims.list().filter(has).flatMap((claim) => this.#usersOf(claim)) : [];
    }).lister;
    this.#recorder = this.owns(recorderFor(context, 'device-taint-eviction-controller'));
  }

  #usersOf({ metadata, status }: DeepReadonly<ResourceClaim>): string[] {
    return (status.reservedFor ?? []).filter(({ resource }) => resource === 'pods').map(({ name }) => `${metadata.namespace}/${name}`);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const pod = this.#pods.get(key);
    if (!pod) return;
    this.#taints ??= taintsOf(this.#slices.list());
    const claims = claimNamesOf(pod).flatMap((name) => this.#claims.get(`${pod.metadata.namespace}/${name}`) ?? []);
    const atMs = evictionTime(pod, claims, this.#taints);
    if (atMs === undefined) return;
    const afterMs = atMs - this.clock.now();
    if (afterMs > 0) return { afterMs };
    this.#recorder.normal(referenceTo(pods, pod), 'DeviceTaintManagerEviction', 'Marking for deletion');
    const cause = { reason: 'DeletionByDeviceTaintManager', message: 'Device Taint manager: deleting due to NoExecute taint' };
    await disruptPod(this.#client, pod, cause, { nowMs: this.clock.now(), signal });
  }
}
