import type { Clock } from '../base/clock.ts';
import { type Component, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { KindDefinition } from '../api/kind.ts';
import { Client } from '../client/client.ts';
import type { Transport } from '../client/transport.ts';
import type { Store } from '../storage/store.ts';
import { AdmissionChain } from './admission/chain.ts';
import { AdmissionStepMetrics } from './admission/step-metrics.ts';
import type { AdmissionPlugin } from './admission/plugin.ts';
import type { Auditor } from './audit/auditor.ts';
import type { Authenticator, UserInfo } from './authentication/authenticator.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import { AuthorizerChain } from './authorization/decide.ts';
import { Cacher } from './cacher/cacher.ts';
import { Chain } from './chain.ts';
import { Encoder } from './encoding/encoder.ts';
import { watchFormOf } from './encoding/watch-forms.ts';
import { CustomResources, definitionHooks } from './customresources/custom-resources.ts';
import { DeprecatedApis } from './metrics/deprecated-apis.ts';
import { WebhookClient } from './webhooks/webhook-client.ts';
import { Aggregator } from './aggregation/aggregator.ts';
import type { FrontProxyCredentials } from './aggregation/backends.ts';
import { CachedObjects } from './cacher/cached-objects.ts';
import { ApiGroups, type ApiSource, BuiltInApis } from './discovery/api-groups.ts';
import { UnknownGroups } from './discovery/unknown-groups.ts';
import { RootPaths } from './discovery/root-paths.ts';
import { DiscoveryPaths } from './discovery/discovery-paths.ts';
import { OpenApiPaths } from './openapi/openapi-paths.ts';
import { schemas } from '../api/schemas.ts';
import { kinds as builtInKinds } from '../api/kinds.ts';
import { Dispatcher, type PathHandler, type SpecialHandler } from './handlers/dispatcher.ts';
import { AGGREGATOR_STEPS, FAIRNESS_STEPS, SERVER_STEPS, stepChecks } from './health/steps.ts';
import { HealthPaths, type HealthCheck } from './health/health.ts';
import { type BrowserOptions, BrowserRules } from './http/browser-rules.ts';
import type { Exchange } from './http/exchange.ts';
import { type ClientTimeouts, Listener, type ListenerOptions, type TlsMaterial } from './http/listener.ts';
import type { OutputForm } from './http/negotiation.ts';
import { InProcessTransport } from './in-process-transport.ts';
import { OpenWatches } from './flowcontrol/open-watches.ts';
import type { RequestLimiter } from './flowcontrol/request-limiter.ts';
import { AccessMetrics } from './metrics/access-metrics.ts';
import { RequestMetrics } from './metrics/request-metrics.ts';
import { ZPages } from './zpages/zpages.ts';
import { processMetrics } from './metrics/process-metrics.ts';
import { WatchMetrics } from './metrics/watch-metrics.ts';
import { StorageMetrics } from './metrics/storage-metrics.ts';
import { type MetricSource, ServerPaths } from './metrics/server-paths.ts';
import { resourceHooks } from './registry/resource-hooks.ts';
import { ServiceAllocation } from './registry/services/service-hooks.ts';
import { completionsOf, ResourceTable, type ServedResource } from './registry/served-resource.ts';
import type { Registry } from './registry/write-context.ts';
import type { ServiceAccountTokens } from './authentication/service-accounts/tokens.ts';
import type { KubeletCredentials } from './proxy/kubelet.ts';
import type { ApiRequest } from './request.ts';
import { builtInHandlers } from './subresources/built-in.ts';
import type { ControlPlaneComponent } from './subresources/component-statuses.ts';
import type { MeasureNode } from './resource-metrics/node-usage.ts';
import { ResourceMetrics } from './resource-metrics/resource-metrics.ts';
import { ScaleHandler } from './subresources/scale.ts';

export interface ApiServerOptions {
  /** Started and disposed by whoever gives it. */
  readonly store: Store;
  /** Default: all built-in kinds. */
  readonly kinds?: readonly KindDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Undefined: no port is opened; requests come in process only. */
  readonly listen?: { readonly bindAddress: string; readonly port: number; readonly tls: TlsMaterial; readonly timeouts?: Partial<ClientTimeouts>; readonly maxConnections?: number } & Pick<ListenerOptions, 'http2' | 'maxStreams' | 'goawayChance' | 'sharesPort'>;
  /** What browsers are told besides. */
  readonly browsers?: BrowserOptions;
  /** How many watches clients may have open; 0, the default: any number. */
  readonly maxOpenWatches?: number;
  readonly authenticators: readonly Authenticator[];
  /** Default: true; RBAC says what anonymous requests may do. */
  readonly allowAnonymous?: boolean | ((path: string) => boolean);
  /** Feature gate ConstrainedImpersonation; default: true. */
  readonly constrainedImpersonation?: boolean;
  /** Default: true. */
  readonly endsAnonymousConnections?: boolean;
  /** Asked in order. */
  readonly authorizers: readonly Authorizer[];
  readonly admission: readonly AdmissionPlugin[];
  /** One range, or one of each family, the default one first. Default: 10.96.0.0/16. */
  readonly serviceClusterIPRanges?: readonly string[];
  /** Default: 30000-32767. */
  readonly serviceNodePortRange?: { readonly first: number; readonly last: number };
  /** Issues what TokenRequests ask for; undefined: nothing does. */
  readonly serviceAccountTokens?: ServiceAccountTokens;
  /** What the server shows to kubelets, for logs, exec, attach, port-forward and node proxy. */
  readonly kubeletClient?: KubeletCredentials;
  /** How kubelets of this process tell what is used on their nodes; the others are asked over the network. */
  readonly measureNode?: MeasureNode;
  /** Undefined: nothing is recorded. Disposed by whoever gives it. */
  readonly audit?: Auditor;
  /** Default: a minute. */
  readonly requestTimeoutMs?: number;
  /** Which requests run at once; undefined: all. */
  readonly limiter?: RequestLimiter;
  /** Default: 1800. */
  readonly minRequestTimeoutSeconds?: number;
  /** Discovery, OpenAPI and other paths that are no resources. */
  readonly paths?: readonly PathHandler[];
  /** Subresources and kinds with handlers of their own, by `group/resource/subresource` or `group/resource`. */
  readonly special?: ReadonlyMap<string, SpecialHandler>;
  readonly healthChecks?: readonly HealthCheck[];
  /** What `componentstatuses` shows, beside the store. */
  readonly components?: readonly ControlPlaneComponent[];
  /** Absent: APIServices are only kept, nothing is registered or handed on. */
  readonly aggregation?: { readonly frontProxyClient: FrontProxyCredentials };
  /** What the server was started with, as `/flagz` tells. */
  readonly flags?: Readonly<Record<string, string>>;
  /** What `/metrics` tells besides of requests. */
  readonly metrics?: readonly MetricSource[];
}

const REQUEST_TIMEOUT_MS = 60_000;
const STALL_MS = 60_000;
/** Paths that tell of the server itself. */
const INFORMATION = ['/.well-known/openid-configuration', '/metrics', '/metrics/slis', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/openid/v1/jwks', '/version'];
/** Who the server is to itself. */
const SELF: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] };

