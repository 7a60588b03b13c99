import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodes, pods, services } from '../api/refs.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod, Secret, Service } from '../api/generated/core-v1.ts';
import { Commands } from '../base/commands.ts';
import type { Metric } from '../base/metrics.ts';
import { TaskGroup, type Component } from '../base/lifecycle.ts';
import { EventRecorder, Informer, type SharedCache } from '../client/index.ts';
import { isRuntimeError, type RuntimeHandler, type VersionResponse } from '../runtime/index.ts';
import { AllocationManager } from './allocation/allocation-manager.ts';
import { fileCheckpoint, noCheckpoint } from './allocation/checkpoint.ts';
import { chooseCgroupDriver, type CgroupDriver } from './cgroups/cgroup-driver.ts';
import { CgroupManager } from './cgroups/cgroup-manager.ts';
import { readHierarchies } from './cgroups/hierarchies.ts';
import { Slices } from './cgroups/systemd/slices.ts';
import { SYSTEMD_SOCKET, SystemdClient } from './cgroups/systemd/systemd-client.ts';
import { parseResolvConf } from './containers/dns-config.ts';
import { POD_UID } from './containers/labels.ts';
import { noDisk, type PodDisk } from './disk/pod-disk.ts';
import { CsiDrivers } from './csi/csi-drivers.ts';
import { CsiVolumes } from './csi/csi-volumes.ts';
import { knowsCdi } from './dra/cdi.ts';
import { ClaimState } from './dra/claim-state.ts';
import { DeviceManager } from './dra/device-manager.ts';
import { RealPodDisk } from './disk/real-pod-disk.ts';
import { EvictionManager } from './eviction/eviction-manager.ts';
import { DEFAULT_THRESHOLDS, type EvictionThresholds } from './eviction/thresholds.ts';
import { ImageGarbageCollector } from './images/image-gc.ts';
import { withDefaultTag } from './images/image-reference.ts';
import { ImageManager } from './images/image-manager.ts';
import { pullSecretNames } from './images/pull-credentials.ts';
import { PullRecords } from './images/pull-records.ts';
import { rotateLogs } from './logs/log-rotation.ts';
import type { MachineInfo } from './node/machine.ts';
import { KubeletMetrics } from './metrics/kubelet-metrics.ts';
import { meteredRuntime } from './metrics/metered-runtime.ts';
import { NodeStatistics } from './metrics/node-statistics.ts';
import type { NodeEvent } from './node/node-events.ts';
import { renewNodeLease } from './node/node-lease.ts';
import { registerNode } from './node/node-registrar.ts';
import { NodeReporter } from './node/node-reporter.ts';
import { NodeStatusSource, type NodeStatusSourceOptions } from './node/node-status-source.ts';
import type { KubeletOptions, SharedCaches } from './options.ts';
import type { NodeEnvironment } from './pods/node-environment.ts';
import type { PluginHandler } from './plugins/plugin.ts';
import { PluginRegistry } from './plugins/plugin-registry.ts';
import { ConcurrencyLimit } from '../base/concurrency-limit.ts';
import { podReference } from './pods/pod-reference.ts';
import { PodManager } from './pods/pod-manager.ts';
import { checkUserNamespaces, runtimeHandlerOf } from './pods/runtime-class.ts';
import { RestartBackOff } from './pods/restart-back-off.ts';
import { followRuntime } from './pods/runtime-events.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { ProbeMetrics } from './probes/probe-metrics.ts';
import { KubeletAuth } from './server/auth.ts';
import { kubeletConfiguration, type Settings } from './server/configuration.ts';
import { Measurements } from './server/measurements.ts';
import { KubeletServer } from './server/server.ts';
import { followLogind } from './shutdown/follow-logind.ts';
import { makeShutdown } from './shutdown/make-shutdown.ts';
import type { ShutdownManager } from './shutdown/shutdown-manager.ts';
import { followManifests } from './static-pods/static-pod-source.ts';
import { StaticPods } from './static-pods/static-pods.ts';
import { StatusManager } from './status/status-manager.ts';
import { UserNamespaces } from './userns/user-namespaces.ts';
import { claimPlugin } from './volumes/claim-plugin.ts';
import { imagePlugin, mountsImages } from './volumes/image-plugin.ts';
import { ReferencedObjects } from './volumes/referenced-objects.ts';
import { TokenManager } from './volumes/token-manager.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

