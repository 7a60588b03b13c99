import type { NodeAddress, NodeCondition, NodeStatus } from '../../api/generated/core-v1.ts';
import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { RESTART_ALL } from '../../component-helpers/declared-features.ts';
import type { Image, RuntimeCondition, RuntimeStatus, VersionResponse } from '../../runtime/index.ts';
import { amountOf, isOutOfDisk, type EvictionThresholds, type Pressure } from '../eviction/thresholds.ts';
import type { MachineInfo, MachineUsage } from './machine.ts';

export const KUBELET_VERSION = 'v1.36.0';
/** A node lists at most so many of its images. Source: kubelet configuration, nodeStatusMaxImages. */
const MAX_IMAGES = 50;

export interface NodeStatusInput {
  readonly nowMs: number;
  readonly hostname: string;
  readonly internalIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly maxPods: number;
  readonly kubeletPort: number;
  readonly machine: MachineInfo;
  readonly usage: MachineUsage;
  readonly thresholds: EvictionThresholds;
  /** What the system keeps for itself. */
  readonly reserved: { readonly milliCpu: number; readonly memoryBytes: number };
  readonly pressures: ReadonlySet<Pressure>;
  readonly isShuttingDown: boolean;
  readonly version: VersionResponse | undefined;
  /** Undefined: the runtime does not answer. */
  readonly runtimeStatus: RuntimeStatus | undefined;
  readonly images: readonly Image[];
  /** Attached volumes that pods have mounted. */
  readonly volumesInUse: readonly string[];
  readonly before: DeepReadonly<NodeStatus>;
}

/** What the node says of itself; extended resources that others put into its capacity are kept. */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { before, machine } = input;
  const { capacity, allocatable } = resources(input);
  return {
    capacity: { ...extended(before.capacity), ...capacity },
    allocatable: { ...extended(before.capacity), ...allocatable },
    phase: 'Running',
    conditions: conditions(input),
    addresses: addresses(input),
    daemonEndpoints: { kubeletEndpoint: { Port: input.kubeletPort } },
    nodeInfo: {
      machineID: machine.machineID, systemUUID: machine.systemUUID, bootID: machine.bootID, kernelVersion: machine.kernelVersion, osImage: machine.osImage,
      containerRuntimeVersion: input.version ? `${input.version.runtimeName}://${input.version.runtimeVersion.replace(/^v/, '')}` : (before.nodeInfo?.containerRuntimeVersion ?? ''),
      kubeletVersion: KUBELET_VERSION, kubeProxyVersion: '', operatingSystem: 'linux', architecture: machine.architecture,
      ...(machine.swapBytes > 0 && { swap: { capacity: machine.swapBytes } }),
    },
    ...handlers(input),
    ...((input.volumesInUse.length > 0 || before.volumesInUse?.length) && { volumesInUse: [...input.volumesInUse] }),
    // What clients may ask of pods here only because this agent can do it (KEP-5328).
    declaredFeatures: ['GuaranteedQoSPodCPUResize', RESTART_ALL],
    ...(input.images.length > 0 && { images: imageList(input.images) }),
  };
}

/** What the runtime's handlers can do, as it was last told. */
function handlers({ runtimeStatus, before }: NodeStatusInput): Pick<NodeStatus, 'runtimeHandlers' | 'features'> {
  if (!runtimeStatus) return structuredClone({ ...(before.runtimeHandlers && { runtimeHandlers: before.runtimeHandlers }), ...(before.features && { features: before.features }) }) as NodeStatus;
  const { handlers: known, features } = runtimeStatus;
  // The default handler has no name, as the API writes it.
  const sorted = known.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, features: own }) => ({ ...(name && { name }), ...(own && { features: { ...own } }) }));
  return { ...(sorted.length > 0 && { runtimeHandlers: sorted }), ...(features && { features: { supplementalGroupsPolicy: features.supplementalGroupsPolicy } }) };
}

function extended(list: DeepReadonly<Record<string, string | number>> | undefined): Record<string, string | number> {
  const isExtended = (name: string): boolean => name.includes('/') && !name.startsWith('kubernetes.io/');
  return Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => isExtended(name)));
}

const KIBI = 1024;

