import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { forbidden, hasReason } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { CUSTOM_PRIORITY } from '../../api/group-priorities.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from '../../api/generated/apiextensions-v1.ts';
import type { KindDefinition } from '../../api/kind.ts';
import { customResourceDefinitions } from '../../api/refs.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { Informer } from '../../client/informer.ts';
import { type Cacher, resourcePrefix } from '../cacher/cacher.ts';
import type { ApiResource, ApiSource, ApiVersion } from '../discovery/api-groups.ts';
import type { SpecialHandler } from '../handlers/dispatcher.ts';
import type { ResourceTable } from '../registry/served-resource.ts';
import type { ResourceHooks } from '../registry/write-context.ts';
import type { WebhookClient } from '../webhooks/webhook-client.ts';
import { conversionOf } from './conversion-webhook.ts';
import { customKind, servesSame } from './custom-kind.ts';
import { schemaOfVersion } from './version-view.ts';
import { openApiSchema } from './custom-openapi.ts';
import { conditionOf, isTrue, planStatus, setCondition } from './naming.ts';
import { semanticallyEqual } from '../../apimachinery/validation/immutable.ts';

const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const DELETION_PENDING = 'InstanceDeletionPending';
const DELETION_IN_PROGRESS = 'InstanceDeletionInProgress';
/** Instances that have finalizers of their own go in their own time: so often we look. */
const LOOK_AGAIN_MS = 1000;
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
/** Of a definition that is going. */
const LAST_VERBS = ['delete', 'deletecollection', 'get', 'list', 'watch'];

/** What a definition's delete does first: it stays until its objects have gone. */
export const definitionHooks: ResourceHooks = {
  beforeDelete({ registry }, object) {
    if (object.metadata.deletionTimestamp !== undefined) return undefined;
    const copy = structuredClone(object) as CustomResourceDefinition;
    const now = formatTime(registry.clock.now());
    copy.metadata.deletionTimestamp = now;
    copy.metadata.finalizers = [...new Set([...(copy.metadata.finalizers ?? []), CLEANUP])];
    const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
    setCondition((copy.status.conditions ??= []), { type: 'Terminating', status: 'True', reason: DELETION_PENDING, message }, now);
    return copy as KubeObject;
  },
};

export interface CustomResourcesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly resources: ResourceTable;
  readonly cacher: Cacher;
  /** Of the server: handlers and hooks of custom kinds are put there. */
  readonly special: Map<string, SpecialHandler>;
  readonly hooks: Map<string, ResourceHooks>;
  readonly scale: SpecialHandler;
  /** Asks the webhooks that convert. */
  readonly webhooks: WebhookClient;
  /** Told after each change of what is served. */
  readonly onChange?: () => void;
}

interface Served {
  readonly definition: DeepReadonly<CustomResourceDefinition>;
  readonly kind: KindDefinition;
}

/** Serves what custom resource definitions define: accepts their names, registers their kinds, and cleans up behind them. */
export class CustomResources extends Controller implements ApiSource {
  readonly #options: CustomResourcesOptions;
  readonly #definitions: Informer<CustomResourceDefinition>;
  readonly #served = new Map<string, Served>();
  readonly #stopped = new AbortController();
  #revision = 0;

