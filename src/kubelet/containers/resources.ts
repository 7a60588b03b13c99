import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { podQosClass } from '../../api/core/pod-qos.ts';
import { milliValue, parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { LinuxContainerResources } from '../../runtime/index.ts';

/** Kernel units. Source: pkg/kubelet/cm, helpers_linux. */
const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const PERIOD_MICROSECONDS = 100_000;
const MIN_QUOTA_MICROSECONDS = 1000;

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
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997;
  switch (qosClassOf(pod)) {
    case 'Guaranteed': return -997;
    case 'BestEffort': return 1000;
    case 'Burstable': {
      const request = memoryBytes(container.resources?.requests) ?? 0;
      const score = Math.floor(1000 - (1000 * request) / machineMemoryBytes);
      return Math.min(Math.max(score, 1000 - 997), 999);
    }
  }
}

export function containerResources(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, machineMemoryBytes: number): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = milliCpu(limits);
  const cpuRequest = milliCpu(requests) ?? cpuLimit ?? 0;
  const quota = cpuQuota(cpuLimit);
  const memory = memoryBytes(limits);
  return {
    cpuShares: cpuShares(cpuRequest),
    cpuPeriod: PERIOD_MICROSECONDS,
    ...(quota !== undefined && { cpuQuota: quota }),
    ...(memory !== undefined && memory > 0 && { memoryLimitInBytes: memory }),
    oomScoreAdj: oomScoreAdjust(pod, container, machineMemoryBytes),
  };
}
