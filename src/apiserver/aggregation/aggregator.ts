import type { Clock } from '../../base/clock.ts';
import { type Component, TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { APIService } from '../../api/generated/apiregistration-v1.ts';
import * as refs from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Informer } from '../../client/informer.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { ApiSource } from '../discovery/api-groups.ts';
import type { PathHandler } from '../handlers/dispatcher.ts';
import { AggregationProxy } from './aggregation-proxy.ts';
import { AvailabilityController } from './availability-controller.ts';
import { Backends, type FrontProxyCredentials } from './backends.ts';
import { RegistrationController } from './registration-controller.ts';
import { RemoteApis } from './remote-apis.ts';
import { RemoteOpenApi } from './remote-openapi.ts';

export interface AggregatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly client: () => Client;
  readonly objects: () => CachedObjects;
  readonly credentials: FrontProxyCredentials | undefined;
  readonly ownPorts: () => readonly number[];
  readonly builtIn: ApiSource;
  readonly custom: () => ApiSource;
}

/** Other servers behind APIServices: what they serve is served here. */
export class Aggregator implements Component {
  readonly #options: AggregatorOptions;
  readonly #backends: Backends;
  readonly #tasks = new TaskGroup();
  readonly apis: RemoteApis;
  readonly proxy: PathHandler;
  readonly openApi = new RemoteOpenApi();
  #services: Informer<APIService> | undefined;
  #registration: RegistrationController | undefined;
  #availability: AvailabilityController | undefined;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#backends = new Backends(options);
    this.apis = new RemoteApis(options.objects);
    this.proxy = new AggregationProxy(this.apis, this.#backends);
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Resolves once what this server serves itself is registered. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, random, logger, objects, builtIn, custom } = this.#options;
    const client = this.#options.client();
    const services = new Informer({ client, ref: refs.apiServices, clock, random, logger });
    this.#services = services;
    this.#registration = new RegistrationController({ client, services, builtIn, custom: custom(), clock, logger, workers: 2 });
    this.#availability = new AvailabilityController({ client, services, objects, backends: this.#backends, apis: this.apis, openApi: this.openApi, clock, logger, workers: 2 });
    await services.start(signal);
    await Promise.all([this.#registration.start(signal), this.#availability.start(signal)]);
  }

  /** What custom resources serve has changed. */
  customChanged(): void {
    this.#registration?.customChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registration?.[Symbol.asyncDispose]();
    await this.#availability?.[Symbol.asyncDispose]();
    await this.#services?.[Symbol.asyncDispose]();
    this.#backends[Symbol.dispose]();
    await this.#tasks.close();
  }
}