function resources({ machine, usage, thresholds, reserved, maxPods }: NodeStatusInput): Record<'capacity' | 'allocatable', Record<string, string>> {
  const storage = usage.nodeFs.capacityBytes;
  const huge = [...machine.hugepages].map(([size, count]): [string, string] => [hugepageName(size), bytesText(size * count)]);
  const hugeBytes = [...machine.hugepages].reduce((sum, [size, count]) => sum + size * count, 0);
  const shared = { ...Object.fromEntries(huge), pods: String(maxPods) };
  const memory = Math.max(machine.memoryBytes - hugeBytes - reserved.memoryBytes - amountOf(thresholds.hard['memory.available'], machine.memoryBytes), 0);
  return {
    capacity: { cpu: String(machine.cpus), memory: bytesText(machine.memoryBytes), 'ephemeral-storage': bytesText(storage), ...shared },
    allocatable: {
      cpu: reserved.milliCpu === 0 ? String(machine.cpus) : canonicalQuantity(`${machine.cpus * 1000 - reserved.milliCpu}m`),
      memory: bytesText(memory), 'ephemeral-storage': canonicalQuantity(String(Math.max(Math.floor(storage - amountOf(thresholds.hard['nodefs.available'], storage)), 0))), ...shared,
    },
  };
}

/** As the API writes it, so that what is read back is the same. */
function bytesText(bytes: number): string {
  return canonicalQuantity(bytes % KIBI === 0 && bytes > 0 ? `${bytes / KIBI}Ki` : String(bytes));
}

function hugepageName(bytes: number): string {
  const mebi = bytes / KIBI / KIBI;
  return `hugepages-${mebi >= KIBI ? `${mebi / KIBI}Gi` : mebi >= 1 ? `${mebi}Mi` : `${bytes / KIBI}Ki`}`;
}

function addresses({ hostname, internalIPs, externalIPs }: NodeStatusInput): NodeAddress[] {
  return [
    ...internalIPs.map((address) => ({ type: 'InternalIP', address })),
    ...externalIPs.map((address) => ({ type: 'ExternalIP', address })),
    { type: 'Hostname', address: hostname },
  ];
}

function imageList(images: readonly Image[]): NonNullable<NodeStatus['images']> {
  const largest = images.toSorted((a, b) => b.size - a.size).slice(0, MAX_IMAGES);
  return largest.map(({ repoDigests, repoTags, size }) => ({ names: [...repoDigests, ...repoTags].slice(0, 5), sizeBytes: size }));
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

function conditions(input: NodeStatusInput): NodeCondition[] {
  const { usage, thresholds, pressures, before, nowMs } = input;
  const pressure = (type: Pressure, has: string, hasNot: string, subject: string): Verdict =>
    pressures.has(type) ? { status: 'True', reason: `KubeletHas${has}`, message: `kubelet has ${subject}` } : { status: 'False', reason: `KubeletHas${hasNot}`, message: `kubelet has ${subject}` };
  const verdicts: Record<string, Verdict> = {
    OutOfDisk: isOutOfDisk(usage, thresholds.outOfDisk)
      ? { status: 'True', reason: 'KubeletOutOfDisk', message: 'out of disk space' }
      : { status: 'False', reason: 'KubeletHasSufficientDisk', message: 'kubelet has sufficient disk space available' },
    MemoryPressure: pressure('MemoryPressure', 'InsufficientMemory', 'SufficientMemory', pressures.has('MemoryPressure') ? 'insufficient memory available' : 'sufficient memory available'),
    DiskPressure: pressure('DiskPressure', 'DiskPressure', 'NoDiskPressure', pressures.has('DiskPressure') ? 'disk pressure' : 'no disk pressure'),
    PIDPressure: pressure('PIDPressure', 'InsufficientPID', 'SufficientPID', pressures.has('PIDPressure') ? 'insufficient PID available' : 'sufficient PID available'),
    Ready: readyVerdict(input),
  };
  const now = formatTime(nowMs);
  return Object.entries(verdicts).map(([type, verdict]) => {
    const last = before.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === verdict.status && last.lastTransitionTime ? last.lastTransitionTime : now;
    return { type, ...verdict, lastHeartbeatTime: now, lastTransitionTime };
  });
}

/** Source: pkg/kubelet/nodestatus, ReadyCondition. */
function readyVerdict({ runtimeStatus, isShuttingDown }: NodeStatusInput): Verdict {
  const problems = [...runtimeProblems(runtimeStatus?.conditions), ...(isShuttingDown ? ['node is shutting down'] : [])];
  const [first] = problems;
  if (first === undefined) return { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  return { status: 'False', reason: 'KubeletNotReady', message: problems.length === 1 ? first : `[${problems.join(', ')}]` };
}

function runtimeProblems(conditions: readonly RuntimeCondition[] | undefined): string[] {
  if (!conditions) return ['container runtime is down'];
  return conditions.filter(({ type, status }) => !status && (type === 'RuntimeReady' || type === 'NetworkReady')).map(({ type, reason, message }) => {
    const subject = type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
    return `${subject}: ${type}=false reason:${reason} message:${message}`;
  });
}
