import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ResourceQuota } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import { ApiServer, type ControlPlaneComponent } from '../apiserver/index.ts';
import { admissionPlugins } from '../apiserver/admission/default-plugins.ts';
import type { AdmissionPlugin } from '../apiserver/admission/plugin.ts';
import { ClaimStatusPermission } from '../apiserver/admission/plugins/claim-status-permission.ts';
import { DeviceAdminAccess } from '../apiserver/admission/plugins/device-admin-access.ts';
import { ParamPermission } from '../apiserver/admission/plugins/param-permission.ts';
import { RbacEscalation } from '../apiserver/admission/plugins/rbac-escalation.ts';
import type { Auditor } from '../apiserver/audit/auditor.ts';
import type { UserInfo } from '../apiserver/authentication/authenticator.ts';
import { OpenIdPaths } from '../apiserver/authentication/service-accounts/openid-paths.ts';
import type { ServiceAccountTokens } from '../apiserver/authentication/service-accounts/tokens.ts';
import { reconcileDefaultPolicy } from '../apiserver/authorization/bootstrap/reconcile.ts';
import type { Authorizer } from '../apiserver/authorization/authorizer.ts';
import { AuthorizerChain } from '../apiserver/authorization/decide.ts';
import { cachedRbac } from '../apiserver/authorization/cached-rbac.ts';
import { RbacAuthorizer } from '../apiserver/authorization/rbac.ts';
import { CachedObjects } from '../apiserver/cacher/cached-objects.ts';
import type { WebhookTools } from '../apiserver/admission/webhook/hook-caller.ts';
import { WebhookClient } from '../apiserver/webhooks/webhook-client.ts';
import { WebhookMetrics } from '../apiserver/webhooks/webhook-metrics.ts';
import { Commands } from '../base/commands.ts';
import type { Component } from '../base/lifecycle.ts';
import { nextTurn } from '../base/turn.ts';
import { Client } from '../client/client.ts';
import { Controller } from '../client/controller.ts';
import { queueMetricsText } from '../client/queue-metrics.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { Transport } from '../client/transport.ts';
import type { ControllerDefinition, defaultControllerOptions as DefaultControllerOptions } from '../controllers/index.ts';
import { controllerNames } from '../controllers/names.ts';
import { NodeNetwork } from '../network/index.ts';
import type { Store } from '../storage/store.ts';
import { ADDONS_CONTROLLER, AddonsController } from './addons.ts';
import { readAdmissionConfiguration } from './admission-configuration.ts';
import { loadSchedulerConfiguration } from './scheduler-configuration.ts';
import type { SchedulerConfiguration } from '../scheduler/index.ts';
import { auditor } from './audit.ts';
import { authentication, type Authentication, readFlagFile, serviceAccountTokens } from './authentication.ts';
import { authorization, type Authorization } from './authorization.ts';
import { certificateSigner, signingAuthorities } from './certificate-signer.ts';
import { loadCertificates, loadCertificatesAside, newCertificates, type ClusterCertificates } from './certificates.ts';
import { featureGateMetric } from './feature-gate-metric.ts';
import { FileFollower, type FollowedFiles } from './followed-files.ts';
import { FlowControlKeeper } from './flow-control-keeper.ts';
import { ImageRegistry } from './images/image-registry.ts';
import { ImageStore } from './images/image-store.ts';
import { publishConfiguration } from './cluster-configuration.ts';
import { Encryption } from './encryption.ts';
import { LegacyTokenTracking, LegacyTokenUse } from './legacy-token-tracking.ts';
import { loadControllers, loadScheduler } from './late-modules.ts';
import { type LedPart, ledPart } from './led-part.ts';
import { KubernetesService } from './kubernetes-service.ts';
import { type Master, MasterLeases } from './master-leases.ts';
import { ApiServerIdentity } from './apiserver-identity.ts';
import { publishAuthentication, type PublishedAuthentication } from './extension-authentication.ts';
import { KubeletServingApprover } from './kubelet-serving-approver.ts';
import { servedKinds } from './runtime-config.ts';
import { chosenControllers } from './controller-choice.ts';
import type { TlsMaterial } from '../apiserver/http/listener.ts';
import { kubeletCredentials, proxyCredentials, servingTls } from './reach.ts';
import type { ServerOptions } from './server-options.ts';
import type { MeasuredNodes, SimulatedParts } from './simulated-parts.ts';
import { StartSteps } from './start-steps.ts';
import { writeServerRecord } from './server-record.ts';
import { openStore, readEtcdTls } from './store.ts';
import { sharePki } from './shared-pki.ts';
import { limiterPaths, requestLimiter } from './request-limiter.ts';
import { Supervisor } from './supervisor.ts';
import type { ClusterTools } from './tools.ts';
import { hasReason } from '../apimachinery/status.ts';
import { requireSameFamily } from './service-addresses/families.ts';
import { DefaultServiceRange } from './service-addresses/default-range.ts';
import { claimServiceAddresses, ServiceAddressRepair } from './service-addresses/repair.ts';
import { apiServiceAddress, publishMasters, ensureLegacyTokenTracking, ensureSystemNamespaces, ensureSystemPriorityClasses } from './system-objects.ts';