  constructor(options: CustomResourcesOptions) {
    super({ name: 'crd-controller', clock: options.clock, logger: options.logger, workers: 2 });
    this.#options = options;
    this.#definitions = new Informer({ client: options.client, ref: customResourceDefinitions, clock: options.clock, random: options.random, logger: options.logger });
    this.watch(this.#definitions, (definition) => [definition.metadata.name]);
  }

  override async start(signal: AbortSignal): Promise<void> {
    await this.#definitions.start(signal);
    await this.#definitions.synced();
    this.#definitions.onChange(({ key, after }) => this.#follow(key, after));
    await super.start(signal);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await super[Symbol.asyncDispose]();
    await this.#definitions[Symbol.asyncDispose]();
  }

  get revision(): number {
    return this.#revision;
  }

  versions(): readonly ApiVersion[] {
    return [...this.#served.values()].flatMap(({ definition, kind }) =>
      definition.spec.versions.filter((version) => version.served && this.#options.resources.find(kind.group, version.name, kind.resource)?.kind === kind).map((version) => ({
        group: kind.group, version: version.name, priority: CUSTOM_PRIORITY, resources: [resourceIn(definition, kind, version.name)],
      })));
  }

  protected override async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const definition = this.#definitions.lister.get(name);
    if (!definition) return undefined;
    if (definition.metadata.deletionTimestamp !== undefined) return this.#cleanUp(definition, signal);
    const others = this.#definitions.lister.list().filter((one) => one.spec.group === definition.spec.group && one.metadata.name !== name);
    const status = planStatus(definition, others, formatTime(this.clock.now()));
    if (!semanticallyEqual(status, definition.status)) await this.#writeStatus(definition, status, signal);
    return undefined;
  }

  async #writeStatus(definition: DeepReadonly<CustomResourceDefinition>, status: CustomResourceDefinitionStatus, signal: AbortSignal): Promise<void> {
    const copy = structuredClone(definition) as CustomResourceDefinition;
    copy.status = status;
    await this.#options.client.resource(customResourceDefinitions).updateStatus(copy, { signal });
  }

  /** At once, not when its turn in the queue comes: who has seen a definition established, or gone, asks for its objects next. */
  #follow(name: string, definition: DeepReadonly<CustomResourceDefinition> | undefined): void {
    try {
      if (!definition) this.#unserve(name);
      // One that is going is served until it has gone, or its last objects could neither be seen nor let go.
      // Nor is one served that has the name of a built-in resource: that one's objects are not its.
      else if (isTrue(definition, 'Established') && !this.#options.resources.isBuiltIn(definition.spec.group, definition.spec.names.plural)) this.#serve(definition);
    } catch (error) {
      this.logger.error('a definition cannot be served', { definition: name, error });
    }
  }

  #serve(definition: DeepReadonly<CustomResourceDefinition>): void {
    const { name } = definition.metadata;
    const known = this.#served.get(name);
    if (known && servesSame(known.definition, definition)) {
      if (isTrue(known.definition, 'Terminating') === isTrue(definition, 'Terminating')) return;
      this.#served.set(name, { ...known, definition });
      this.#revision++;
      this.#options.onChange?.();
      return;
    }
    if (known) this.#options.resources.remove(known.kind);
    const kind = customKind(structuredClone(definition) as CustomResourceDefinition, conversionOf(definition, { client: this.#options.webhooks, random: this.#options.random, signal: this.#stopped.signal }));
    this.#served.set(name, { definition, kind });
    this.#options.resources.add(kind, ['json', 'yaml']);
    const key = `${kind.group}/${kind.resource}`;
    if (kind.subresources.scale) this.#options.special.set(`${key}/scale`, this.#options.scale);
    else this.#options.special.delete(`${key}/scale`);
    this.#options.hooks.set(key, this.#instanceHooks(name));
    if (known) this.#endWatches(known.kind);
    this.#revision++;
    this.#options.onChange?.();
  }

  #unserve(name: string): void {
    const known = this.#served.get(name);
    if (!known) return;
    const { kind } = known;
    this.#served.delete(name);
    this.#options.resources.remove(kind);
    this.#options.special.delete(`${kind.group}/${kind.resource}/scale`);
    this.#options.hooks.delete(`${kind.group}/${kind.resource}`);
    this.#options.cacher.retire(resourcePrefix(kind.group, kind.resource));
    this.#revision++;
    this.#options.onChange?.();
  }

  /** What watchers have been told was of the old schema, or in a version that may have gone: they list again. */
  #endWatches({ group, resource }: KindDefinition): void {
    this.#options.cacher.resource(resourcePrefix(group, resource)).endWatches();
  }

  /** No new objects while the definition goes. */
  #instanceHooks(definitionName: string): ResourceHooks {
    return {
      allocate: async ({ resource }, object, old) => {
        const definition = this.#definitions.lister.get(definitionName);
        if (old === undefined && definition?.metadata.deletionTimestamp !== undefined) {
          throw forbidden({ group: resource.group, resource: resource.kind.resource }, object.metadata.name, 'create not allowed while custom resource definition is terminating');
        }
        return Promise.resolve(undefined);
      },
    };
  }

  async #cleanUp(definition: DeepReadonly<CustomResourceDefinition>, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    if (!definition.metadata.finalizers?.includes(CLEANUP)) return undefined;
    if (conditionOf(definition, 'Terminating')?.reason !== DELETION_IN_PROGRESS) {
      await this.#writeStatus(definition, this.#terminating(definition, 'True', DELETION_IN_PROGRESS, 'CustomResource deletion is in progress'), signal);
      return undefined;
    }
    const kind = this.#served.get(definition.metadata.name)?.kind;
    if (kind && (await this.#deleteInstances(kind, signal)) > 0) return { afterMs: LOOK_AGAIN_MS };
    const status = isTrue(definition, 'Established')
      ? this.#terminating(definition, 'False', 'InstanceDeletionCompleted', 'removed all instances')
      : this.#terminating(definition, 'False', 'NeverEstablished', 'resource was never established');
    // Through its status a definition may lose finalizers too: it goes with the last word on its objects.
    const metadata = { ...definition.metadata, finalizers: definition.metadata.finalizers.filter((one) => one !== CLEANUP) };
    await this.#writeStatus({ ...definition, metadata }, status, signal);
    return undefined;
  }

  #terminating(definition: DeepReadonly<CustomResourceDefinition>, condition: 'True' | 'False', reason: string, message: string): CustomResourceDefinitionStatus {
    const status = structuredClone(definition.status) as CustomResourceDefinitionStatus;
    setCondition((status.conditions ??= []), { type: 'Terminating', status: condition, reason, message }, formatTime(this.clock.now()));
    return status;
  }

  /** Deletes all objects of a kind; gives how many are still there. */
  async #deleteInstances(kind: KindDefinition, signal: AbortSignal): Promise<number> {
    const ref: ResourceRef = { group: kind.group, version: kind.storageVersion, resource: kind.resource, kind: kind.kind, namespaced: kind.namespaced };
    const { client } = this.#options;
    const { items } = await client.resource(ref).listAll({ signal });
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      try {
        await client.resource(ref, metadata.namespace).delete(metadata.name, { signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    return items.length === 0 ? 0 : (await client.resource(ref).listAll({ signal })).items.length;
  }
}

function resourceIn(definition: DeepReadonly<CustomResourceDefinition>, kind: KindDefinition, version: string): ApiResource {
  const stated = (definition.spec.versions as CustomResourceDefinition['spec']['versions']).find((one) => one.name === version);
  const subresources = [
    ...(stated?.subresources?.scale ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] }] : []),
    ...(stated?.subresources?.status ? [{ name: 'status', kind: kind.kind, group: '', version: '', verbs: ['get', 'patch', 'update'] }] : []),
  ];
  return {
    name: kind.resource, singular: kind.singular, kind: kind.kind, listKind: kind.listKind, namespaced: kind.namespaced, verbs: isTrue(definition, 'Terminating') ? LAST_VERBS : VERBS,
    shortNames: kind.shortNames, categories: kind.categories, subresources,
    schema: openApiSchema(stated ? schemaOfVersion(stated) : {}, { group: kind.group, version, kind: kind.kind }, stated?.selectableFields),
  };
}
