import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type {
  AttachRequest, AuthConfig, Container, ContainerConfig, ContainerEvent, ContainerEventType, ContainerFilter, ContainerStats, ContainerStatus, ExecRequest,
  ExecSyncResult, FilesystemUsage, Image, ImageSpec, LinuxContainerResources, PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatus, RuntimeStatus,
  VersionResponse,
} from '../messages.ts';
import { RuntimeError, type ContainerRuntime } from '../runtime.ts';
import { EventQueue } from './event-queue.ts';
import { simulateCommand, type SimulatedProcess } from './simulated-process.ts';
import { simulatedUsage } from './simulated-usage.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long each step takes; nothing by default. */
  readonly delaysMs?: { readonly sandbox?: number; readonly create?: number; readonly start?: number; readonly pull?: number };
  /** The address of the next sandbox that is not on the host's network; counts up from 10.88.0.1 by default. */
  readonly allocateIP?: () => string;
  /** Told of each address that a sandbox gives back. */
  readonly releaseIP?: (address: string) => void;
  /** What a container's process does; `simulateCommand` of its command and arguments by default. */
  readonly process?: (config: ContainerConfig) => SimulatedProcess;
  /** Whether a registry has the image; all do by default. */
  readonly hasImage?: (reference: string) => boolean;
  /** Answers a command run in a container; exit code 0 and no output by default. */
  readonly execute?: (config: ContainerConfig, command: readonly string[]) => { stdout?: string; stderr?: string; exitCode: number };
}

interface SimulatedSandbox extends PodSandboxStatus {
  config: PodSandboxConfig;
}

interface SimulatedContainer extends ContainerStatus {
  podSandboxId: string;
  config: ContainerConfig;
  process: SimulatedProcess;
  exitTimer?: Disposable;
  exited: PromiseWithResolvers<void>;
}

/** A runtime without containers: everything a kubelet asks of one, in memory, deterministic under a virtual clock and a seeded random. */
export class SimulatedRuntime implements ContainerRuntime {
  readonly #options: SimulatedRuntimeOptions;
  readonly #clock: Clock;
  readonly #sandboxes = new Map<string, SimulatedSandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #images = new Map<string, Image>();
  readonly #queues = new Set<EventQueue<ContainerEvent>>();
  #addresses = 0;
  #isClosed = false;

