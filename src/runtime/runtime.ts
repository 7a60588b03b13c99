/**
 * What the kubelet asks of a container runtime: the calls of CRI v1 (RuntimeService and ImageService) that a Linux node needs, in camelCase.
 * `cri/` speaks to containerd or CRI-O over a socket, `simulated/` keeps everything in memory. Failures are `RuntimeError`s.
 * Times are nanoseconds since 1970 as in CRI (rounded to what a number holds), unless a name says otherwise.
 */
import type {
  Container, ContainerConfig, ContainerEvent, ContainerFilter, ContainerStats, ContainerStatus, ExecRequest, ExecSyncResult, FilesystemUsage, Image,
  ImageSpec, LinuxContainerResources, PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatus, RuntimeStatus, VersionResponse, AuthConfig, AttachRequest,
} from './messages.ts';

/** What `mount` is to be called with. */
export interface SnapshotMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface ContainerRuntime extends AsyncDisposable {
  version(signal: AbortSignal): Promise<VersionResponse>;
  status(signal: AbortSignal): Promise<RuntimeStatus>;
  /** Tells the runtime the node's pod range, for runtimes that write CNI configurations themselves. */
  updateRuntimeConfig(podCidr: string, signal: AbortSignal): Promise<void>;
  /** Undefined where the runtime does not tell (containerd before 2.0). */
  cgroupDriver(signal: AbortSignal): Promise<'SYSTEMD' | 'CGROUPFS' | undefined>;

  /** Creates and starts a sandbox with its network, and gives its ID. */
  runPodSandbox(config: PodSandboxConfig, runtimeHandler: string, signal: AbortSignal): Promise<string>;
  /** Kills what runs in it and gives back its network. Harmless when it is stopped or gone. */
  stopPodSandbox(id: string, signal: AbortSignal): Promise<void>;
  removePodSandbox(id: string, signal: AbortSignal): Promise<void>;
  podSandboxStatus(id: string, signal: AbortSignal): Promise<PodSandboxStatus>;
  listPodSandbox(filter: PodSandboxFilter | undefined, signal: AbortSignal): Promise<PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig, signal: AbortSignal): Promise<string>;
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Asks it to stop, and kills it after `timeoutSeconds`. Resolves once it has stopped; harmless when it has, or is gone. */
  stopContainer(id: string, timeoutSeconds: number, signal: AbortSignal): Promise<void>;
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  listContainers(filter: ContainerFilter | undefined, signal: AbortSignal): Promise<Container[]>;
  containerStatus(id: string, signal: AbortSignal): Promise<ContainerStatus>;
  updateContainerResources(id: string, linux: LinuxContainerResources, signal: AbortSignal): Promise<void>;
  reopenContainerLog(id: string, signal: AbortSignal): Promise<void>;

  /** Runs a command to its end. Rejects with reason `DeadlineExceeded` after `timeoutSeconds` (0: never). */
  execSync(id: string, command: readonly string[], timeoutSeconds: number, signal: AbortSignal): Promise<ExecSyncResult>;
  /** For containers that run in name only: whether one would answer who connects to it. Where this is missing there is a network, and connections are made. */
  answers?(id: string): boolean;
  /** The URL of the runtime's streaming server for one session. */
  exec(request: ExecRequest, signal: AbortSignal): Promise<string>;
  attach(request: AttachRequest, signal: AbortSignal): Promise<string>;
  portForward(sandboxId: string, ports: readonly number[], signal: AbortSignal): Promise<string>;

  listContainerStats(filter: ContainerFilter | undefined, signal: AbortSignal): Promise<ContainerStats[]>;

  /**
   * What happens to containers and sandboxes, as it happens; ends with `signal`. Only a hint: an event may be missing or doubled, and it may come
   * before the lists show it. `{ containerId: '' }` says that events were lost and everything may have changed.
   */
  containerEvents(signal: AbortSignal): AsyncIterable<ContainerEvent>;

  listImages(signal: AbortSignal): Promise<Image[]>;
  imageStatus(image: ImageSpec, signal: AbortSignal): Promise<Image | undefined>;
  /** Pulls an image and gives its reference (an ID or digest). */
  pullImage(image: ImageSpec, auth: AuthConfig | undefined, sandboxConfig: PodSandboxConfig | undefined, signal: AbortSignal): Promise<string>;
  removeImage(image: ImageSpec, signal: AbortSignal): Promise<void>;
  /**
   * The mounts that show the files of a present image, kept under `key` until `releaseImage`: containerd's snapshots, for releases that cannot mount
   * images into containers. Safe to repeat.
   */
  viewImage(image: string, key: string, signal: AbortSignal): Promise<SnapshotMount[]>;
  releaseImage(key: string, signal: AbortSignal): Promise<void>;
  /** The file systems that hold images. */
  imageFsInfo(signal: AbortSignal): Promise<FilesystemUsage[]>;
}

/** The gRPC codes that a runtime answers with. */
export type RuntimeErrorReason =
  | 'Canceled' | 'Unknown' | 'InvalidArgument' | 'DeadlineExceeded' | 'NotFound' | 'AlreadyExists' | 'PermissionDenied' | 'ResourceExhausted'
  | 'FailedPrecondition' | 'Aborted' | 'OutOfRange' | 'Unimplemented' | 'Internal' | 'Unavailable' | 'DataLoss' | 'Unauthenticated';

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly reason: RuntimeErrorReason;

  constructor(reason: RuntimeErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export function isRuntimeError(error: unknown, ...reasons: RuntimeErrorReason[]): error is RuntimeError {
  return error instanceof RuntimeError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** `rpc error: code = NotFound desc = ...`: how a runtime's refusal reads in events and statuses of pods. */
export function runtimeErrorText(error: unknown): string {
  if (error instanceof RuntimeError) return `rpc error: code = ${error.reason} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
