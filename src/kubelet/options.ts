import type { Client, SharedCache } from '../client/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod, Service, Taint } from '../api/generated/core-v1.ts';
import type { ContainerRuntime } from '../runtime/index.ts';
import type { CgroupDriver } from './cgroups/cgroup-driver.ts';
import type { EvictionThresholds } from './eviction/thresholds.ts';
import type { Machine } from './node/machine.ts';
import type { KubeletServerOptions } from './server/options.ts';
import type { ShutdownGracePeriod } from './shutdown/grace-periods.ts';
import type { LogindOptions } from './shutdown/logind.ts';
import type { ReferencedObjects } from './volumes/referenced-objects.ts';

export interface KubeletOptions {
  /** As `system:node:<nodeName>`. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Stays its giver's. */
  readonly runtime: ContainerRuntime;
  readonly machine: Machine;
  readonly nodeName: string;
  /** What the node says as its `Hostname` address; the machine's by default. */
  readonly hostname?: string;
  readonly internalIPs: readonly string[];
  readonly externalIPs?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerID?: string;
  readonly maxPods?: number;
  readonly clusterDNS?: readonly string[];
  readonly clusterDomain?: string;
  /** Undefined: a simulated node, which touches neither disk nor control groups. */
  readonly disk?: DiskOptions;
  readonly thresholds?: Partial<EvictionThresholds>;
  readonly pressureTransitionMs?: number;
  /** Names of settings of the kernel, or beginnings of names that end in `*`; none by default. */
  readonly allowedUnsafeSysctls?: readonly string[];
  readonly reserved?: { readonly milliCpu: number; readonly memoryBytes: number };
  /** How long pods have to end before the machine does; undefined: nobody waits for them. */
  readonly shutdown?: ShutdownOptions;
  /** Undefined: it watches by itself. */
  readonly shared?: SharedCaches;
  /** Called once a pod has its addresses, before any of its containers starts; they wait for it. */
  readonly beforeContainers?: (pod: DeepReadonly<Pod>, podIPs: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Undefined: nothing listens. */
  readonly server?: KubeletServerOptions;
}

export interface ShutdownOptions {
  readonly gracePeriods: readonly ShutdownGracePeriod[];
  /** Who tells of shutdowns, and waits; undefined: only `Kubelet.shutDown` does. */
  readonly logind?: LogindOptions;
}

/** What the kubelets of one process watch together, so that a thousand simulated nodes need not a thousand watches each. All of it has synced, and stays its giver's. */
export interface SharedCaches {
  /** The pods that are bound to this node. */
  readonly pods: SharedCache<Pod>;
  readonly services: SharedCache<Service>;
  /** This node. */
  readonly node: SharedCache<Node>;
  readonly objects: ReferencedObjects;
}

export interface DiskOptions {
  /** `/var/lib/kubelet` */
  readonly rootDir: string;
  /** `/var/log/pods` */
  readonly podLogsDir: string;
  /** The control group under which `kubepods` is made: `/`, or that of the node on a machine with several. */
  readonly cgroupRoot: string;
  /** Who makes control groups, for runtimes that do not tell; `cgroupfs` by default. */
  readonly cgroupDriver?: CgroupDriver;
  /** Where systemd takes calls, on its machine; `/run/systemd/private` by default. */
  readonly systemdSocket?: string;
  /** `/etc/resolv.conf` by default. */
  readonly resolvConf?: string;
  /** `/var/log/containers`, where collectors of logs look. */
  readonly containerLogsDir?: string;
  /** A container's log is put aside when it is larger; so many files are kept of it. 10 MiB and 5 by default. */
  readonly logMaxBytes?: number;
  readonly logMaxFiles?: number;
  /** Pods in files, run without an API server. */
  readonly manifestsDir?: string;
}
