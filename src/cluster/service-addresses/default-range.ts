import type { ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { serviceCIDRs } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { TaskGroup, type Component } from '../../base/lifecycle.ts';
import type { Client } from '../../client/client.ts';
import { EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { ClusterTools } from '../tools.ts';

const NAME = 'kubernetes';
const MANAGER = 'kubernetes-service-cidr-controller';
/** As upstream looks after Service `default/kubernetes`. */
const PERIOD_MS = 10_000;

export interface DefaultRangeOptions extends ClusterTools {
  /** As the server itself. */
  readonly client: Client;
  /** `--service-cluster-ip-range`. */
  readonly ranges: readonly string[];
}

/**
 * Keeps ServiceCIDR `kubernetes`, which says what `--service-cluster-ip-range` says. One that differs is somebody's decision: it is only told of.
 * Source: pkg/controlplane/controller/defaultservicecidr.
 */
export class DefaultServiceRange implements Component {
  readonly #options: DefaultRangeOptions;
  readonly #events: EventRecorder;
  readonly #told = new Set<string>();
  #tasks = new TaskGroup();

  constructor(options: DefaultRangeOptions) {
    this.#options = options;
    this.#events = new EventRecorder({ ...options, component: MANAGER });
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Resolves once the range is there. */
  async start(signal: AbortSignal): Promise<void> {
    this.#tasks = new TaskGroup(signal);
    await this.#sync(signal);
    this.#tasks.run((inner) => this.#keep(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    await this.#events[Symbol.asyncDispose]();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(PERIOD_MS, signal);
      await this.#sync(signal);
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    try {
      await this.#once(signal);
    } catch (error) {
      signal.throwIfAborted();
      // Another server may have written at the same moment, or `--runtime-config` turned the kind off.
      if (!hasReason(error, 'AlreadyExists', 'Conflict', 'NotFound')) this.#options.logger.warn('the default range of service addresses could not be written', { error });
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { client, ranges } = this.#options;
    const resource = client.resource(serviceCIDRs);
    const found = await resource.get(NAME, { signal }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
    if (!found) return this.#syncStatus(await resource.create({ metadata: { name: NAME }, spec: { cidrs: [...ranges] } } as Draft<ServiceCIDR>, { signal }), signal);
    const { cidrs = [] } = found.spec;
    if (ranges.length === 2 && cidrs.length === 1 && cidrs[0] === ranges[0]) await resource.update({ ...found, spec: { cidrs: [...ranges] } }, { signal });
    else await this.#syncStatus(found, signal);
  }

  /** Says that it is ready, unless somebody has said something already. */
  async #syncStatus(found: DeepReadonly<ServiceCIDR>, signal: AbortSignal): Promise<void> {
    const { client, ranges, clock } = this.#options;
    const { metadata, spec, status } = found;
    if (metadata.deletionTimestamp !== undefined) return;
    if ((spec.cidrs ?? []).join() !== ranges.join()) return this.#tell(found, 'KubernetesDefaultServiceCIDRInconsistent', `The default ServiceCIDR [${(spec.cidrs ?? []).join(' ')}] does not match the controller flag configurations [${ranges.join(' ')}]`);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'False') return this.#tell(found, ready.reason, `Configuration matches, but ${ready.message}`);
    if (ready?.status === 'True') return;
    const condition = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes default Service CIDR is ready', lastTransitionTime: formatTime(clock.now()) };
    const patch = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: NAME }, status: { conditions: [condition] } };
    await client.resource(serviceCIDRs).patchStatus(NAME, { type: 'apply', patch, force: true }, { fieldManager: MANAGER, signal });
  }

  #tell(found: DeepReadonly<ServiceCIDR>, reason: string, message: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#events.warning(referenceTo(serviceCIDRs, found), reason, message);
    this.#options.logger.warn('the default range of service addresses is not as the flags say', { reason, message });
  }
}