const DEFAULT_MAX_PODS = 110;
const DEFAULT_LOG_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_LOG_MAX_FILES = 5;
const DEFAULT_PRESSURE_TRANSITION_MS = 300_000;
const RUNTIME_RETRY_MS = 100;
const HIGH_DISK_SHARE = 0.85;
const LOW_DISK_SHARE = 0.8;

/** Runs the pods that are bound to its node, and says how the node and they are. */
export class Kubelet implements Component {
  readonly #options: KubeletOptions;
  readonly #thresholds: EvictionThresholds;
  readonly #metrics: KubeletMetrics;
  readonly #probeMetrics = new ProbeMetrics();
  readonly #pullRecords: PullRecords;
  readonly #idle = Promise.withResolvers<void>();
  readonly #open: AsyncDisposable[] = [];
  #tasks: TaskGroup | undefined;
  #machine: MachineInfo | undefined;
  #version: VersionResponse | undefined;
  #csi: CsiVolumes | undefined;
  #handlers: readonly RuntimeHandler[] = [];
  #cgroups: CgroupManager | undefined;
  #cgroupDriver: CgroupDriver = 'cgroupfs';
  #port = 0;
  #reporter: NodeReporter | undefined;
  #eviction: EvictionManager | undefined;
  #manager: PodManager | undefined;
  #measurements: Measurements | undefined;
  #shutdown: ShutdownManager | undefined;

  constructor(options: KubeletOptions) {
    this.#metrics = new KubeletMetrics(options.nodeName);
    // Of simulated nodes there may be thousands, and nobody asks them.
    this.#options = options.disk ? { ...options, runtime: meteredRuntime(options.runtime, this.#metrics, options.clock) } : options;
    this.#pullRecords = new PullRecords({ clock: options.clock, folder: options.disk && join(options.disk.rootDir, 'image_manager') });
    this.#thresholds = { ...DEFAULT_THRESHOLDS, ...options.thresholds };
  }

  get done(): Promise<void> {
    return this.#tasks?.done ?? this.#idle.promise;
  }

  /** The port that it listens on; 0 without a server. */
  get port(): number {
    return this.#port;
  }

  /** The pods of this node, as last seen. */
  get pods(): readonly DeepReadonly<Pod>[] {
    return this.#manager?.pods ?? [];
  }

  /** What it counts of its own work. */
  get metrics(): Metric {
    return this.#metrics;
  }

  get node(): DeepReadonly<Node> | undefined {
    return this.#reporter?.node;
  }

