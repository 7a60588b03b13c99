import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { APIService, APIServiceCondition } from '../../api/generated/apiregistration-v1.ts';
import * as refs from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type ControllerOptions, type RequeueAfter } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import { goNetworkError } from '../webhooks/call-error.ts';
import { failedDiscovery, PASSED, unreachable, type Availability } from './availability.ts';
import type { Backends } from './backends.ts';
import type { RemoteApis } from './remote-apis.ts';
import type { RemoteOpenApi } from './remote-openapi.ts';
import { isRemote, type RemoteService } from './remote-service.ts';

export interface AvailabilityOptions extends Omit<ControllerOptions, 'name'> {
  readonly client: Client;
  readonly services: Informer<APIService>;
  readonly objects: () => CachedObjects;
  readonly backends: Backends;
  readonly apis: RemoteApis;
  readonly openApi: RemoteOpenApi;
}

/** Who asks other servers what they serve. */
const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
/** Services and endpoints are looked at so often; the other server is asked when they have changed, and at the latest after ASK_MS. */
const LOOK_MS = 1000;
const ASK_MS = 30_000;
const ASK_TIMEOUT_MS = 5000;

/** Keeps the condition `Available` of APIServices that other servers stand behind, and learns what these serve. */
export class AvailabilityController extends Controller {
  readonly #options: AvailabilityOptions;
  readonly #asked = new Map<string, { readonly atMs: number; readonly of: string; readonly found: Availability }>();

  constructor(options: AvailabilityOptions) {
    super({ ...options, name: 'apiservice-status-remote-available-controller' });
    this.#options = options;
    this.watch(options.services, (service) => (isRemote(service) ? [service.metadata.name] : []));
  }

  protected override async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const service = this.#options.services.lister.get(name);
    if (!service || !isRemote(service)) {
      this.#asked.delete(name);
      this.#options.openApi.forget(name);
      return undefined;
    }
    await this.#write(service, await this.#availability(service, signal), signal);
    return { afterMs: LOOK_MS };
  }

  async #availability(service: RemoteService, signal: AbortSignal): Promise<Availability> {
    const objects = this.#options.objects();
    const { namespace = '', name = '' } = service.spec.service;
    const slices = objects.list(refs.endpointSlices, namespace).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
    const why = unreachable(service, objects.get(refs.services, name, namespace), slices);
    if (why) return why;
    const of = JSON.stringify([service.spec, slices.map(({ metadata }) => metadata.resourceVersion)]);
    const last = this.#asked.get(service.metadata.name);
    const waitMs = last?.found === PASSED ? ASK_MS : LOOK_MS;
    if (last?.of === of && this.clock.monotonic() - last.atMs < waitMs) return last.found;
    const found = await this.#ask(service, signal);
    this.#asked.set(service.metadata.name, { atMs: this.clock.monotonic(), of, found });
    return found;
  }

  async #ask(service: RemoteService, signal: AbortSignal): Promise<Availability> {
    const { group = '', version = '' } = service.spec;
    const late = new AbortController();
    using _timer = this.clock.after(ASK_TIMEOUT_MS, () => late.abort());
    let shown = '';
    try {
      const target = this.#options.backends.target(service, `/apis/${group}/${version}`, AGGREGATOR);
      shown = target.shown;
      const { status, body } = await this.#options.backends.ask(target, { method: 'GET', signal: AbortSignal.any([signal, late.signal]) });
      // Who asks may do anything: a server that does not let them in does not know who asks, and will let nobody in.
      if (status < 200 || status > 299) return failedDiscovery(shown, `bad status from ${shown}: ${status}`);
      this.#options.apis.tell(service.metadata.name, parsed(body));
      await this.#askOpenApi(service, AbortSignal.any([signal, late.signal]));
      return PASSED;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
      const why = late.signal.aborted ? 'context deadline exceeded' : StatusError.is(error) ? error.message : goNetworkError(error);
      return failedDiscovery(shown, `Get ${JSON.stringify(shown)}: ${why}`);
    }
  }

  /** A server that has no such documents is no worse for it. */
  async #askOpenApi(service: RemoteService, signal: AbortSignal): Promise<void> {
    const { backends, openApi } = this.#options;
    const get = async (path: string): Promise<unknown> => {
      const { status, body } = await backends.ask(backends.target(service, path, AGGREGATOR), { method: 'GET', signal });
      return status === 200 ? parsed(body) : undefined;
    };
    const [index, v2] = await Promise.all([get('/openapi/v3'), get('/openapi/v2')]);
    const { group = '', version = '' } = service.spec;
    openApi.tell(service.metadata.name, `apis/${group}/${version}`, index, v2);
  }

  async #write(service: DeepReadonly<APIService>, found: Availability, signal: AbortSignal): Promise<void> {
    const known = service.status.conditions?.find((one) => one.type === 'Available');
    if (known?.status === found.status && known.reason === found.reason && known.message === found.message) return;
    const lastTransitionTime = known?.status === found.status ? known.lastTransitionTime : formatTime(this.clock.now());
    const condition = { type: 'Available', ...found, ...(lastTransitionTime && { lastTransitionTime }) } as APIServiceCondition;
    const copy = structuredClone(service) as APIService;
    copy.status.conditions = [...(copy.status.conditions ?? []).filter((one) => one.type !== 'Available'), condition];
    await this.#options.client.resource(refs.apiServices).updateStatus(copy, { signal });
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