/** The server itself, as it writes what must be there. */
const SERVER: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
/** Pulls of images: next to the API's port. */
export const REGISTRY_PORT_OFFSET = 1;

/** The Master: store, API server, controllers and scheduler in one process. Each of them talks to the API as itself. */
export class Server implements Component {
  readonly #options: ServerOptions;
  readonly #tools: ClusterTools;
  readonly #simulated: SimulatedParts | undefined;
  #simulatedNodes: MeasuredNodes | undefined;
  readonly #supervisor: Supervisor;
  readonly #chosen: ReadonlySet<string>;
  #store: Store | undefined;
  #encryption: Encryption | undefined;
  #api: ApiServer | undefined;
  #informers: InformerFactory | undefined;
  #certificates: ClusterCertificates | undefined;
  #tokens: ServiceAccountTokens | undefined;
  #audit: Auditor | undefined;
  #schedulerConfiguration: SchedulerConfiguration | undefined;
  readonly #stopped = new AbortController();
  #stopping: Promise<void> | undefined;
  readonly #legacyUse: LegacyTokenUse;
  readonly #steps = new StartSteps();
  #webhookClient: WebhookClient | undefined;
  readonly #webhookMetrics = new WebhookMetrics();
  #authentication: Authentication | undefined;
  #authorization: Authorization | undefined;

  /** Throws Error for options that contradict themselves. */
  constructor(options: ServerOptions, tools: ClusterTools, simulated?: SimulatedParts) {
    this.#options = options;
    this.#tools = tools;
    this.#simulated = simulated;
    requireSameFamily(options);
    this.#supervisor = new Supervisor(tools);
    this.#legacyUse = new LegacyTokenUse({ ...tools, client: () => this.#clientFor(SERVER, 'kube-apiserver'), signal: () => this.#stopped.signal });
    this.#chosen = chosenControllers(options.controllers, [...controllerNames, { name: ADDONS_CONTROLLER, enabledByDefault: true }]);
  }

  get done(): Promise<void> {
    return this.#api?.done ?? Promise.resolve();
  }

  get port(): number {
    return this.#simulated ? this.#options.port : (this.#api?.port ?? 0);
  }