/** The API server: one chain of request handling, over HTTPS and in process. */
export class ApiServer implements Component {
  readonly #options: ApiServerOptions;
  readonly #cacher: Cacher;
  readonly #chain: Chain;
  readonly #registry: Registry;
  readonly #listener: Listener | undefined;
  readonly #customResources: CustomResources;
  readonly #tasks = new TaskGroup();
  readonly resources: ResourceTable;
  /** What discovery and OpenAPI tell; sources may be added while the server runs. */
  readonly apis: ApiGroups;
  readonly #aggregator: Aggregator | undefined;
  readonly #webhooks: WebhookClient;
  #ownClient: Client | undefined;
  readonly #resourceMetrics: ResourceMetrics;
  #isReady = false;
  #isStarted = false;
  #isStopping = false;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { clock, random, logger } = options;
    this.resources = new ResourceTable(options.kinds);
    const builtIn = new BuiltInApis(options.kinds ?? builtInKinds);
    this.apis = new ApiGroups([builtIn]);
    this.#cacher = new Cacher({ store: options.store, clock, logger, completions: completionsOf(options.kinds ?? builtInKinds) });
    const objects = new CachedObjects(this.#cacher);
    this.#webhooks = new WebhookClient({ objects: () => objects, clock, random, ownPorts: () => [this.port], self: () => this.transportFor(SELF, 'kube-apiserver-admission') });
    this.#aggregator = options.aggregation && this.#createAggregator(builtIn, options.aggregation);
    const serviceAllocation = new ServiceAllocation({
      cacher: this.#cacher, random, clock, logger, client: () => this.#own(), clusterIPRanges: options.serviceClusterIPRanges ?? ['10.96.0.0/16'], nodePorts: options.serviceNodePortRange ?? { first: 30000, last: 32767 },
    });
    const hooks = resourceHooks(serviceAllocation);
    hooks.set('apiextensions.k8s.io/customresourcedefinitions', definitionHooks);
    const admissionSteps = new AdmissionStepMetrics(clock);
    this.#registry = {
      cacher: this.#cacher, resources: this.resources, clock, random, logger, admission: new AdmissionChain(options.admission, admissionSteps),
      hooks,
    };
    const metrics = new RequestMetrics();
    const access = new AccessMetrics();
    const watches = new WatchMetrics();
    const deprecatedApis = new DeprecatedApis();
    const storage = new StorageMetrics(() => this.#cacher);
    this.#cacher.onWrite = (operation, prefix, ms) => storage.wrote(operation, prefix, ms);
    const authorizer = new AuthorizerChain(options.authorizers);
    const special = new Map([...builtInHandlers({ registry: this.#registry, authorizer, authenticators: options.authenticators, tokens: options.serviceAccountTokens, kubeletClient: options.kubeletClient, components: [...(options.components ?? []), { name: 'etcd-0', check: () => this.#storeFault() }] }), ...(options.special ?? [])]);
    this.#resourceMetrics = new ResourceMetrics({ objects, clock, kubeletClient: options.kubeletClient, measureNode: options.measureNode });
    const discovered = this.#discovered();
    const health = new HealthPaths(this.#healthChecks());
    const others = (): string[] => [...health.paths, ...INFORMATION, ...zpages.paths];
    const zpages = new ZPages({ clock, flags: options.flags ?? {}, paths: others });
    const dispatcher = new Dispatcher({
      registry: this.#registry, deprecatedApis,
      watch: { clock, random, minRequestTimeoutSeconds: options.minRequestTimeoutSeconds ?? 1800, stallMs: options.listen?.timeouts?.stallMs ?? STALL_MS },
      special,
      paths: [health, new RootPaths(discovered, others), zpages, new ServerPaths([metrics, access, watches, deprecatedApis, storage, admissionSteps, serviceAllocation.metrics, ...processMetrics(clock), ...(options.limiter ? [options.limiter] : []), ...(options.metrics ?? [])], health), ...(options.paths ?? []), ...(this.#aggregator ? [this.#aggregator.proxy] : []), new DiscoveryPaths(discovered), this.#openApi(), this.#resourceMetrics, new UnknownGroups(this.resources)],
      watchForm: (request, resource, form) => this.#watchForm(request, resource, form),
    });
    this.#chain = new Chain({
      clock, random, logger, dispatcher, metrics, access, watches, openWatches: new OpenWatches(options.maxOpenWatches ?? 0), encoder: new Encoder(clock), authenticators: options.authenticators, allowAnonymous: typeof options.allowAnonymous === 'function' ? options.allowAnonymous : () => options.allowAnonymous !== false,
      authorizer, requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS, audit: options.audit, limiter: options.limiter, constrainedImpersonation: options.constrainedImpersonation ?? true,
      endsAnonymousConnections: options.endsAnonymousConnections ?? true,
    });
    this.#customResources = new CustomResources({
      client: new Client({ transport: this.transportFor(SELF), clock }), clock, random, logger, resources: this.resources, cacher: this.#cacher, special, hooks, scale: new ScaleHandler(this.#registry),
      webhooks: this.#webhooks,
      onChange: () => this.#aggregator?.customChanged(),
    });
    this.apis.add(this.#customResources);
    if (options.listen) {
      const serve = (exchange: Exchange): void => this.#tasks.run(() => this.#chain.serve(exchange));
      const rules = options.browsers && new BrowserRules(options.browsers);
      const serveBrowsers = (exchange: Exchange): void => {
        const told = rules?.apply(exchange);
        if (told) serve(told);
      };
      this.#listener = new Listener({ ...options.listen, clock, random, logger, onExchange: rules ? serveBrowsers : serve });
    }
  }

  /** How the server itself writes what belongs to objects of others. */
  #own(): Client {
    return (this.#ownClient ??= new Client({ transport: this.transportFor(SELF, 'kube-apiserver'), clock: this.#options.clock, userAgent: 'kube-apiserver' }));
  }

  /** What is served here or by others. */
  #discovered(): ApiGroups {
    const { apis } = this;
    const here: ApiSource = {
      versions: () => apis.all.flatMap((group) => group.versions),
      get revision() {
        return apis.revision;
      },
    };
    return new ApiGroups([here, this.#resourceMetrics, ...(this.#aggregator ? [this.#aggregator.apis] : [])]);
  }

  #createAggregator(builtIn: ApiSource, { frontProxyClient }: NonNullable<ApiServerOptions['aggregation']>): Aggregator {
    const { clock, random, logger } = this.#options;
    const objects = new CachedObjects(this.#cacher);
    return new Aggregator({
      clock, random, logger, client: () => new Client({ transport: this.transportFor(SELF), clock }), objects: () => objects, credentials: frontProxyClient,
      ownPorts: () => [this.port], builtIn, custom: () => this.#customResources,
    });
  }

  #openApi(): OpenApiPaths {
    const returnsObject = (group: string, resource: string): boolean => {
      for (const { kind, group: servedIn } of this.resources.all) if (servedIn === group && kind.resource === resource) return kind.deleteReturnsObject;
      return true;
    };
    return new OpenApiPaths({ groups: this.apis, schemas, returnsObject, ...(this.#aggregator && { others: this.#aggregator.openApi }) });
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** The port that is open; 0 without one. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** New connections are served with these; those that stand keep what they have. Throws Error for a key that is not the certificate's. */
  setTls(tls: TlsMaterial): void {
    this.#listener?.setTls(tls);
  }

  get cacher(): Cacher {
    return this.#cacher;
  }

  get registry(): Registry {
    return this.#registry;
  }

  /** Makes `/readyz` say yes: the server is useful only once what is above it has written what must be there. */
  setReady(): void {
    this.#isReady = true;
  }

  /** Makes `/readyz` say no, while requests are answered as before: whoever shares out requests sends them elsewhere. */
  setStopping(): void {
    this.#isStopping = true;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#cacher.start(signal);
    await this.#customResources.start(signal);
    await this.#aggregator?.start(signal);
    this.#isStarted = true;
    await this.#listener?.start(signal);
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#listener?.[Symbol.asyncDispose]();
    await this.#aggregator?.[Symbol.asyncDispose]();
    await this.#customResources[Symbol.asyncDispose]();
    this.#webhooks[Symbol.dispose]();
    this.#resourceMetrics[Symbol.dispose]();
    await this.#cacher[Symbol.asyncDispose]();
    await this.#tasks.close();
    this.#chain[Symbol.dispose]();
  }

  /** How a component of this process reaches the API as `user`; `userAgent` tells the field manager. */
  transportFor(user: UserInfo, userAgent: string = user.name): Transport {
    return new InProcessTransport({ chain: this.#chain, user, userAgent, nowMs: () => this.#options.clock.now() });
  }

  #watchForm(request: ApiRequest, resource: ServedResource, form: OutputForm): ReturnType<typeof watchFormOf> {
    let isFirst = true;
    const isFirstTable = (): boolean => {
      const was = isFirst;
      isFirst = false;
      return was;
    };
    return watchFormOf(resource, form, { clock: this.#options.clock, includeObject: request.query.get('includeObject'), isFirstTable, inProcess: request.exchange === undefined });
  }

  #storeFault(): string | undefined {
    return this.#options.store.writable ? undefined : 'the store has no room: it is read-only';
  }

  #healthChecks(): HealthCheck[] {
    const { healthChecks = [] } = this.#options;
    const writable = (): string | undefined => this.#storeFault();
    const isStarted = (): boolean => this.#isStarted;
    return [
      { name: 'ping', check: () => undefined },
      { name: 'log', check: () => undefined },
      { name: 'etcd', check: writable },
      { name: 'etcd-readiness', readinessOnly: true, check: writable },
      { name: 'informer-sync', readinessOnly: true, check: () => (this.#isReady ? undefined : 'the watch cache is being loaded') },
      ...stepChecks(SERVER_STEPS, isStarted),
      { name: 'poststarthook/storage-readiness', check: () => (this.#isStarted ? undefined : 'the watch cache is being loaded') },
      ...stepChecks(this.#options.limiter ? FAIRNESS_STEPS : [], isStarted),
      ...healthChecks,
      ...stepChecks(this.#aggregator ? AGGREGATOR_STEPS : [], isStarted),
      { name: 'shutdown', readinessOnly: true, check: () => (this.#isStopping ? 'process is shutting down' : undefined) },
    ];
  }
}