  /** What `/metrics/resource` of its port tells, for those in its process. Rejects before it has started. */
  async measure(signal: AbortSignal): Promise<string> {
    if (!this.#measurements) throw new Error('the kubelet has not started');
    return this.#measurements.resource(signal);
  }

  /** Something that these pods depend on has changed; those of other nodes are passed over. */
  look(uids: Iterable<string>): void {
    this.#manager?.look(uids);
  }

  /** The machine is about to end: so do the pods. Resolves once they have, or their time is over; at once where `shutdown` is not set. */
  async shutDown(signal: AbortSignal): Promise<void> {
    await this.#shutdown?.shutDown(signal);
  }

  /** Resolves once the node is registered and its pods are looked after. Waits for the runtime. */
  async start(signal: AbortSignal): Promise<void> {
    const tasks = new TaskGroup(signal);
    this.#tasks = tasks;
    try {
      await this.#start(tasks);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(tasks: TaskGroup): Promise<void> {
    const { signal } = tasks;
    const { client, clock, random, logger, nodeName, runtime } = this.#options;
    [this.#machine, this.#version] = await Promise.all([this.#options.machine.info(), this.#untilRuntimeAnswers(signal)]);
    this.#cgroups = await this.#loadCgroups(signal);
    const events = this.#opened(new EventRecorder({ client, component: 'kubelet', host: nodeName, clock, random, logger }));
    const caches = this.#caches();
    await this.#pullRecords.load(async (image) => (await runtime.imageStatus({ image: withDefaultTag(image) }, signal))?.id);
    const environment = await this.#environment(events, () => caches.services.lister.list());
    const tell = this.#nodeTeller(events);
    tell({ type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' });
    const reporter = this.#makeReporter(tell);
    this.#reporter = reporter;
    const manager = this.#opened(new PodManager({
      environment, client, node: () => reporter.node ?? UNREGISTERED, pressures: () => this.#eviction?.pressures ?? new Set(), hasAppArmor: this.#machineInfo.hasAppArmor,
      allowedUnsafeSysctls: this.#options.allowedUnsafeSysctls ?? [], isShuttingDown: () => this.#shutdown?.isShuttingDown ?? false,
    }));
    this.#manager = manager;
    this.#shutdown = await makeShutdown(this.#options, { manager, metrics: this.#metrics, tell, onChange: async () => this.#reporter?.report() });
    const eviction = this.#makeEviction(events, manager, environment.disk);
    this.#eviction = eviction;
    eviction.observe(await this.#options.machine.usage());
    this.#startPlugins(environment, tasks);
    await this.#startServer(manager, environment.disk);
    await Promise.all([reporter.register(signal), caches.start(signal)]);
    const staticPods = this.#opened(new StaticPods({ client, logger, manager, statuses: environment.statuses, node: () => reporter.node }));
    // Before the first look at any pod: what happens after it is told.
    tasks.run((inner) => followRuntime({ runtime, clock, onPods: (uids) => manager.look(uids), onEverything: () => manager.lookAtAll() }, (task) => tasks.run(task), inner));
    await this.#adoptPods(caches.pods, manager, staticPods, signal);
    tasks.run((inner) => reporter.run(inner));
    tasks.run((inner) => renewNodeLease({ client, clock, logger, nodeName, nodeUid: () => reporter.node?.metadata.uid }, inner));
    tasks.run((inner) => this.#followNode(inner));
    tasks.run((inner) => eviction.run(inner));
    tasks.run((inner) => this.#imageGc().run(inner));
    if (this.#options.disk) tasks.run((inner) => this.#rotateLogs(inner));
    this.#followShutdowns(tasks);
  }

  #followShutdowns(tasks: TaskGroup): void {
    const { clock, logger, shutdown } = this.#options;
    const [manager, logind] = [this.#shutdown, shutdown?.logind];
    if (manager && logind) tasks.run((inner) => followLogind({ clock, logger, manager, logind }, inner));
  }

  /** Those that it shares with other kubelets, or its own, which `start` starts. */
  #caches(): Pick<SharedCaches, 'pods' | 'services'> & { start(signal: AbortSignal): Promise<unknown> } {
    const { shared, client, clock, random, logger, nodeName } = this.#options;
    if (shared) return { pods: shared.pods, services: shared.services, start: () => Promise.resolve() };
    const serviceInformer = this.#opened(new Informer<Service>({ client, ref: services, clock, random, logger }));
    const podInformer = this.#opened(new Informer<Pod>({ client, ref: pods, clock, random, logger, filter: { fieldSelector: `spec.nodeName=${nodeName}` } }));
    return { pods: podInformer, services: serviceInformer, start: (signal) => Promise.all([podInformer.start(signal), serviceInformer.start(signal)]) };
  }

  /** Drivers of devices may be there before their pods. */
  #startPlugins({ devices, csiDrivers }: NodeEnvironment, tasks: TaskGroup): void {
    const { disk, clock, logger } = this.#options;
    if (!disk || !devices || !csiDrivers) return;
    const handlers = new Map<string, PluginHandler>([['DRAPlugin', devices], ['CSIPlugin', csiDrivers]]);
    tasks.run((inner) => new PluginRegistry({ folder: join(disk.rootDir, 'plugins_registry'), clock, logger, handlers }).run(inner));
  }

  #rotateLogs(signal: AbortSignal): Promise<void> {
    const { runtime, clock, logger, disk } = this.#options;
    return rotateLogs({
      runtime, clock, logger, podLogsDir: disk?.podLogsDir ?? '',
      maxBytes: disk?.logMaxBytes ?? DEFAULT_LOG_MAX_BYTES, maxFiles: disk?.logMaxFiles ?? DEFAULT_LOG_MAX_FILES,
    }, signal);
  }

  async #startServer(manager: PodManager, podDisk: PodDisk): Promise<void> {
    const { server: options, client, clock, logger, nodeName, runtime, machine, disk } = this.#options;
    const pods = (): readonly DeepReadonly<Pod>[] => manager.pods;
    const measurements = new Measurements({
      runtime, clock, nodeName, machine, machineInfo: this.#machineInfo, pods, metrics: this.#metrics, probeMetrics: this.#probeMetrics,
      claimUsage: (uid, inner) => podDisk.claimUsage(uid, inner), files: (of, inner) => podDisk.files(of, inner),
      statistics: disk && this.#cgroups && new NodeStatistics({ runtime, cgroupRoot: disk.cgroupRoot, cgroups: this.#cgroups }),
    });
    this.#measurements = measurements;
    if (!options) return;
    const auth = new KubeletAuth({ client, clock, nodeName });
    const server = this.#opened(new KubeletServer({
      options, auth, runtime, clock, logger, pods, measurements,
      configuration: () => kubeletConfiguration(this.#settings), logsDir: disk && dirname(disk.podLogsDir),
    }));
    await server.start();
    this.#port = server.port;
  }