  get certificates(): ClusterCertificates {
    if (!this.#certificates) throw new Error('the server has not been started');
    return this.#certificates;
  }

  /** Resolves once `/readyz` says yes: the store is open, and what must be there is written. Controllers and scheduler follow. */
  async start(signal: AbortSignal): Promise<void> {
    const { dataDir, schedulerConfigFile } = this.#options;
    if (schedulerConfigFile !== undefined) this.#schedulerConfiguration = await loadSchedulerConfiguration(schedulerConfigFile);
    if (this.#options.audit) this.#audit = auditor(this.#options.audit, this.#tools);
    const store = this.#encrypted(this.#simulated?.store ?? await openStore(this.#options.store, { dataDir, ...this.#tools, etcdTls: readEtcdTls(this.#options), historyMs: this.#options.historyMs }));
    this.#store = store;
    const certificates = await this.#startWithCertificates(store, signal);
    const api = this.#createApi(store, certificates);
    this.#api = api;
    // It is stopped after all that use it, some of which have a last word to write: a lease to give back.
    await api.start(new AbortController().signal);
    if (!this.#simulated) writeServerRecord(dataDir, `https://127.0.0.1:${api.port}`);
    const own = this.#clientFor(SERVER, 'kube-apiserver');
    const step = this.#steps;
    await step.run('start-system-namespaces-controller', ensureSystemNamespaces(own, signal));
    await Promise.all([
      step.run('rbac/bootstrap-roles', reconcileDefaultPolicy(own, signal, { hasAddons: this.#chosen.has(ADDONS_CONTROLLER) })),
      step.run('scheduling/bootstrap-system-priority-classes', ensureSystemPriorityClasses(own, signal)),
      step.run('bootstrap-controller', this.#announce(own, store, signal)),
      step.run('start-kubernetes-service-cidr-controller', this.#supervisor.add('kubernetes-service-cidr-controller', () => new DefaultServiceRange({ ...this.#tools, client: own, ranges: this.#options.serviceRanges }), signal)),
      step.run('start-legacy-token-tracking-controller', ensureLegacyTokenTracking(own, this.#tools.clock, signal)),
      this.#identify(own, signal),
      this.#publishConfiguration(own, this.port, signal),
      step.run('start-cluster-authentication-info-controller', publishAuthentication(own, this.#publishedAuthentication(), signal)),
    ]);
    // `--runtime-config` may have turned the kinds off.
    await claimServiceAddresses(own, signal).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
    api.setReady();
    if (this.#options.requestLimits.priorityAndFairness) await this.#supervisor.add('priority-and-fairness', () => new FlowControlKeeper({ client: own, ...this.#tools }), signal);
    await nextTurn(); // whoever waits for it hears so first
    await this.#startOthers(signal);
    // Node reads all the authorities that it brings as soon as it is given one: not before the server is ready. Till then clients are not told whose certificates are good here, which they need not know.
    api.setTls(this.#tls());
    await this.#supervisor.add('file-follower', () => new FileFollower(this.#followedFiles(own, signal), this.#tools), signal);
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
  }

  #publishedAuthentication(): PublishedAuthentication {
    const { client = '', frontProxy = '' } = this.#authentication?.authorities ?? {};
    return { clientCa: client, requestHeaderCa: frontProxy, headers: this.#options.requestHeader };
  }

  /** What is taken while the server runs. */
  #followedFiles(own: Client, signal: AbortSignal): FollowedFiles[] {
    const { tlsFiles, sniFiles, clientCaFile, requestHeader, authenticationConfigFile, authorization: { configFile } } = this.#options;
    const useTls = (): void => this.#api?.setTls(this.#tls());
    const takeAuthorities = async (): Promise<void> => {
      this.#authentication?.reloadAuthorities();
      useTls();
      await publishAuthentication(own, this.#publishedAuthentication(), signal);
    };
    const all: [what: string, files: readonly (string | undefined)[], take: () => void | Promise<void>][] = [
      ['--tls-cert-file', [tlsFiles?.certificate, tlsFiles?.key], useTls],
      ['--tls-sni-cert-key', sniFiles.flatMap(({ certificate, key }) => [certificate, key]), useTls],
      ['--client-ca-file', [clientCaFile, requestHeader.clientCaFile], takeAuthorities],
      ['--authentication-config', [authenticationConfigFile], () => this.#authentication?.reloadConfiguration()],
      ['--authorization-config', [configFile], () => this.#authorization?.reload()],
    ];
    return all.map(([what, files, take]) => ({ what, files: files.filter((file) => file !== undefined), take })).filter(({ files }) => files.length > 0);
  }

  #tls(): TlsMaterial {
    const { client = '', frontProxy = '' } = this.#authentication?.authorities ?? {};
    return { ...servingTls(this.#options, this.certificates), clientCa: [client, frontProxy].join('\n') };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#waitForOthers();
    this.#stopped.abort();
    await this.#supervisor[Symbol.asyncDispose]();
    await this.#informers?.[Symbol.asyncDispose]();
    await this.#api?.[Symbol.asyncDispose]();
    this.#webhookClient?.[Symbol.dispose]();
    await (this.#encryption ?? this.#store)?.[Symbol.asyncDispose]();
    await this.#audit?.[Symbol.asyncDispose]();
    await this.#authentication?.[Symbol.asyncDispose]();
    await this.#authorization?.[Symbol.asyncDispose]();
  }

  /** Whoever shares out requests is given time to send them elsewhere. */
  async #waitForOthers(): Promise<void> {
    const { shutdownDelayMs } = this.#options.connections;
    if (!this.#api || shutdownDelayMs === 0) return;
    this.#api.setStopping();
    await this.#tools.clock.sleep(shutdownDelayMs, new AbortController().signal);
  }

  #queueMetrics(): string {
    const queues = [...this.#supervisor.running].flatMap(([name, component]) => (component instanceof Controller ? [{ name, depth: component.queue.size, metrics: component.queue.metrics }] : []));
    return queueMetricsText(queues);
  }

  #encrypted(store: Store): Store {
    const { encryptionProviderConfig: file, encryptionAutomaticReload: automaticReload } = this.#options;
    if (file === undefined) return store;
    this.#encryption = new Encryption(store, { file, automaticReload, tools: this.#tools });
    return this.#encryption.store;
  }

  /** Servers that share a store share their authorities through it; a server alone makes them while its store opens. */
  async #startWithCertificates(store: Store, signal: AbortSignal): Promise<ClusterCertificates> {
    const of = { folder: join(this.#options.dataDir, 'pki'), clock: this.#tools.clock, names: this.#servingNames() };
    const start = (): Promise<void> => (this.#encryption ?? store).start(signal);
    if (this.#simulated) {
      await start();
      return (this.#certificates = newCertificates({ ...of, source: this.#simulated.keys }));
    }
    if (store.shared) {
      await start();
      await sharePki({ store, folder: of.folder, make: (folder) => loadCertificates({ ...of, folder }) });
    }
    const { certificates, written } = loadCertificatesAside(of);
    await Promise.all([written, ...(store.shared ? [] : [start()])]);
    return (this.#certificates = certificates);
  }

  /** Writes how pods reach the API: by this server, or, when others share its store, by all of them. */
  async #announce(client: Client, store: Store, signal: AbortSignal): Promise<void> {
    const { advertiseAddress, serviceRanges } = this.#options;
    const { clock, logger } = this.#tools;
    const own = { address: advertiseAddress, port: this.port };
    const keep = (publish?: (inner: AbortSignal) => Promise<void>): Promise<void> =>
      this.#supervisor.add('kubernetes-service', () => new KubernetesService({ client, serviceRanges, port: own.port, clock, logger, ...(publish && { publish }) }), signal);
    if (!store.shared) {
      await this.#steps.run('peer-endpoint-reconciler-controller', keep((inner) => publishMasters(client, [own], inner)));
      return;
    }
    await keep();
    const publish = (masters: readonly Master[], inner: AbortSignal): Promise<void> => publishMasters(client, masters, inner);
    await this.#steps.run('peer-endpoint-reconciler-controller', this.#supervisor.add('master-leases', () => new MasterLeases({ store, own, publish, clock, logger }), signal));
  }

  /** Says which server this is, and forgets those that are gone. */
  async #identify(client: Client, signal: AbortSignal): Promise<void> {
    const identity = this.#supervisor.add('apiserver-identity', () => new ApiServerIdentity({ client, address: this.#options.advertiseAddress, port: this.port, hostname: this.#hostname, ...this.#tools }), signal);
    await Promise.all([this.#steps.run('start-kube-apiserver-identity-lease-controller', identity), this.#steps.run('start-kube-apiserver-identity-lease-garbage-collector', identity)]);
  }

  #publishConfiguration(client: Client, port: number, signal: AbortSignal): Promise<void> {
    const { clusterRanges, serviceRanges, clusterDomain, nodeRoutes, advertiseAddress } = this.#options;
    const host = advertiseAddress.includes(':') ? `[${advertiseAddress}]` : advertiseAddress;
    const imageRegistry = nodeRoutes !== undefined ? `http://${host}:${port + REGISTRY_PORT_OFFSET}` : '';
    return publishConfiguration(client, { clusterRanges, serviceRanges, clusterDomain, imageRegistry }, signal);
  }

  get #hostname(): string {
    return this.#simulated?.hostname ?? hostname();
  }

  #servingNames(): { dnsNames: string[]; ipAddresses: string[] } {
    const { advertiseAddress, serviceRanges, clusterDomain, tlsNames } = this.#options;
    const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${clusterDomain}`];
    const all = ['localhost', '127.0.0.1', '::1', this.#hostname, advertiseAddress, apiServiceAddress(serviceRanges), ...service, ...tlsNames];
    return { dnsNames: [...new Set(all.filter((name) => isIP(name) === 0))], ipAddresses: [...new Set(all.filter((name) => isIP(name) !== 0))] };
  }

  #createApi(store: Store, certificates: ClusterCertificates): ApiServer {
    const { options, tools } = { options: this.#options, tools: this.#tools };
    const objects = (): CachedObjects => cached;
    const tokens = serviceAccountTokens(options.serviceAccounts, certificates.serviceAccountKeys, tools);
    this.#tokens = tokens;
    this.#authentication = authentication(options, { objects, ownAuthority: certificates.authority.certificatePem, ownFrontProxyAuthority: certificates.frontProxyAuthority.certificatePem, tokens, onLegacyUse: this.#legacyUse.note }, tools);
    const rbac = new RbacAuthorizer(cachedRbac(objects));
    this.#authorization = authorization(options.authorization, { objects, rbac }, tools);
    const { authorizers } = this.#authorization;
    const authorizer = new AuthorizerChain(authorizers);
    const limiter = requestLimiter(options, objects, tools);
    const webhooks = this.#webhookTools(objects, () => api);
    const plugins = this.#admissionPlugins(webhooks, authorizer);
    const api = new ApiServer({
      ...tools,
      store,
      kinds: servedKinds(options.runtimeConfig).map((kind) => (kind.ttlSeconds === undefined ? kind : { ...kind, ttlSeconds: options.eventTtlSeconds })),
      requestTimeoutMs: options.requestTimeoutMs,
      maxOpenWatches: options.requestLimits.openWatches,
      limiter,
      ...(this.#audit && { audit: this.#audit }),
      minRequestTimeoutSeconds: options.minRequestTimeoutSeconds,
      paths: [new OpenIdPaths(tokens, () => `${options.connections.externalHostname ?? options.advertiseAddress}:${this.port}`), ...limiterPaths(limiter, tools)],
      ...(!this.#simulated && { listen: { ...options.connections, bindAddress: options.bindAddress, port: options.port, maxConnections: options.requestLimits.connections, tls: servingTls(options, certificates) } }),
      authenticators: this.#authentication.authenticators,
      allowAnonymous: this.#authentication.allowAnonymous,
      authorizers,
      constrainedImpersonation: options.featureGates('ConstrainedImpersonation'),
      endsAnonymousConnections: options.featureGates('UnauthenticatedHTTP2DOSMitigation'),
      admission: [
        new DeviceAdminAccess(objects), ...(options.featureGates('DRAResourceClaimGranularStatusAuthorization') ? [new ClaimStatusPermission(authorizer)] : []), new ParamPermission({ ...webhooks, authorizer }), ...plugins, new RbacEscalation({ rbac, authorizer }),
      ],
      metrics: [...plugins.flatMap((one) => one.metrics ?? []), this.#webhookMetrics, this.#authentication.metrics, ...(this.#audit ? [this.#audit.metrics] : []), { text: () => this.#queueMetrics() }, featureGateMetric(options.featureGates)],
      healthChecks: [...this.#steps.checks, ...(this.#encryption?.healthChecks ?? [])],
      ...(options.connections.browsers && { browsers: options.connections.browsers }),
      components: this.#components(),
      flags: options.flags ?? {},
      aggregation: { frontProxyClient: proxyCredentials(options.reach, certificates) },
      serviceAccountTokens: tokens,
      serviceClusterIPRanges: options.serviceRanges,
      serviceNodePortRange: options.nodePortRange,
      measureNode: (nodeName, signal) => this.#simulatedNodes?.measure(nodeName, signal),
      kubeletClient: kubeletCredentials(options.reach, certificates),
    });
    const cached = new CachedObjects(api.cacher);
    return api;
  }

  /** Where a component that runs here would listen had it a process of its own: nobody answers there when it does not run. */
  #components(): ControlPlaneComponent[] {
    const component = (name: string, port: number, parts: readonly string[]): ControlPlaneComponent => ({
      name, check: () => (parts.some((part) => this.#supervisor.running.has(part)) ? undefined : `Get "https://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`),
    });
    return [component('scheduler', 10259, ['kube-scheduler', 'scheduler']), component('controller-manager', 10257, ['kube-controller-manager', ...controllerNames.map(({ name }) => name)])];
  }

  #webhookTools(objects: () => CachedObjects, api: () => ApiServer): WebhookTools {
    const client = new WebhookClient({ objects, ...this.#tools, ownPorts: () => [api().port], self: () => api().transportFor(SERVER, 'kube-apiserver-admission') });
    this.#webhookClient = client;
    return { objects, resources: () => api().resources, client, metrics: this.#webhookMetrics, ...this.#tools };
  }

  #admissionPlugins(webhooks: WebhookTools, authorizer: Authorizer): AdmissionPlugin[] {
    const { enableAdmissionPlugins: enable, disableAdmissionPlugins: disable, admissionConfigFile } = this.#options;
    const configurations = admissionConfigFile !== undefined ? readAdmissionConfiguration(admissionConfigFile) : undefined;
    const tools = { tolerationSeconds: this.#options.tolerationSeconds, featureGates: this.#options.featureGates, objects: webhooks.objects, webhooks, authorizer, writeQuotaStatus: (quota: ResourceQuota) => this.#writeQuotaStatus(quota), ...this.#tools };
    return admissionPlugins(tools, { enable, disable, ...(configurations && { configurations }) });
  }

  /** Admission counts what it lets through; nobody waits for it to be given up. */
  #writeQuotaStatus(quota: ResourceQuota): Promise<unknown> {
    const client = this.#clientFor(SERVER, 'kube-apiserver');
    return client.resource(refs.resourceQuotas, quota.metadata.namespace).updateStatus(quota, { signal: new AbortController().signal });
  }

  /** These nodes are in this process: what is used on them is asked here. */
  adopt(nodes: MeasuredNodes): void {
    this.#simulatedNodes = nodes;
  }

  /** How parts of this process reach the API as `user`. Throws Error before the start. */
  transportFor(user: UserInfo, userAgent: string): Transport {
    if (!this.#api) throw new Error('the server has not been started');
    return this.#api.transportFor(user, userAgent);
  }

  #clientFor(user: UserInfo, userAgent: string): Client {
    return new Client({ transport: this.transportFor(user, userAgent), clock: this.#tools.clock, userAgent });
  }

  /** Controllers and scheduler: here, or on whichever of several servers holds the Lease. */
  async #startOthers(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#tools;
    const manager = this.#clientFor({ name: 'system:kube-controller-manager', groups: ['system:masters', 'system:authenticated'] }, 'kube-controller-manager');
    const informers = new InformerFactory({ client: manager, clock, random, logger });
    this.#informers = informers;
    await informers.start(signal);
    const scheduler = this.#clientFor({ name: 'system:kube-scheduler', groups: ['system:authenticated'] }, 'kube-scheduler');
    const started = [this.#lead('kube-controller-manager', manager, (supervisor, inner) => this.#startControllers(supervisor, informers, inner), signal)];
    if (this.#options.enableScheduler) started.push(this.#lead('kube-scheduler', scheduler, (supervisor, inner) => this.#startScheduler(supervisor, { client: scheduler, informers }, inner), signal));
    if (this.#options.nodeRoutes !== undefined) started.push(this.#startRoutes(this.#options.nodeRoutes, informers, signal));
    await Promise.all(started);
  }

  #lead(name: string, client: Client, start: LedPart, signal: AbortSignal): Promise<void> {
    const { leaderElection } = this.#options;
    const isElected = leaderElection.isEnabled ?? this.#store?.shared !== undefined;
    if (!isElected) return start(this.#supervisor, signal);
    return this.#supervisor.add(name, () => ledPart({ ...this.#tools, ...leaderElection, client, name, start }), signal);
  }

  async #startControllers(supervisor: Supervisor, informers: InformerFactory, signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#tools;
    const own = this.#clientFor(SERVER, 'kube-apiserver');
    const repair = supervisor.add('ipallocator-repair-controller', () => new ServiceAddressRepair({ client: own, informers, clock, random, logger }), signal);
    const started = [this.#startChosen(supervisor, informers, signal)];
    if (this.#chosen.has(ADDONS_CONTROLLER)) started.push(this.#startAddons(supervisor, signal));
    if (this.#chosen.has('certificatesigningrequest-approving-controller')) started.push(this.#startServingApprover(supervisor, informers, signal));
    const tracking = supervisor.add('legacy-token-tracking-controller', () => new LegacyTokenTracking({ client: own, informers, clock, logger }), signal);
    await Promise.all([repair, tracking, ...started]);
  }

  /** Loaded only now: a start without them, or till it is ready, needs none. One a turn: requests are answered meanwhile. */
  async #startChosen(supervisor: Supervisor, informers: InformerFactory, signal: AbortSignal): Promise<void> {
    if (!controllerNames.some(({ name }) => this.#chosen.has(name))) return;
    const { controllers, defaultControllerOptions: defaults } = await loadControllers();
    let turn = nextTurn();
    await Promise.all(controllers.filter(({ name }) => this.#chosen.has(name)).map((one) => {
      const started = turn.then(() => this.#startController(supervisor, one, { informers, defaults }, signal));
      turn = turn.then(nextTurn);
      return started;
    }));
  }

  #startController(supervisor: Supervisor, definition: ControllerDefinition, { informers, defaults }: { informers: InformerFactory; defaults: typeof DefaultControllerOptions }, signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#tools;
    const { clusterRanges, serviceRanges, controllerOptions, rootCaFile } = this.#options;
    const { serviceAccount, name } = definition;
    const user: UserInfo = {
      name: `system:serviceaccount:kube-system:${serviceAccount}`,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    };
    const client = this.#clientFor(user, 'kube-controller-manager');
    const options = defaults({
      rootCA: rootCaFile === undefined ? this.certificates.authority.certificatePem : readFlagFile('--root-ca-file', rootCaFile),
      certificateSigner: certificateSigner(signingAuthorities(this.#options.signingFiles, this.certificates.authority)),
      signToken: (claims) => this.#tokens?.sign(claims) ?? '',
      clusterCIDRs: clusterRanges,
      serviceCIDRs: serviceRanges,
      ...controllerOptions,
    });
    return supervisor.add(name, () => definition.create({ client, informers, clock, random, logger, options }), signal);
  }

  #startAddons(supervisor: Supervisor, signal: AbortSignal): Promise<void> {
    const name = `system:serviceaccount:kube-system:${ADDONS_CONTROLLER}`;
    const client = this.#clientFor({ name, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] }, 'kubets');
    const { clock, logger } = this.#tools;
    const { serviceRanges } = this.#options;
    return supervisor.add(ADDONS_CONTROLLER, () => new AddonsController({ client, clock, logger, serviceRanges }), signal);
  }

  #startServingApprover(supervisor: Supervisor, informers: InformerFactory, signal: AbortSignal): Promise<void> {
    const name = 'system:serviceaccount:kube-system:kubelet-serving-approver';
    const client = this.#clientFor({ name, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] }, 'kubets');
    const { clock, logger } = this.#tools;
    const masterAddresses = [this.#options.advertiseAddress, apiServiceAddress(this.#options.serviceRanges)];
    return supervisor.add('kubelet-serving-approver', () => new KubeletServingApprover({ client, informers, clock, logger, masterAddresses }), signal);
  }

  async #startScheduler(supervisor: Supervisor, { client, informers }: { client: Client; informers: InformerFactory }, signal: AbortSignal): Promise<void> {
    const { defaultConfiguration, Scheduler } = await loadScheduler();
    const { clock, random, logger } = this.#tools;
    const configuration = this.#schedulerConfiguration ?? defaultConfiguration;
    const recorderOf = (component: string): EventRecorder => new EventRecorder({ client, component, clock, random, logger });
    await supervisor.add('scheduler', () => new Scheduler({ client, informers, recorderOf, clock, random, logger, configuration }), signal);
  }

  async #startRoutes(link: string, informers: InformerFactory, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#tools;
    const { dataDir, bindAddress } = this.#options;
    const routes = (): NodeNetwork => new NodeNetwork({ informers, node: undefined, link, clusterCIDRs: [], commands: new Commands(), clock, logger });
    const registry = (): ImageRegistry => new ImageRegistry({ store: new ImageStore(join(dataDir, 'images')), address: bindAddress, port: this.port + REGISTRY_PORT_OFFSET, logger });
    await Promise.all([this.#supervisor.add('routes', routes, signal), this.#supervisor.add('image-registry', registry, signal)]);
  }
}
