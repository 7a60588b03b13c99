import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, Secret, Service } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { AllocationManager } from '../allocation/allocation-manager.ts';
import type { CgroupManager } from '../cgroups/cgroup-manager.ts';
import type { DnsSettings } from '../containers/dns-config.ts';
import type { MachineMemory } from '../containers/resources.ts';
import type { CsiDrivers } from '../csi/csi-drivers.ts';
import type { DeviceManager } from '../dra/device-manager.ts';
import type { PodDisk } from '../disk/pod-disk.ts';
import type { ImageManager } from '../images/image-manager.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import type { StatusManager } from '../status/status-manager.ts';
import type { ReferencedObjects } from '../volumes/referenced-objects.ts';
import type { UserNamespaces } from '../userns/user-namespaces.ts';
import type { ConcurrencyLimit } from '../../base/concurrency-limit.ts';
import type { RestartBackOff } from './restart-back-off.ts';

/** Everything of the node that the work on a pod needs. */
export interface NodeEnvironment {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly runtime: ContainerRuntime;
  /** `containerd` */
  readonly runtimeName: string;
  readonly events: EventRecorder;
  readonly metrics: KubeletMetrics;
  readonly statuses: StatusManager;
  readonly images: ImageManager;
  readonly disk: PodDisk;
  readonly objects: ReferencedObjects;
  readonly probes: ProbeManager;
  /** Undefined where containers are simulated. */
  readonly cgroups: CgroupManager | undefined;
  /** Undefined where containers are simulated. */
  readonly userNamespaces: UserNamespaces | undefined;
  readonly allocation: AllocationManager;
  /** Undefined where containers are simulated. */
  readonly devices: DeviceManager | undefined;
  /** Undefined where containers are simulated. */
  readonly csiDrivers: CsiDrivers | undefined;
  /** The runtime finds devices by their CDI names itself. */
  readonly knowsCdi: boolean;
  readonly backOff: RestartBackOff;
  /** Sandboxes cost CPU and locks of the network plugins: more at a time than there are CPUs only slows each of them down. */
  readonly sandboxLimit: ConcurrencyLimit;
  readonly podLogsDir: string;
  readonly seccompRoot: string;
  readonly machine: MachineMemory;
  readonly dns: DnsSettings;
  hostname(): string;
  hostIPs(): readonly string[];
  allocatable(): Readonly<Record<string, string | number>>;
  services(): readonly DeepReadonly<Service>[];
  /** Throws `RuntimeClassError`, also where the handler lacks what the pod needs. */
  runtimeHandler(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<string>;
  /** Whether containers of the handler can have mounts that are read-only with all that is mounted in them (KEP-3857). */
  mountsReadOnlyRecursively(handler: string): boolean;
  /** What others have to do on the node before containers of a pod with these addresses start. */
  readonly beforeContainers: ((pod: DeepReadonly<Pod>, podIPs: readonly string[], signal: AbortSignal) => Promise<void>) | undefined;
  /** Those that are there; of others an event tells. */
  pullSecrets(pod: DeepReadonly<Pod>): Promise<readonly DeepReadonly<Secret>[]>;
}
