import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { cpuQuota, cpuShares, memoryBytes, milliCpu, qosClassOf } from '../containers/resources.ts';
import { isSidecar } from '../pods/plan.ts';

/** Limits of one control group, in the kernel's units. */
export interface CgroupLimits {
  readonly cpuShares: number;
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
}

/** `/kubepods/burstable/pod<uid>`: where a pod's containers are, under `root`. Source: pkg/kubelet/cm, pod_container_manager (cgroupfs driver). */
export function podCgroupParent(root: string, pod: DeepReadonly<Pod>): string {
  const base = root === '/' || root === '' ? '/kubepods' : `${root}/kubepods`;
  const qos = qosClassOf(pod);
  return `${base}${qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`}/pod${pod.metadata.uid}`;
}

/** What the whole pod may use: the sum of its containers where each has a limit. */
export function podCgroupLimits(pod: DeepReadonly<Pod>): CgroupLimits {
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const running = [...pod.spec.containers, ...sidecars];
  const cpuRequest = peak(pod, running, (container) => milliCpu(container.resources?.requests) ?? milliCpu(container.resources?.limits) ?? 0);
  const cpuLimit = allLimited(running, 'cpu') ? peak(pod, running, (container) => milliCpu(container.resources?.limits) ?? 0) : undefined;
  const memory = allLimited(running, 'memory') ? peak(pod, running, (container) => memoryBytes(container.resources?.limits) ?? 0) : undefined;
  const quota = cpuQuota(cpuLimit);
  return { cpuShares: cpuShares(cpuRequest), ...(quota !== undefined && { cpuQuotaMicroseconds: quota }), ...(memory && { memoryBytes: memory }) };
}

function allLimited(containers: readonly DeepReadonly<Container>[], name: string): boolean {
  return containers.every(({ resources }) => resources?.limits?.[name] !== undefined);
}

/** The sum over what runs together, or the most that an init container needs before. */
function peak(pod: DeepReadonly<Pod>, running: readonly DeepReadonly<Container>[], of: (container: DeepReadonly<Container>) => number): number {
  const together = running.reduce((sum, container) => sum + of(container), 0);
  return (pod.spec.initContainers ?? []).reduce((most, container) => Math.max(most, of(container)), together);
}
