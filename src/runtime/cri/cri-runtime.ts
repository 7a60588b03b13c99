import type { Clock } from '../../base/clock.ts';
import type {
  AttachRequest, AuthConfig, Container, ContainerConfig, ContainerEvent, ContainerFilter, ContainerStats, ContainerStatus, ExecRequest, ExecSyncResult,
  FilesystemUsage, Image, ImageSpec, LinuxContainerResources, PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatus, RuntimeHandler, RuntimeStatus, VersionResponse,
} from '../messages.ts';
import { isRuntimeError, type ContainerRuntime, type SnapshotMount } from '../runtime.ts';
import { containerEventSources } from './container-events.ts';
import { GrpcConnection, type GrpcMethod } from './grpc-connection.ts';
import { releaseImage, viewImage } from './image-snapshots.ts';
import { criMessages } from './messages.schema.ts';

/** How long a call may take that creates, stops or lists: `--runtime-request-timeout` of a kubelet. Pulls have no limit. */
const CALL_TIMEOUT_MS = 120_000;

/** A container runtime behind a socket that speaks CRI v1: containerd 1.6, 1.7 or 2.x, CRI-O. */
export class CriRuntime implements ContainerRuntime {
  readonly #connection: GrpcConnection;
  readonly #clock: Clock;

  private constructor(connection: GrpcConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Does not wait for the runtime: calls fail with `Unavailable` while it is down. */
  static async connect(options: { socketPath: string; clock: Clock }): Promise<CriRuntime> {
    return new CriRuntime(new GrpcConnection(`unix:${options.socketPath}`), options.clock);
  }

  #runtime<T>(name: string, request: object, signal: AbortSignal, timeoutMs: number = CALL_TIMEOUT_MS): Promise<T> {
    return this.#call('RuntimeService', name, request, signal, timeoutMs);
  }

