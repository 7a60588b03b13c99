import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { StrategyContext } from '../../api/kind.ts';
import type { AdmissionChain } from '../admission/chain.ts';
import type { AdmissionAttributes, AdmissionOperation, Reinvocation } from '../admission/plugin.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { Cacher } from '../cacher/cacher.ts';
import type { ApiRequest } from '../request.ts';
import type { DeleteOptions } from './delete-options.ts';
import type { ResourceTable, ServedResource } from './served-resource.ts';

/** What writes need of the server. */
export interface Registry {
  readonly cacher: Cacher;
  readonly resources: ResourceTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly admission: AdmissionChain;
  /** What is special about storing some resources, by `group/resource`. */
  readonly hooks: ReadonlyMap<string, ResourceHooks>;
}

/** One write on its way. */
export interface WriteContext {
  readonly registry: Registry;
  readonly request: ApiRequest;
  readonly resource: ServedResource;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  /** CreateOptions, ... as admission sees them. */
  readonly options: unknown;
  /** Admission has judged what leads to this write (a Binding, an Eviction): it is not asked again. */
  readonly isAdmitted?: boolean;
}

const NO_HOOKS: ResourceHooks = {};

export function hooksOf(context: WriteContext): ResourceHooks {
  return context.registry.hooks.get(context.resource.id) ?? NO_HOOKS;
}

interface AdmittedWrite {
  readonly operation: AdmissionOperation;
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  /** In place of the resource's. */
  readonly kind?: string;
}

export function attributesOf(context: WriteContext, write: AdmittedWrite): AdmissionAttributes {
  return new WriteAttributes(context, write);
}

class WriteAttributes implements AdmissionAttributes {
  readonly #request: ApiRequest;
  readonly operation: AdmissionOperation;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  object: KubeObject | undefined;
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  readonly options: unknown;
  reinvocation?: Reinvocation;

  constructor({ request, resource, subresource, namespace, dryRun, options }: WriteContext, write: AdmittedWrite) {
    this.#request = request;
    this.operation = write.operation;
    this.group = resource.group;
    this.version = resource.version.version;
    this.resource = resource.kind.resource;
    this.subresource = subresource;
    this.kind = write.kind ?? resource.kind.kind;
    this.namespace = namespace;
    this.name = write.name;
    this.user = request.user;
    this.dryRun = dryRun;
    this.object = write.object;
    this.oldObject = write.oldObject;
    this.options = options;
  }

  get nameInPath(): string {
    return this.#request.info.name;
  }

  get verb(): string {
    return this.#request.info.verb;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  warn(text: string): void {
    this.#request.warnings.push(text);
  }

  annotate(key: string, value: string): void {
    this.#request.annotations.set(key, value);
  }

  took(layer: string, ms: number): void {
    this.#request.audit?.took(layer, ms);
  }

  annotateRequest(key: string, value: () => string): void {
    if (this.#request.audit?.showsRequest) this.#request.annotations.set(key, value());
  }
}

export function strategyContext(context: WriteContext): StrategyContext {
  const { user } = context.request;
  return { nowMs: context.registry.clock.now(), version: context.resource.version.version, userName: user.name, userUid: user.uid ?? '', userGroups: user.groups, userExtra: user.extra ?? {}, warnings: context.request.warnings };
}

/** What a resource needs around its writes beyond its kind's rules: allocations, special ways to be deleted. */
export interface ResourceHooks {
  /**
   * Before validation, of a create (`old` undefined) or an update: may fill in what the server allocates. What it gives is called once the write has
   * been stored (`true`), or has failed or was a dry run (`false`).
   */
  allocate?(context: WriteContext, object: KubeObject, old: DeepReadonly<KubeObject> | undefined): Promise<((stored: boolean) => Promise<void>) | undefined>;
  /** After an object has gone from the store. */
  released?(object: DeepReadonly<KubeObject>): Promise<void>;
  /** What a delete must write first instead (a Namespace turns Terminating); undefined: it goes as usual. Throws StatusError to refuse. */
  beforeDelete?(context: WriteContext, object: DeepReadonly<KubeObject>, options: DeleteOptions): KubeObject | undefined;
  /** Whether the object is on its way out already, so that another delete changes nothing and nobody is asked about it. */
  isUnderWay?(object: DeepReadonly<KubeObject>): boolean;
  /** Whether an update leaves an object that must go now (the last finalizer of a Namespace). */
  goesAfterUpdate?(object: DeepReadonly<KubeObject>): boolean;
}