  get #settings(): Settings {
    const { disk, maxPods = DEFAULT_MAX_PODS } = this.#options;
    return {
      options: this.#options, cgroupDriver: this.#cgroupDriver, port: this.#port, maxPods, thresholds: this.#thresholds, imageGc: { high: HIGH_DISK_SHARE, low: LOW_DISK_SHARE },
      logMaxBytes: disk?.logMaxBytes ?? DEFAULT_LOG_MAX_BYTES, logMaxFiles: disk?.logMaxFiles ?? DEFAULT_LOG_MAX_FILES,
    };
  }

  #opened<T extends AsyncDisposable>(part: T): T {
    this.#open.push(part);
    return part;
  }

  async #untilRuntimeAnswers(signal: AbortSignal): Promise<VersionResponse> {
    const { runtime, clock, logger } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        const version = await runtime.version(signal);
        // containerd tells its version before it has recovered its pods; its state only after that.
        this.#handlers = (await runtime.status(signal)).handlers;
        return version;
      } catch (error) {
        if (!isRuntimeError(error, 'Unavailable', 'Unimplemented', 'Unknown')) throw error;
        if (attempt === 0) logger.info('waiting for the container runtime', { error: error.message });
      }
      await clock.sleep(RUNTIME_RETRY_MS, signal);
    }
  }

  async #environment(events: EventRecorder, serviceList: () => readonly DeepReadonly<Service>[]): Promise<NodeEnvironment> {
    const { client, clock, random, logger, runtime, nodeName, internalIPs, disk: diskOptions } = this.#options;
    const machine = this.#machineInfo;
    const clusterDomain = this.#options.clusterDomain ?? 'cluster.local';
    const objects = this.#options.shared?.objects ?? this.#opened(new ReferencedObjects({ client, clock, random, logger, onChange: (uids) => this.look(uids) }));
    const probes = this.#opened(new ProbeManager({ runtime, clock, events, metrics: this.#probeMetrics, onChange: (uid) => this.#manager?.look([uid]) }));
    const resolvConf = diskOptions ? await readFile(diskOptions.resolvConf ?? '/etc/resolv.conf', 'utf8').catch(() => '') : '';
    const hostname = (): string => this.#options.hostname ?? machine.hostname;
    const images = new ImageManager({ runtime, clock, events, records: this.#pullRecords, nodeConfig: async () => diskOptions && readFile(join(diskOptions.rootDir, 'config.json'), 'utf8').catch(() => undefined) });
    const pullSecrets: NodeEnvironment['pullSecrets'] = async (pod) => {
      const { metadata: { uid, namespace = '' }, spec } = pod;
      const names = pullSecretNames(spec);
      const found = await Promise.all(names.map((name) => objects.secret(uid, namespace, name)));
      const missing = names.filter((_name, index) => !found[index]);
      if (missing.length > 0) events.warning(podReference(pod), 'FailedToRetrieveImagePullSecret', `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`);
      return found.filter((secret): secret is DeepReadonly<Secret> => secret !== undefined);
    };
    const csi = await this.#loadCsi();
    return {
      nodeName, clock, random, logger, runtime, events, metrics: this.#metrics, objects, probes, hostname, hostIPs: () => internalIPs,
      runtimeName: this.#version?.runtimeName ?? 'unknown',
      statuses: this.#opened(new StatusManager({ client, clock, logger })),
      images,
      disk: csi ? this.#realDisk({ csi: csi.volumes, events, objects, images, pullSecrets, clusterDomain, hostname }) : { ...noDisk, tearDown: async (uid) => objects.release(uid) },
      cgroups: this.#cgroups,
      csiDrivers: csi?.drivers, devices: await this.#loadDevices(), knowsCdi: knowsCdi(this.#version),
      userNamespaces: await this.#loadUserNamespaces(), allocation: await this.#loadAllocation(), backOff: new RestartBackOff(), sandboxLimit: new ConcurrencyLimit(machine.cpus + 1),
      podLogsDir: diskOptions?.podLogsDir ?? '/var/log/pods',
      seccompRoot: join(diskOptions?.rootDir ?? '/var/lib/kubelet', 'seccomp'),
      machine: { memoryBytes: machine.memoryBytes, pageSizes: [...machine.hugepages.keys()] },
      dns: { clusterDNS: this.#options.clusterDNS ?? [], clusterDomain, host: parseResolvConf(resolvConf) },
      allocatable: () => this.#reporter?.node?.status.allocatable ?? {},
      services: serviceList, beforeContainers: this.#options.beforeContainers,
      runtimeHandler: async (pod, signal) => {
        const handler = await runtimeHandlerOf(client, pod, signal);
        if (diskOptions) checkUserNamespaces(pod, handler, this.#handlers);
        return handler;
      },
      mountsReadOnlyRecursively: (handler) => this.#handlers.some(({ name, features }) => name === handler && features?.recursiveReadOnlyMounts === true),
      pullSecrets,
    };
  }

  async #loadCgroups(signal: AbortSignal): Promise<CgroupManager | undefined> {
    const { disk, runtime, clock } = this.#options;
    if (!disk) return undefined;
    const { cgroupDriver: wanted, cgroupRoot: root, systemdSocket = SYSTEMD_SOCKET } = disk;
    this.#cgroupDriver = await chooseCgroupDriver({ runtime, wanted, systemdSocket }, signal);
    const hierarchies = await readHierarchies();
    const pods = (): readonly DeepReadonly<Pod>[] => this.#manager?.activePods ?? [];
    if (this.#cgroupDriver === 'cgroupfs') return new CgroupManager({ hierarchies, root, pods });
    const client = new SystemdClient(systemdSocket);
    this.#open.push({ [Symbol.asyncDispose]: async () => client[Symbol.dispose]() });
    return new CgroupManager({ hierarchies, root, pods, slices: new Slices({ client, clock, version: hierarchies.version }) });
  }

  async #loadCsi(): Promise<{ drivers: CsiDrivers; volumes: CsiVolumes } | undefined> {
    const { disk, client, clock, nodeName } = this.#options;
    if (!disk) return undefined;
    const drivers = new CsiDrivers({ client, clock, nodeName, node: () => this.#reporter?.node });
    const volumes = new CsiVolumes({ client, drivers, nodeName, rootDir: disk.rootDir, onChange: () => this.#reporter?.look() });
    await volumes.load();
    this.#csi = volumes;
    return { drivers, volumes };
  }

  async #loadDevices(): Promise<DeviceManager | undefined> {
    const { disk, client, clock } = this.#options;
    if (!disk) return undefined;
    const state = new ClaimState(join(disk.rootDir, 'dra_manager_state'));
    await state.load();
    return new DeviceManager({ client, clock, state });
  }

  async #loadUserNamespaces(): Promise<UserNamespaces | undefined> {
    const { disk } = this.#options;
    const namespaces = disk && new UserNamespaces(join(disk.rootDir, 'pods'));
    await namespaces?.load();
    return namespaces;
  }

  async #loadAllocation(): Promise<AllocationManager> {
    const { disk } = this.#options;
    const allocation = new AllocationManager(disk ? fileCheckpoint(join(disk.rootDir, 'allocated_pods_state')) : noCheckpoint);
    await allocation.load();
    return allocation;
  }

  #realDisk(parts: { csi: CsiVolumes; events: EventRecorder; objects: ReferencedObjects; images: ImageManager; pullSecrets: NodeEnvironment['pullSecrets']; clusterDomain: string; hostname: () => string }): PodDisk {
    const { client, clock, random, disk, runtime } = this.#options;
    const { csi, objects, images, clusterDomain, hostname } = parts;
    const podsDir = join(disk?.rootDir ?? '', 'pods');
    const commands = new Commands();
    const plugins = [
      claimPlugin({ client, clock, commands, csi, events: parts.events, node: () => this.#reporter?.node }),
      csi.plugin(),
      imagePlugin({ runtime, images, commands, isNative: mountsImages(this.#version), pullSecrets: parts.pullSecrets }),
    ];
    const volumes = new VolumeManager({ podsDir, objects, tokens: new TokenManager({ client, clock }), commands, clock, plugins });
    return new RealPodDisk({ volumes, random, commands, podsDir, podLogsDir: disk?.podLogsDir ?? '', containerLogsDir: disk?.containerLogsDir, clusterDomain, hostname });
  }

  get #machineInfo(): MachineInfo {
    if (!this.#machine) throw new Error('the kubelet has not started');
    return this.#machine;
  }

  /** Of simulated nodes there may be thousands: they keep silent. */
  #nodeTeller(events: EventRecorder): (event: NodeEvent) => void {
    const { nodeName, disk } = this.#options;
    return disk ? ({ type, reason, message }) => events.record({ about: { kind: 'Node', name: nodeName, uid: nodeName }, type, reason, message }) : () => undefined;
  }

  #makeReporter(tell: (event: NodeEvent) => void): NodeReporter {
    const { client, clock, logger, nodeName, labels = {}, taints = [], providerID } = this.#options;
    const machine = this.#machineInfo;
    const hostname = this.#options.hostname ?? machine.hostname;
    const registration = { nodeName, hostname, architecture: machine.architecture, labels, taints, ...(providerID !== undefined && { providerID }) };
    const source = this.#statusSource(hostname);
    return new NodeReporter({
      client, clock, logger, tell,
      compute: (before, signal) => source.compute(before, signal),
      register: (status, signal) => registerNode(client, registration, status, signal),
    });
  }

  #statusSource(hostname: string): NodeStatusSource {
    const { clock, runtime, machine, internalIPs, externalIPs = [], maxPods = DEFAULT_MAX_PODS, reserved = { milliCpu: 0, memoryBytes: 0 } } = this.#options;
    const known: NodeStatusSourceOptions['known'] = () => ({
      hostname, internalIPs, externalIPs, maxPods, reserved, kubeletPort: this.#port, machine: this.#machineInfo, thresholds: this.#thresholds, version: this.#version,
      pressures: this.#eviction?.pressures ?? new Set(), volumesInUse: this.#csi?.inUse ?? [], isShuttingDown: this.#shutdown?.isShuttingDown ?? false,
    });
    return new NodeStatusSource({ clock, machine, runtime, known });
  }

  #makeEviction(events: EventRecorder, manager: PodManager, disk: PodDisk): EvictionManager {
    const { clock, logger, runtime, machine, pressureTransitionMs = DEFAULT_PRESSURE_TRANSITION_MS } = this.#options;
    const gc = this.#imageGc();
    return new EvictionManager({
      clock, logger, runtime, machine, events, metrics: this.#metrics, thresholds: this.#thresholds, pressureTransitionMs,
      reclaimDisk: async (signal) => (await gc.collect(Infinity, signal)) > 0,
      pods: () => manager.activePods,
      files: (pods, signal) => disk.files(pods, signal),
      evict: (uid, graceSeconds, failure) => manager.fail(uid, graceSeconds, failure),
      onPressureChange: () => this.#reporter?.look(),
    });
  }

  #imageGc(): ImageGarbageCollector {
    const { runtime, machine, clock, logger } = this.#options;
    return new ImageGarbageCollector({ runtime, machine, clock, records: this.#pullRecords, logger, highThreshold: HIGH_DISK_SHARE, lowThreshold: LOW_DISK_SHARE });
  }

  /** Takes on the pods that the API has, without stopping those that run; takes away what is on the node and not in the API. */
  async #adoptPods(cache: SharedCache<Pod>, manager: PodManager, staticPods: StaticPods, signal: AbortSignal): Promise<void> {
    const running = new Set((await this.#options.runtime.listPodSandbox(undefined, signal)).map(({ labels }) => labels[POD_UID]));
    let isFirst = true;
    const subscription = cache.onChange(({ key, before, after }) => {
      const isMirror = (pod: DeepReadonly<Pod> | undefined): boolean => pod !== undefined && StaticPods.isMirror(pod);
      if (isMirror(before) || isMirror(after)) staticPods.observeMirror(key, after && isMirror(after) ? after : undefined);
      if (isMirror(after)) return;
      if (before && before.metadata.uid !== after?.metadata.uid) manager.gone(before.metadata.uid);
      if (after) manager.update(after, isFirst && running.has(after.metadata.uid));
    });
    isFirst = false;
    await this.#readManifests(staticPods, running, signal);
    signal.addEventListener('abort', () => subscription[Symbol.dispose](), { once: true });
    manager.removeOrphans();
  }

  /** Resolves once the pods of files are known, so that what runs of them is not taken for orphans. */
  async #readManifests(staticPods: StaticPods, running: ReadonlySet<string | undefined>, signal: AbortSignal): Promise<void> {
    const { disk, nodeName, clock, logger } = this.#options;
    const folder = disk?.manifestsDir;
    if (folder === undefined) return;
    const first = Promise.withResolvers<void>();
    this.#tasks?.run((inner) => followManifests({
      folder, nodeName, clock, logger,
      onPods: (found) => {
        staticPods.set(found, running);
        first.resolve();
      },
    }, inner));
    signal.addEventListener('abort', () => first.resolve(), { once: true });
    await first.promise;
  }

  /** The node's labels and taints may change: what is refused depends on them. */
  async #followNode(signal: AbortSignal): Promise<void> {
    const { client, clock, random, logger, nodeName, shared } = this.#options;
    const observe = ({ after }: { after: DeepReadonly<Node> | undefined }): void => {
      if (after) this.#reporter?.observe(after);
    };
    if (shared) {
      const following = shared.node.onChange(observe);
      signal.addEventListener('abort', () => following[Symbol.dispose](), { once: true });
      return;
    }
    const informer = new Informer<Node>({ client, ref: nodes, clock, random, logger, filter: { fieldSelector: `metadata.name=${nodeName}` } });
    await using _closing = informer;
    using _subscription = informer.onChange(observe);
    await informer.start(signal);
    await informer.done;
  }

  /** Ends its work; the pods go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle.resolve();
    await this.#tasks?.close();
    for (const part of this.#open.splice(0).toReversed()) await part[Symbol.asyncDispose]();
  }
}

const UNREGISTERED = { metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' }, spec: {}, status: { daemonEndpoints: {}, nodeInfo: {} } } as unknown as DeepReadonly<Node>;
