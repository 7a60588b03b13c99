import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { semanticallyEqual } from '../../apimachinery/validation/immutable.ts';
import type { APIService } from '../../api/generated/apiregistration-v1.ts';
import * as refs from '../../api/refs.ts';
import { untilAborted } from '../../base/lifecycle.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type ControllerOptions, type RequeueAfter } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import type { ApiSource, ApiVersion } from '../discovery/api-groups.ts';

export interface RegistrationOptions extends Omit<ControllerOptions, 'name'> {
  readonly client: Client;
  readonly services: Informer<APIService>;
  readonly builtIn: ApiSource;
  readonly custom: ApiSource;
}

/** What is asked for APIServices is not itself one. */
const AGGREGATED = 'apiregistration.k8s.io';
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

function nameOf({ group, version }: ApiVersion): string {
  return `${version}.${group}`;
}

function specOf({ group, version, priority }: ApiVersion): APIService['spec'] {
  return { ...(group !== '' && { group }), version, groupPriorityMinimum: priority.group, versionPriority: priority.version };
}

/**
 * Writes an APIService for each group version that this server serves itself: those of built-in kinds when it starts, those of custom resources as they come and
 * go. What a user made, or took the label off, stays as it is. Source: kube-aggregator pkg/controllers/autoregister.
 */
export class RegistrationController extends Controller {
  readonly #options: RegistrationOptions;

  constructor(options: RegistrationOptions) {
    super({ ...options, name: 'kube-apiserver-autoregistration' });
    this.#options = options;
    this.watch(options.services, ({ metadata }) => (metadata.labels?.[MANAGED] === 'true' ? [metadata.name] : []));
  }

  /** Resolves once the built-in group versions are registered. */
  override async start(signal: AbortSignal): Promise<void> {
    const { builtIn, services } = this.#options;
    await untilAborted(services.synced(), signal);
    await Promise.all(builtIn.versions().filter(({ group }) => group !== AGGREGATED).map((version) => this.#ensure(version, 'onstart', signal)));
    await super.start(signal);
    this.customChanged();
  }

  /** What custom resources serve has changed. */
  customChanged(): void {
    for (const version of this.#options.custom.versions()) this.queue.add(nameOf(version));
    for (const { metadata } of this.#options.services.lister.list()) if (metadata.labels?.[MANAGED] === 'true') this.queue.add(metadata.name);
  }

  protected override async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const { custom, services, client } = this.#options;
    const wanted = custom.versions().find((version) => nameOf(version) === name);
    if (wanted) await this.#ensure(wanted, 'true', signal);
    else if (services.lister.get(name)?.metadata.labels?.[MANAGED] === 'true') {
      try {
        await client.resource(refs.apiServices).delete(name, { signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    return undefined;
  }

  async #ensure(version: ApiVersion, managed: 'onstart' | 'true', signal: AbortSignal): Promise<void> {
    const { client, services } = this.#options;
    const resource = client.resource(refs.apiServices);
    const name = nameOf(version);
    const spec = specOf(version);
    const known = services.lister.get(name) as DeepReadonly<APIService> | undefined;
    if (!known) {
      try {
        await resource.create({ metadata: { name, labels: { [MANAGED]: managed } }, spec } as unknown as Draft<APIService>, { signal });
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists')) throw error;
      }
      return;
    }
    if (known.metadata.labels?.[MANAGED] !== managed || semanticallyEqual(known.spec, spec)) return;
    await resource.update({ ...(structuredClone(known) as APIService), spec }, { signal });
  }
}