  constructor(options: SimulatedRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  async version(): Promise<VersionResponse> {
    return { version: '0.1.0', runtimeName: 'simulated', runtimeVersion: '0.1.0', runtimeApiVersion: 'v1' };
  }

  async status(): Promise<RuntimeStatus> {
    return { conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' })), handlers: [], features: { supplementalGroupsPolicy: true } };
  }

  async updateRuntimeConfig(): Promise<void> {}

  async cgroupDriver(): Promise<'CGROUPFS'> {
    return 'CGROUPFS';
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler: string, signal: AbortSignal): Promise<string> {
    await this.#delay(this.#options.delaysMs?.sandbox, signal);
    const { name, namespace, uid, attempt } = config.metadata;
    for (const { metadata } of this.#sandboxes.values()) {
      if (metadata.uid === uid && metadata.attempt === attempt) {
        throw new RuntimeError('Unknown', `failed to reserve sandbox name "${name}_${namespace}_${uid}_${attempt}"`);
      }
    }
    const id = this.#newId();
    const onHost = config.linux?.securityContext?.namespaceOptions?.network === 'NODE';
    const sandbox: SimulatedSandbox = {
      id, config, metadata: { ...config.metadata }, state: 'SANDBOX_READY', createdAt: this.#nanoseconds(), labels: { ...config.labels },
      annotations: { ...config.annotations }, runtimeHandler, network: { ip: onHost ? '' : this.#nextIP(), additionalIps: [] },
    };
    this.#sandboxes.set(id, sandbox);
    this.#emit(id, 'CONTAINER_STARTED_EVENT');
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox || sandbox.state === 'SANDBOX_NOTREADY') return;
    for (const container of this.#containers.values()) if (container.podSandboxId === id) this.#exit(container, 137);
    sandbox.state = 'SANDBOX_NOTREADY';
    if (sandbox.network?.ip) this.#options.releaseIP?.(sandbox.network.ip);
    sandbox.network = { ip: '', additionalIps: [] };
    this.#emit(id, 'CONTAINER_STOPPED_EVENT');
  }

  async removePodSandbox(id: string, signal: AbortSignal): Promise<void> {
    await this.stopPodSandbox(id);
    for (const container of this.#select({ podSandboxId: id })) await this.removeContainer(container.id, signal);
    if (this.#sandboxes.delete(id)) this.#emit(id, 'CONTAINER_DELETED_EVENT');
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const { config: _, ...status } = this.#sandbox(id);
    return structuredClone(status);
  }

  async listPodSandbox(filter: PodSandboxFilter | undefined): Promise<PodSandbox[]> {
    const found = [...this.#sandboxes.values()].filter((sandbox) =>
      (!filter?.id || sandbox.id === filter.id) && (!filter?.state || sandbox.state === filter.state.state) && hasLabels(sandbox.labels, filter?.labelSelector));
    return found.map(({ id, metadata, state, createdAt, labels, annotations, runtimeHandler }) => ({ id, metadata, state, createdAt, labels, annotations, runtimeHandler }));
  }

  async createContainer(sandboxId: string, config: ContainerConfig, _sandboxConfig: PodSandboxConfig, signal: AbortSignal): Promise<string> {
    await this.#delay(this.#options.delaysMs?.create, signal);
    const sandbox = this.#sandbox(sandboxId);
    if (sandbox.state !== 'SANDBOX_READY') throw new RuntimeError('Unknown', `sandbox container "${sandboxId}" is not running`);
    const image = await this.imageStatus(config.image);
    if (!image) throw new RuntimeError('NotFound', `failed to get image from containerd "${config.image.image}": image "${config.image.image}": not found`);
    const id = this.#newId();
    const process = this.#options.process?.(config) ?? simulateCommand([...(config.command ?? []), ...(config.args ?? [])]);
    this.#containers.set(id, {
      id, podSandboxId: sandboxId, config, process, exited: Promise.withResolvers<void>(), metadata: { ...config.metadata }, state: 'CONTAINER_CREATED',
      createdAt: this.#nanoseconds(), startedAt: 0, finishedAt: 0, exitCode: 0, image: { ...config.image, annotations: {} }, imageRef: image.id, imageId: image.id,
      reason: '', message: '', labels: { ...config.labels }, annotations: { ...config.annotations }, mounts: config.mounts ?? [],
      logPath: `${sandbox.config.logDirectory ?? ''}/${config.logPath ?? ''}`, resources: { linux: config.linux?.resources ?? {} },
    });
    this.#emit(id, 'CONTAINER_CREATED_EVENT');
    return id;
  }

  async startContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.#delay(this.#options.delaysMs?.start, signal);
    if (this.#isClosed) throw new RuntimeError('Unavailable', 'the runtime has been stopped');
    const container = this.#container(id);
    if (container.state !== 'CONTAINER_CREATED') throw new RuntimeError('Unknown', `container "${id}" is in ${container.state} state`);
    container.state = 'CONTAINER_RUNNING';
    container.startedAt = this.#nanoseconds();
    this.#emit(id, 'CONTAINER_STARTED_EVENT');
    const { runMs, exitCode } = container.process;
    if (runMs !== undefined) container.exitTimer = this.#clock.after(runMs, () => this.#exit(container, exitCode));
  }

  async stopContainer(id: string, timeoutSeconds: number, signal: AbortSignal): Promise<void> {
    const container = this.#containers.get(id);
    if (!container || container.state === 'CONTAINER_EXITED') return;
    const { exitCodeOnTerm } = container.process;
    if (exitCodeOnTerm !== undefined || timeoutSeconds <= 0 || container.state === 'CONTAINER_CREATED') {
      this.#exit(container, timeoutSeconds > 0 ? (exitCodeOnTerm ?? 137) : 137);
      return;
    }
    using _kill = this.#clock.after(timeoutSeconds * 1000, () => this.#exit(container, 137));
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([container.exited.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async removeContainer(id: string, _signal?: AbortSignal): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    this.#exit(container, 137);
    this.#containers.delete(id);
    this.#emit(id, 'CONTAINER_DELETED_EVENT');
  }

  async listContainers(filter: ContainerFilter | undefined): Promise<Container[]> {
    return this.#select(filter).map(({ id, podSandboxId, metadata, image, imageRef, imageId, state, createdAt, labels, annotations }) => (
      { id, podSandboxId, metadata, image, imageRef, imageId, state, createdAt, labels, annotations }));
  }

  #select(filter: ContainerFilter | undefined): SimulatedContainer[] {
    return [...this.#containers.values()].filter((container) =>
      (!filter?.id || container.id === filter.id) && (!filter?.podSandboxId || container.podSandboxId === filter.podSandboxId) &&
      (!filter?.state || container.state === filter.state.state) && hasLabels(container.labels, filter?.labelSelector));
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const { config: _config, process: _process, exitTimer: _timer, exited: _exited, podSandboxId: _sandbox, ...status } = this.#container(id);
    return structuredClone(status);
  }

  async updateContainerResources(id: string, linux: LinuxContainerResources): Promise<void> {
    const container = this.#container(id);
    container.resources = { linux: { ...container.resources?.linux, ...linux } };
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#container(id);
  }

  async execSync(id: string, command: readonly string[]): Promise<ExecSyncResult> {
    const container = this.#container(id);
    if (container.state !== 'CONTAINER_RUNNING') throw new RuntimeError('Unknown', `container is in ${container.state} state`);
    const { stdout = '', stderr = '', exitCode } = this.#options.execute?.(container.config, command) ?? simulatedAnswer(command);
    return { stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), exitCode };
  }

  answers(id: string): boolean {
    return this.#container(id).state === 'CONTAINER_RUNNING';
  }

  exec(_request: ExecRequest): Promise<string> {
    return Promise.reject(noStreaming());
  }

  attach(_request: AttachRequest): Promise<string> {
    return Promise.reject(noStreaming());
  }

  portForward(): Promise<string> {
    return Promise.reject(noStreaming());
  }

  async listContainerStats(filter: ContainerFilter | undefined): Promise<ContainerStats[]> {
    const timestamp = this.#nanoseconds();
    return this.#select(filter).filter(({ state }) => state === 'CONTAINER_RUNNING').map(({ id, metadata, labels, annotations, podSandboxId, startedAt }) => {
      const { cores, memoryBytes } = simulatedUsage(this.#sandboxes.get(podSandboxId)?.annotations ?? {});
      return {
        attributes: { id, metadata, labels, annotations },
        cpu: { timestamp, usageCoreNanoSeconds: Math.round((timestamp - startedAt) * cores), usageNanoCores: Math.round(cores * 1e9) },
        memory: { timestamp, workingSetBytes: memoryBytes, usageBytes: memoryBytes, rssBytes: memoryBytes },
      };
    });
  }

