import type { Endpoints, Pod, Service } from '../../api/generated/core-v1.ts';
import { endpoints, pods, services } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf, splitKey } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { hasEndpoints, isSelected } from '../service-pods.ts';
import { planEndpoints } from './plan.ts';

/** Keeps the Endpoints of every Service with a selector, for those who do not read EndpointSlices yet. */
export class EndpointsController extends Controller {
  readonly #client: Client;
  readonly #services: Lister<Service>;
  readonly #pods: Lister<Pod>;
  readonly #endpoints: Lister<Endpoints>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: 'endpoints-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#services = this.watch(context.informers.informer(services), (service) => [keyOf(service)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#servicesOf(pod)).lister;
    this.#endpoints = this.watch(context.informers.informer(endpoints), (object, { after }) => (after ? [] : [keyOf(object)])).lister;
    this.#recorder = this.owns(recorderFor(context, 'endpoint-controller'));
  }

  #servicesOf(pod: DeepReadonly<Pod>): readonly string[] {
    const candidates = this.#services.inNamespace(pod.metadata.namespace ?? '');
    return candidates.filter((service) => hasEndpoints(service) && isSelected(service, pod)).map(keyOf);
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const service = this.#services.get(key);
    const observed = this.#endpoints.get(key);
    const { namespace, name } = splitKey(key);
    const client = this.#client.resource(endpoints, namespace);
    if (!service) {
      if (observed) await this.#ignoring(['NotFound', 'Conflict'], client.delete(name, { preconditions: { uid: observed.metadata.uid }, signal }));
      return;
    }
    if (!hasEndpoints(service)) return;
    const selected = this.#pods.inNamespace(namespace).filter((pod) => isSelected(service, pod));
    const wanted = planEndpoints(service, selected, observed);
    if (!wanted) return;
    try {
      await (observed ? client.update(wanted as Endpoints, { signal }) : client.create(wanted, { signal }));
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!hasReason(error, 'NotFound', 'Conflict', 'AlreadyExists') && !signal.aborted) {
        const [reason, verb] = observed ? ['FailedToUpdateEndpoint', 'update'] : ['FailedToCreateEndpoint', 'create'];
        this.#recorder.warning(referenceTo(services, service), reason, `Failed to ${verb} endpoint ${key}: ${(error as Error).message}`);
      }
      throw error;
    }
  }

  async #ignoring(reasons: readonly string[], call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (!hasReason(error, ...reasons)) throw error;
    }
  }
}
