import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { podAmounts } from '../../component-helpers/resources.ts';
import { hugePagesOf } from '../containers/huge-pages.ts';
import { cpuQuota, cpuShares, memoryBytes, milliCpu, qosClassOf } from '../containers/resources.ts';
import { isSidecar } from '../pods/plan.ts';

/** Limits of one control group, in the kernel's units. */
export interface CgroupLimits {
  readonly cpuShares: number;
  readonly cpuQuotaMicroseconds?: number;
  readonly memoryBytes?: number;
  /** Bytes, by the bytes of a page; of pages of other sizes the pod has none. */
  readonly hugePages?: ReadonlyMap<number, number>;
}

/** Shares of version 1 as weights of version 2. */
export function cpuWeight(shares: number): number {
  return 1 + Math.floor(((shares - 2) * 9999) / 262_142);
}

/** `/kubepods/burstable/pod<uid>`: where a pod's containers are, under `root`. Source: pkg/kubelet/cm, pod_container_manager (cgroupfs driver). */
export function podCgroupParent(root: string, pod: DeepReadonly<Pod>): string {
  const base = root === '/' || root === '' ? '/kubepods' : `${root}/kubepods`;
  const qos = qosClassOf(pod);
  return `${base}${qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`}/pod${pod.metadata.uid}`;
}

/** The same where systemd makes control groups: a name holds those before it, and dashes are for that alone. Source: pkg/kubelet/cm, CgroupName.ToSystemd. */
export function podSlice(pod: DeepReadonly<Pod>): string {
  const qos = qosClassOf(pod);
  const own = `pod${pod.metadata.uid.replaceAll('-', '_')}.slice`;
  return qos === 'Guaranteed' ? `/kubepods.slice/kubepods-${own}` : `/kubepods.slice/kubepods-${qos.toLowerCase()}.slice/kubepods-${qos.toLowerCase()}-${own}`;
}

/**
 * What the whole pod may use: what `spec.resources` says, else the sum of its containers where each has a limit; with its overhead.
 * Source: pkg/kubelet/cm, ResourceConfigForPod (KEP-688, KEP-2837).
 */
export function podCgroupLimits(pod: DeepReadonly<Pod>): CgroupLimits {
  const { resources, overhead = {} } = pod.spec;
  const requests = podAmounts(pod, (container) => ({ ...container.resources?.limits, ...container.resources?.requests }), resources?.requests);
  const limits = podAmounts(pod, (container) => container.resources?.limits, resources?.limits);
  const cpuOverhead = milliCpu(overhead) ?? 0;
  const isLimited = (name: string): boolean => resources?.limits?.[name] !== undefined || allLimited(pod, name);
  const cpuLimit = limits.get('cpu');
  const quota = cpuLimit && isLimited('cpu') ? cpuQuota(cpuLimit + cpuOverhead) : undefined;
  const memory = limits.get('memory');
  const hugePages = hugePagesOf(Object.fromEntries(limits));
  return {
    cpuShares: cpuShares(qosClassOf(pod) === 'BestEffort' ? 0 : (requests.get('cpu') ?? 0) + cpuOverhead),
    ...(quota !== undefined && { cpuQuotaMicroseconds: quota }),
    ...(memory && isLimited('memory') && { memoryBytes: memory + (memoryBytes(overhead) ?? 0) }),
    ...(hugePages.size > 0 && { hugePages }),
  };
}

/** Init containers count too, which else would have no more than the pod's others together; what runs beside a sidecar with a limit counts as limited. */
function allLimited({ spec }: DeepReadonly<Pod>, name: string): boolean {
  const isLimited = ({ resources }: DeepReadonly<Container>): boolean => wholeValue(parseQuantity(resources?.limits?.[name] ?? '0')) > 0;
  const inits = spec.initContainers ?? [];
  return spec.containers.every(isLimited) && inits.every((container, index) => isLimited(container) || inits.slice(0, index).some((other) => isSidecar(other) && isLimited(other)));
}