  #images<T>(name: string, request: object, signal: AbortSignal, timeoutMs: number = CALL_TIMEOUT_MS): Promise<T> {
    return this.#call('ImageService', name, request, signal, timeoutMs);
  }

  /** The decoder fills in every field, so that an answer has the type that its message states. */
  async #call<T>(service: string, name: string, request: object, signal: AbortSignal, timeoutMs: number): Promise<T> {
    const limit = timeoutMs > 0 ? { clock: this.#clock, ms: timeoutMs } : undefined;
    return (await this.#connection.call(criMethod(service, name), request, signal, limit)) as T;
  }

  version(signal: AbortSignal): Promise<VersionResponse> {
    return this.#runtime('Version', { version: 'v1' }, signal);
  }

  async status(signal: AbortSignal): Promise<RuntimeStatus> {
    const { status, runtimeHandlers = [], features } = await this.#runtime<{ status?: Pick<RuntimeStatus, 'conditions'>; runtimeHandlers?: RuntimeHandler[]; features?: { supplementalGroupsPolicy: boolean } }>('Status', {}, signal);
    return { conditions: status?.conditions ?? [], handlers: runtimeHandlers, ...(features && { features }) };
  }

  async updateRuntimeConfig(podCidr: string, signal: AbortSignal): Promise<void> {
    await this.#runtime('UpdateRuntimeConfig', { runtimeConfig: { networkConfig: { podCidr } } }, signal);
  }

  async cgroupDriver(signal: AbortSignal): Promise<'SYSTEMD' | 'CGROUPFS' | undefined> {
    try {
      const answer = await this.#runtime<{ linux?: { cgroupDriver: 'SYSTEMD' | 'CGROUPFS' } }>('RuntimeConfig', {}, signal);
      return answer.linux?.cgroupDriver;
    } catch (error) {
      if (isRuntimeError(error, 'Unimplemented')) return undefined;
      throw error;
    }
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#runtime<{ podSandboxId: string }>('RunPodSandbox', { config, runtimeHandler }, signal, CALL_TIMEOUT_MS * 2);
    return answer.podSandboxId;
  }

  async stopPodSandbox(id: string, signal: AbortSignal): Promise<void> {
    await this.#unlessGone(() => this.#runtime('StopPodSandbox', { podSandboxId: id }, signal), signal);
  }

  async removePodSandbox(id: string, signal: AbortSignal): Promise<void> {
    await this.#unlessGone(() => this.#runtime('RemovePodSandbox', { podSandboxId: id }, signal), signal);
  }

  async podSandboxStatus(id: string, signal: AbortSignal): Promise<PodSandboxStatus> {
    const answer = await this.#runtime<{ status: PodSandboxStatus }>('PodSandboxStatus', { podSandboxId: id }, signal);
    return answer.status;
  }

  async listPodSandbox(filter: PodSandboxFilter | undefined, signal: AbortSignal): Promise<PodSandbox[]> {
    const answer = await this.#runtime<{ items: PodSandbox[] }>('ListPodSandbox', { filter }, signal);
    return answer.items;
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig, signal: AbortSignal): Promise<string> {
    const request = { podSandboxId: sandboxId, config, sandboxConfig };
    const answer = await this.#runtime<{ containerId: string }>('CreateContainer', request, signal);
    return answer.containerId;
  }

  async startContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.#runtime('StartContainer', { containerId: id }, signal);
  }

  async stopContainer(id: string, timeoutSeconds: number, signal: AbortSignal): Promise<void> {
    const timeout = Math.ceil(timeoutSeconds);
    await this.#unlessGone(() => this.#runtime('StopContainer', { containerId: id, timeout }, signal, CALL_TIMEOUT_MS + timeout * 1000), signal);
  }

  async removeContainer(id: string, signal: AbortSignal): Promise<void> {
    await this.#unlessGone(() => this.#runtime('RemoveContainer', { containerId: id }, signal), signal);
  }

  async listContainers(filter: ContainerFilter | undefined, signal: AbortSignal): Promise<Container[]> {
    const answer = await this.#runtime<{ containers: Container[] }>('ListContainers', { filter }, signal);
    return answer.containers;
  }

  async containerStatus(id: string, signal: AbortSignal): Promise<ContainerStatus> {
    const answer = await this.#runtime<{ status: ContainerStatus }>('ContainerStatus', { containerId: id }, signal);
    return answer.status;
  }

  async updateContainerResources(id: string, linux: LinuxContainerResources, signal: AbortSignal): Promise<void> {
    await this.#runtime('UpdateContainerResources', { containerId: id, linux }, signal);
  }

  async reopenContainerLog(id: string, signal: AbortSignal): Promise<void> {
    await this.#runtime('ReopenContainerLog', { containerId: id }, signal);
  }

  execSync(id: string, command: readonly string[], timeoutSeconds: number, signal: AbortSignal): Promise<ExecSyncResult> {
    // The runtime ends the command itself at its timeout; the call may last a little longer.
    const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 + 5000 : 0;
    return this.#runtime('ExecSync', { containerId: id, cmd: command, timeout: Math.ceil(timeoutSeconds) }, signal, timeoutMs);
  }

  async exec(request: ExecRequest, signal: AbortSignal): Promise<string> {
    return (await this.#runtime<{ url: string }>('Exec', request, signal)).url;
  }

  async attach(request: AttachRequest, signal: AbortSignal): Promise<string> {
    return (await this.#runtime<{ url: string }>('Attach', request, signal)).url;
  }

  async portForward(sandboxId: string, ports: readonly number[], signal: AbortSignal): Promise<string> {
    return (await this.#runtime<{ url: string }>('PortForward', { podSandboxId: sandboxId, port: ports }, signal)).url;
  }

  async listContainerStats(filter: ContainerFilter | undefined, signal: AbortSignal): Promise<ContainerStats[]> {
    const answer = await this.#runtime<{ stats: ContainerStats[] }>('ListContainerStats', { filter }, signal);
    return answer.stats;
  }

  containerEvents(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    return containerEventSources({ connection: this.#connection, lists: this, clock: this.#clock, signal });
  }

  async listImages(signal: AbortSignal): Promise<Image[]> {
    return (await this.#images<{ images: Image[] }>('ListImages', {}, signal)).images;
  }

  async imageStatus(image: ImageSpec, signal: AbortSignal): Promise<Image | undefined> {
    return (await this.#images<{ image?: Image }>('ImageStatus', { image }, signal)).image;
  }

  async pullImage(image: ImageSpec, auth: AuthConfig | undefined, sandboxConfig: PodSandboxConfig | undefined, signal: AbortSignal): Promise<string> {
    const answer = await this.#images<{ imageRef: string }>('PullImage', { image, auth, sandboxConfig }, signal, 0);
    return answer.imageRef;
  }

  async removeImage(image: ImageSpec, signal: AbortSignal): Promise<void> {
    await this.#images('RemoveImage', { image }, signal);
  }

  viewImage(image: string, key: string, signal: AbortSignal): Promise<SnapshotMount[]> {
    return viewImage(this.#connection, image, key, signal);
  }

  releaseImage(key: string, signal: AbortSignal): Promise<void> {
    return releaseImage(this.#connection, key, signal);
  }

  async imageFsInfo(signal: AbortSignal): Promise<FilesystemUsage[]> {
    return (await this.#images<{ imageFilesystems: FilesystemUsage[] }>('ImageFsInfo', {}, signal)).imageFilesystems;
  }

  /** Stopping or removing what is gone, or goes at this moment, has succeeded. */
  async #unlessGone(call: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    let [retries, looks] = [0, 0];
    for (;;) {
      try {
        await call();
        return;
      } catch (error) {
        if (isRuntimeError(error, 'NotFound')) return;
        if (!isRuntimeError(error)) throw error;
        if (BEING_REMOVED.test(error.message) && looks++ < REMOVAL_LOOKS) await this.#clock.sleep(REMOVAL_LOOK_MS, signal);
        else if (!SHIM_ENDED.test(error.message) || retries++ === SHIM_RETRIES) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

function criMethod(service: string, name: string): GrpcMethod {
  return { path: `/runtime.v1.${service}/${name}`, table: criMessages, request: `${name}Request`, response: `${name}Response` };
}

/** How containerd tells that the shim ended, with the last of its containers, while it was asked to end one: asked again, containerd knows. */
const SHIM_ENDED = /ttrpc: closed/;
const SHIM_RETRIES = 3;
/** What it says while it still carries out a removal that somebody asked for before, and did not wait for: a kubelet that has ended since. */
const BEING_REMOVED = /already in removing state/;
const REMOVAL_LOOK_MS = 50;
const REMOVAL_LOOKS = 200;
