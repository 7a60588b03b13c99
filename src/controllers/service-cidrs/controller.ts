import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { ipAddresses, serviceCIDRs } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { referenceTo, type EventRecorder } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { recorderFor, type ControllerContext } from '../context.ts';
import { containing, FINALIZER, overlapping, planServiceCIDR } from './plan.ts';

const NAME = 'service-cidr-controller';
const READY = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
const TERMINATING = { status: 'False', reason: 'Terminating', message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR' };

/** Says of ranges of Service addresses that they are ready, and keeps those from going that Services have addresses of. Source: pkg/controller/servicecidrs. */
export class ServiceCIDRController extends Controller {
  readonly #client: Client;
  readonly #ranges: Lister<ServiceCIDR>;
  readonly #addresses: Lister<IPAddress>;
  readonly #events: EventRecorder;

  constructor(context: ControllerContext) {
    super({ name: NAME, clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#events = this.owns(recorderFor(context, NAME));
    this.#ranges = this.watch(context.informers.informer(serviceCIDRs), (range, { before, after }) => [range.metadata.name, ...(before && after ? [] : overlapping(range, this.#ranges.list()))]).lister;
    this.#addresses = this.watch(context.informers.informer(ipAddresses), (address, { before, after }) => (before && after ? [] : this.#mayConcern(address))).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const range = this.#ranges.get(name);
    if (!range) return;
    const plan = planServiceCIDR(range, this.#ranges.list(), this.#addresses.list(), this.clock.now());
    switch (plan.kind) {
      case 'keep':
        if (plan.needsFinalizer) await this.#protect(name, signal);
        try {
          await this.#setReady(range, READY, signal);
        } catch (error) {
          this.#events.warning(referenceTo(serviceCIDRs, range), 'KubernetesServiceCIDRError', 'The ServiceCIDR Status can not be set to Ready=True');
          throw error;
        }
        return;
      case 'blocked':
        await this.#setReady(range, TERMINATING, signal);
        return;
      case 'wait': return plan;
      case 'release':
        await this.#client.resource(serviceCIDRs).patch(name, { type: 'merge', patch: { metadata: { finalizers: plan.finalizers, resourceVersion: range.metadata.resourceVersion } } }, { signal });
        return;
      case 'nothing':
    }
  }

  /** The ranges that an address which has come or gone holds or lets go: only those that are being deleted wait for it. */
  #mayConcern(address: DeepReadonly<IPAddress>): string[] {
    const going = this.#ranges.list().filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    return going.length === 0 ? [] : containing(address, going);
  }

  async #protect(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.resource(serviceCIDRs).patch(name, { type: 'strategic', patch: { metadata: { finalizers: [FINALIZER] } } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #setReady({ metadata, status }: DeepReadonly<ServiceCIDR>, wanted: typeof READY, signal: AbortSignal): Promise<void> {
    const observed = status?.conditions?.find(({ type }) => type === 'Ready');
    // Another one may have said in other words that it is ready.
    if (observed?.status === wanted.status && observed.reason === wanted.reason) return;
    const lastTransitionTime = observed?.status === wanted.status ? observed.lastTransitionTime : formatTime(this.clock.now());
    const patch = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: metadata.name }, status: { conditions: [{ type: 'Ready', ...wanted, lastTransitionTime }] } };
    await this.#client.resource(serviceCIDRs).patchStatus(metadata.name, { type: 'apply', patch, force: true }, { fieldManager: NAME, signal });
  }
}