  containerEvents(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const queue = new EventQueue<ContainerEvent>(signal, () => this.#queues.delete(queue));
    this.#queues.add(queue);
    return queue;
  }

  async listImages(): Promise<Image[]> {
    return [...this.#images.values()];
  }

  async imageStatus(image: ImageSpec): Promise<Image | undefined> {
    return this.#images.get(image.image) ?? [...this.#images.values()].find(({ id }) => id === image.image);
  }

  async pullImage(image: ImageSpec, _auth: AuthConfig | undefined, _config: PodSandboxConfig | undefined, signal: AbortSignal): Promise<string> {
    await this.#delay(this.#options.delaysMs?.pull, signal);
    if (this.#options.hasImage?.(image.image) === false) {
      throw new RuntimeError('NotFound', `failed to pull and unpack image "${image.image}": failed to resolve reference "${image.image}": ${image.image}: not found`);
    }
    const digest = `sha256:${createHash('sha256').update(image.image).digest('hex')}`;
    const repository = image.image.replace(/[:@][^/]*$/, '');
    this.#images.set(image.image, { id: digest, repoTags: [image.image], repoDigests: [`${repository}@${digest}`], size: 1_000_000, username: '', pinned: false });
    return digest;
  }

  async removeImage(image: ImageSpec): Promise<void> {
    for (const [name, { id }] of this.#images) if (name === image.image || id === image.image) this.#images.delete(name);
  }

  /** Simulated images have no files. */
  async viewImage(): Promise<[]> {
    return [];
  }

  async releaseImage(): Promise<void> {}

  async imageFsInfo(): Promise<FilesystemUsage[]> {
    return [{ timestamp: this.#nanoseconds(), fsId: { mountpoint: '/' }, usedBytes: 0, inodesUsed: 0 }];
  }

  /** Ends a container's process, as a crash or the out-of-memory killer would (`reason` `OOMKilled`). */
  kill(id: string, exitCode: number, reason?: string): void {
    this.#exit(this.#container(id), exitCode, reason);
  }

  #exit(container: SimulatedContainer, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    if (container.state === 'CONTAINER_EXITED') return;
    container.exitTimer?.[Symbol.dispose]();
    container.state = 'CONTAINER_EXITED';
    container.finishedAt = this.#nanoseconds();
    container.exitCode = exitCode;
    container.reason = reason;
    container.exited.resolve();
    this.#emit(container.id, 'CONTAINER_STOPPED_EVENT');
  }

  #emit(containerId: string, type: ContainerEventType): void {
    for (const queue of this.#queues) queue.push({ containerId, type });
  }

  #sandbox(id: string): SimulatedSandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('NotFound', `an error occurred when try to find sandbox "${id}": not found`);
    return sandbox;
  }

  #container(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('NotFound', `an error occurred when try to find container "${id}": not found`);
    return container;
  }

  async #delay(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (ms) await this.#clock.sleep(ms, signal);
  }

  #newId(): string {
    return Buffer.from(this.#options.random.bytes(32)).toString('hex');
  }

  #nextIP(): string {
    if (this.#options.allocateIP) return this.#options.allocateIP();
    this.#addresses++;
    return `10.88.${(this.#addresses >> 8) & 255}.${this.#addresses & 255}`;
  }

  #nanoseconds(): number {
    return this.#clock.now() * 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const container of this.#containers.values()) container.exitTimer?.[Symbol.dispose]();
    for (const queue of this.#queues) queue.close();
  }
}

function hasLabels(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function simulatedAnswer(command: readonly string[]): { stdout?: string; stderr?: string; exitCode: number } {
  if (command[0] === 'echo') return { stdout: `${command.slice(1).join(' ')}\n`, exitCode: 0 };
  return { exitCode: simulateCommand(command).exitCode };
}

function noStreaming(): RuntimeError {
  return new RuntimeError('Unimplemented', 'a simulated container has no streams');
}
