import type { Endpoints, Service } from '../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { endpoints, endpointSlices, services } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf, splitKey } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { MANAGED_BY, SERVICE_NAME } from '../endpointslice/plan.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { isMirrored, MAX_PER_SUBSET, MIRROR_MANAGER, planMirror } from './plan.ts';

/** Makes EndpointSlices of Endpoints that somebody wrote by hand, so that readers need look at slices only. */
export class EndpointSliceMirroringController extends Controller {
  readonly #client: Client;
  readonly #endpoints: Lister<Endpoints>;
  readonly #services: Lister<Service>;
  readonly #slices: Lister<EndpointSlice>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'endpointslice-mirroring-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#endpoints = this.watch(context.informers.informer(endpoints), (object) => [keyOf(object)]).lister;
    this.#services = this.watch(context.informers.informer(services), (service) => [keyOf(service)]).lister;
    this.#slices = this.watch(context.informers.informer(endpointSlices), byMirrored).lister;
    this.#recorder = this.owns(recorderFor(context, 'endpoint-slice-mirroring-controller'));
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const object = this.#endpoints.get(key);
    const slices = this.#slices.byIndex(byMirrored, key);
    const resource = this.#client.resource(endpointSlices, splitKey(key).namespace);
    const plan = object && isMirrored(object, this.#services.get(key)) ? planMirror(object, slices) : { create: [], update: [], delete: slices, skipped: 0 };
    if (object && plan.skipped > 0) this.#recorder.warning(referenceTo(endpoints, object), 'TooManyAddressesToMirror', `A max of ${MAX_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${plan.skipped} addresses were skipped`);
    try {
      for (const draft of plan.create) await resource.create(draft, { signal });
      for (const slice of plan.update) await resource.update(slice, { signal });
      for (const { metadata } of plan.delete) await resource.delete(metadata.name, { preconditions: { uid: metadata.uid }, signal });
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  }
}

function byMirrored({ metadata }: DeepReadonly<EndpointSlice>): readonly string[] {
  const name = metadata.labels?.[SERVICE_NAME];
  return name && metadata.labels?.[MANAGED_BY] === MIRROR_MANAGER ? [`${metadata.namespace}/${name}`] : [];
}
