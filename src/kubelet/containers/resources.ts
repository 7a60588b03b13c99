import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { podQosClass } from '../../api/core/pod-qos.ts';
import { milliValue, parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { LinuxContainerResources } from '../../runtime/index.ts';
import { isNodeCritical } from '../admission/critical.ts';
import { hugePageLimits } from './huge-pages.ts';

/** Kernel units. Source: pkg/kubelet/cm, helpers_linux. */
const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const PERIOD_MICROSECONDS = 100_000;
const MIN_QUOTA_MICROSECONDS = 1000;

/** What the limits of containers depend on, of the machine: its memory and the sizes of its huge pages, in bytes. */
export interface MachineMemory {
  readonly memoryBytes: number;
  readonly pageSizes: readonly number[];
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

type ResourceList = Readonly<Record<string, string | number>> | undefined;

export function milliCpu(list: ResourceList): number | undefined {
  return list?.cpu === undefined ? undefined : milliValue(parseQuantity(list.cpu));
}

export function memoryBytes(list: ResourceList): number | undefined {
  return list?.memory === undefined ? undefined : wholeValue(parseQuantity(list.memory));
}

export function cpuShares(milli: number): number {
  return Math.min(Math.max(Math.floor((milli * SHARES_PER_CPU) / 1000), MIN_SHARES), MAX_SHARES);
}

/** Undefined: no limit. */
export function cpuQuota(milli: number | undefined): number | undefined {
  if (!milli) return undefined;
  return Math.max((milli * PERIOD_MICROSECONDS) / 1000, MIN_QUOTA_MICROSECONDS);
}

/** What the API server wrote on the pod; computed for pods that it has not seen. Source: "Pod Quality of Service Classes". */
export function qosClassOf(pod: DeepReadonly<Pod>): QosClass {
  const told = pod.status?.qosClass;
  if (told === 'Guaranteed' || told === 'Burstable' || told === 'BestEffort') return told;
  return podQosClass(pod.spec);
}

/** How soon the kernel kills a container when memory is short. Source: pkg/kubelet/qos, GetContainerOOMScoreAdjust. */
export function oomScoreAdjust(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, machineMemoryBytes: number): number {
  if (isNodeCritical(pod)) return -997;
  switch (qosClassOf(pod)) {
    case 'Guaranteed': return -997;
    case 'BestEffort': return 1000;
    case 'Burstable': {
      const rest = restOfPodMemory(pod);
      const scoreOf = (one: DeepReadonly<Container>): number => 1000 - Math.floor((1000 * ((memoryBytes(one.resources?.requests) ?? 0) + rest)) / machineMemoryBytes);
      // A sidecar does not go before the containers that need it.
      const isSidecar = container.restartPolicy === 'Always' && pod.spec.initContainers?.some(({ name }) => name === container.name);
      const score = isSidecar ? Math.min(scoreOf(container), ...pod.spec.containers.map(scoreOf)) : scoreOf(container);
      return Math.min(Math.max(score, 1000 - 997), 999);
    }
  }
}

/** What `spec.resources` of a pod requests beyond its containers, evenly shared among them. Source: KEP-2837, "OOM score adjustment". */
function restOfPodMemory({ spec }: DeepReadonly<Pod>): number {
  const whole = memoryBytes(spec.resources?.requests);
  if (whole === undefined) return 0;
  const sharing = [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const claimed = sharing.reduce((sum, { resources }) => sum + (memoryBytes(resources?.requests) ?? 0), 0);
  return Math.max(0, Math.floor((whole - claimed) / sharing.length));
}

/** What a pod has beside its containers (`overhead`), for runtimes that size a sandbox by it. */
export function sandboxResources(pod: DeepReadonly<Pod>): { overhead?: LinuxContainerResources; resources?: LinuxContainerResources } {
  const sizeOf = (amounts: ResourceList): LinuxContainerResources => {
    const quota = cpuQuota(milliCpu(amounts));
    const memory = memoryBytes(amounts);
    return { cpuShares: cpuShares(milliCpu(amounts) ?? 0), cpuPeriod: PERIOD_MICROSECONDS, ...(quota !== undefined && { cpuQuota: quota }), ...(memory !== undefined && { memoryLimitInBytes: memory }) };
  };
  const { overhead, resources } = pod.spec;
  return { ...(overhead && { overhead: sizeOf(overhead) }), ...(resources?.limits && { resources: sizeOf(resources.limits) }) };
}

export function containerResources(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, machine: MachineMemory): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  // A container without a limit of its own has that of its pod. Source: KEP-2837, "Container-level limits".
  const cpuLimit = milliCpu(limits) ?? milliCpu(pod.spec.resources?.limits);
  const cpuRequest = milliCpu(requests) ?? cpuLimit ?? 0;
  const quota = cpuQuota(cpuLimit);
  const memory = memoryBytes(limits) ?? memoryBytes(pod.spec.resources?.limits);
  return {
    cpuShares: cpuShares(cpuRequest),
    cpuPeriod: PERIOD_MICROSECONDS,
    ...(quota !== undefined && { cpuQuota: quota }),
    ...(memory !== undefined && memory > 0 && { memoryLimitInBytes: memory }),
    oomScoreAdj: oomScoreAdjust(pod, container, machine.memoryBytes),
    ...(machine.pageSizes.length > 0 && { hugepageLimits: hugePageLimits({ ...pod.spec.resources?.limits, ...limits }, machine.pageSizes) }),
  };
}
